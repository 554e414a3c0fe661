#include "tools/result_files.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/status/status.h"
#include "lockdep/report_json.h"
#include "tools/input_lines.h"

namespace lockdep::tools {
namespace {

using Json = nlohmann::json;

// A member of that type, or null.
const Json* Member(const Json& object, const char* name, Json::value_t type) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found != object.end() && found->type() == type ? &*found : nullptr;
}

std::string StringOf(const Json& object, const char* name) {
  const Json* const member = Member(object, name, Json::value_t::string);
  return member == nullptr ? "" : member->get<std::string>();
}

std::optional<std::size_t> NumberOf(const Json& object, const char* name) {
  const Json* const member = Member(object, name, Json::value_t::number_unsigned);
  if (member == nullptr) return std::nullopt;
  return member->get<std::size_t>();
}

// "line:column" of the byte, both from 1.
std::string PositionOf(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return std::to_string(line) + ':' + std::to_string(before.size() - begin + 1);
}

// What the library says behind its own numbers and position.
std::string Why(const std::string& what) {
  for (const std::string_view mark : {"syntax error ", "parse error"}) {
    const std::size_t at = what.find(mark);
    if (at != std::string::npos) return OneLine(what.substr(at));
  }
  return OneLine(what);
}

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  std::vector<ResultFinding> Read(const Json& document) {
    std::vector<ResultFinding> findings;
    const Json* const list = Member(document, "findings", Json::value_t::array);
    if (StringOf(document, "tool") != "lockdep" || list == nullptr) {
      Error("", "no result of lockdep: `lockdep check --format json` writes one");
      return findings;
    }
    const std::optional<std::size_t> schema = NumberOf(document, "schema");
    if (schema != static_cast<std::size_t>(kJsonSchemaVersion)) {
      Error("/schema", "expected " + std::to_string(kJsonSchemaVersion) + ", the one that this lockdep reads");
      return findings;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      findings.push_back(ReadFinding((*list)[i], "/findings/" + std::to_string(i)));
    }
    ReadUncounted(document, findings);
    return findings;
  }

  absl::Status status() const { return errors_.empty() ? absl::OkStatus() : absl::InvalidArgumentError(errors_); }

 private:
  void Error(const std::string& pointer, const std::string& what) {
    if (!errors_.empty()) errors_ += '\n';
    errors_ += file_ + ": " + (pointer.empty() ? "" : pointer + ": ") + what;
  }

  ResultFinding ReadFinding(const Json& json, const std::string& pointer) {
    ResultFinding finding;
    const std::string fingerprint = StringOf(json, "fingerprint");
    const char* const end = fingerprint.data() + fingerprint.size();
    const auto read = std::from_chars(fingerprint.data(), end, finding.fingerprint, 16);
    if (read.ec != std::errc() || read.ptr != end || fingerprint != FingerprintText(finding.fingerprint)) {
      Error(pointer + "/fingerprint", "expected 16 hex digits");
    }
    const std::optional<FindingKind> kind = FindingKindFromString(StringOf(json, "kind"));
    if (!kind) Error(pointer + "/kind", "expected a kind of finding");
    const std::optional<Verdict> verdict = VerdictFromString(StringOf(json, "verdict"));
    if (!verdict) Error(pointer + "/verdict", "expected real, predicted, unknown or false");
    finding.kind = kind.value_or(finding.kind);
    finding.verdict = verdict.value_or(finding.verdict);
    finding.counts = finding.verdict != Verdict::kFalse;
    finding.about = About(json);
    return finding;
  }

  // Its locks, else what it says of itself, and where it was found.
  static std::string About(const Json& json) {
    std::string about;
    const Json* const locks = Member(json, "locks", Json::value_t::array);
    const std::size_t own = NumberOf(json, "cycle_length").value_or(0);
    for (std::size_t i = 0; locks != nullptr && i < std::min(own, locks->size()); ++i) {
      const Json& lock = (*locks)[i];
      const std::string instance = StringOf(lock, "instance");
      const std::size_t subclass = NumberOf(lock, "subclass").value_or(0);
      about += (i == 0 ? "" : " -> ") + StringOf(lock, "name");
      if (subclass != 0) about += '/' + std::to_string(subclass);
      if (!instance.empty()) about += " (" + instance + ')';
    }
    if (about.empty()) about = StringOf(json, "detail");
    const std::string source = StringOf(json, "source");
    if (!source.empty()) about += (about.empty() ? "in " : ", in ") + source;
    return OneLine(about);
  }

  void ReadUncounted(const Json& document, std::vector<ResultFinding>& findings) {
    if (!document.contains("uncounted")) return;
    for (ResultFinding& finding : findings) finding.counts = true;
    const Json* const list = Member(document, "uncounted", Json::value_t::array);
    if (list == nullptr) return Error("/uncounted", "expected a list");
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::optional<std::size_t> index = NumberOf((*list)[i], "finding");
      if (index && *index < findings.size()) {
        findings[*index].counts = false;
      } else {
        Error("/uncounted/" + std::to_string(i) + "/finding", "expected the index of a finding");
      }
    }
  }

  const std::string& file_;
  std::string errors_;
};

}  // namespace

absl::StatusOr<std::vector<ResultFinding>> ParseResults(std::string_view text, const std::string& file) {
  Json document;
  try {
    document = Json::parse(text);
  } catch (const Json::parse_error& error) {
    const std::size_t byte = error.byte > 0 ? error.byte - 1 : 0;
    return absl::InvalidArgumentError(file + ':' + PositionOf(text, byte) + ": no JSON: " + Why(error.what()));
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(file + ": no JSON: " + Why(error.what()));
  }
  Reader reader(file);
  std::vector<ResultFinding> findings = reader.Read(document);
  if (const absl::Status status = reader.status(); !status.ok()) return status;
  return findings;
}

}  // namespace lockdep::tools
