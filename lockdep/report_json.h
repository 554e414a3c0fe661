// Findings as JSON, the contract between lockdep and the tools around it: schema 1.
//
// The form is written down in findings.schema.json (JSON Schema), installed beside the library;
// which members each kind of finding has is in lockdep/README.md, section JSON.  Every member is
// always there, so a reader never has to ask; empty strings, empty lists and null stand for nothing.
// No address is written, and members keep their order: the same findings give the same bytes.
//
// Thread-compatible: no state.
#ifndef LOCKDEP_REPORT_JSON_H_
#define LOCKDEP_REPORT_JSON_H_

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lockdep/finding.h"

namespace lockdep {

inline constexpr int kJsonSchemaVersion = 1;

// Symbolize the finding before, if its places have code addresses.  "schedule" is null; who has a
// schedule puts it there.
nlohmann::ordered_json ToJson(const Finding& finding);

// One output of the command.
struct JsonDocument {
  std::vector<Finding> findings;
  std::vector<nlohmann::ordered_json> scripts;  // {"file", "expectations", "explore"}, see the schema
  std::vector<nlohmann::ordered_json> runs;
  std::vector<std::string> notes;  // sentences for the user
};

// The whole document, with the version of this library and the summary (findings by verdict).
nlohmann::ordered_json ToJson(const JsonDocument& document);

// As bytes, indented by two, with a final newline.  Bytes that are not UTF-8 (a lock may have any
// name) become U+FFFD.
std::string FormatJson(const nlohmann::ordered_json& json);

}  // namespace lockdep

#endif  // LOCKDEP_REPORT_JSON_H_
