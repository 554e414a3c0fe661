// A validator for the part of JSON Schema (draft 2020-12) that findings.schema.json uses.
//
// A keyword it does not know would silently allow everything, so UnsupportedKeywords lists them and a
// test demands that there are none.
//
// Thread-compatible: no state.
#ifndef TESTS_LOCKDEP_JSON_SCHEMA_H_
#define TESTS_LOCKDEP_JSON_SCHEMA_H_

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace lockdep {

// One line per violation, "/findings/0/kind: ..."; empty if the document is valid.
std::vector<std::string> SchemaErrors(const nlohmann::ordered_json& schema, const nlohmann::ordered_json& document);

// Keywords of the schema, or uses of one, that SchemaErrors does not check.
std::vector<std::string> UnsupportedKeywords(const nlohmann::ordered_json& schema);

}  // namespace lockdep

#endif  // TESTS_LOCKDEP_JSON_SCHEMA_H_
