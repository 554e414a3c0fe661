#include "lockdep/report_junit.h"

#include <cstddef>
#include <vector>

#include "lockdep/report_text.h"
#include "lockdep/valid_utf8.h"

namespace lockdep {
namespace {

// XML 1.0, production 2: no control characters but these three, and neither U+FFFE nor U+FFFF.
std::string WithoutForbidden(std::string_view text) {
  std::string allowed = ValidUtf8(text);
  for (const std::string_view forbidden : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (std::size_t at = 0; (at = allowed.find(forbidden, at)) != std::string::npos;) {
      allowed.replace(at, forbidden.size(), kReplacementCharacter);
    }
  }
  std::string result;
  for (const char c : allowed) {
    const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
    if (control) {
      result += kReplacementCharacter;
    } else {
      result += c;
    }
  }
  return result;
}

std::string Escaped(std::string_view text, bool attribute) {
  std::string escaped;
  for (const char c : WithoutForbidden(text)) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += attribute ? "&quot;" : "\""; break;
      // A reader would make blanks of them, or drop the carriage return.
      case '\n': escaped += attribute ? "&#10;" : "\n"; break;
      case '\t': escaped += attribute ? "&#9;" : "\t"; break;
      case '\r': escaped += "&#13;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

struct TestCase {
  std::string class_name;
  std::string name;
  std::string outcome;  // "failure", "error", "skipped"; empty: it passes
  std::string type;
  std::string message;
  std::string body;
};

TestCase CaseOf(const ReportedScript& script) {
  TestCase test;
  test.class_name = "scripts";
  test.name = script.file;
  if (script.problems.empty() && script.ran) return test;
  test.outcome = script.ran ? "failure" : "error";
  test.type = script.ran ? "script" : "input";
  test.message = script.problems.empty() ? "it could not be run" : script.problems.front().text;
  for (const ReportedProblem& problem : script.problems) test.body += problem.text + '\n';
  return test;
}

TestCase CaseOf(const ReportedFinding& reported) {
  TestCase test;
  test.class_name = reported.finding.source.empty() ? "findings" : reported.finding.source;
  test.name = Summary(reported.finding);
  if (!reported.setting.empty()) test.name += " [" + reported.setting + ']';
  if (reported.counts()) {
    test.outcome = "failure";
    test.type = std::string(ToString(reported.finding.kind));
    test.message = Summary(reported.finding);
    test.body = FormatText(reported.finding);
  } else if (reported.standing == Standing::kSuppressed || reported.standing == Standing::kKnown ||
             reported.standing == Standing::kUnpublished) {
    test.outcome = "skipped";
    test.message = WhyUncounted(reported);
  }
  return test;
}

TestCase CaseOf(const std::string& error) {
  TestCase test;
  test.class_name = "lockdep";
  test.name = error;
  test.outcome = "error";
  test.type = "input";
  test.message = error;
  return test;
}

std::string Printed(const TestCase& test) {
  std::string text =
      "  <testcase classname=\"" + XmlAttribute(test.class_name) + "\" name=\"" + XmlAttribute(test.name) + '"';
  if (test.outcome.empty()) return text + "/>\n";
  text += ">\n    <" + test.outcome + " message=\"" + XmlAttribute(test.message) + '"';
  if (!test.type.empty()) text += " type=\"" + XmlAttribute(test.type) + '"';
  text += test.body.empty() ? "/>\n" : '>' + XmlText(test.body) + "</" + test.outcome + ">\n";
  return text + "  </testcase>\n";
}

std::string CountOf(const std::vector<TestCase>& tests, std::string_view outcome) {
  std::size_t count = 0;
  for (const TestCase& test : tests) count += test.outcome == outcome ? 1 : 0;
  return std::to_string(count);
}

}  // namespace

std::string XmlText(std::string_view text) { return Escaped(text, /*attribute=*/false); }

std::string XmlAttribute(std::string_view text) { return Escaped(text, /*attribute=*/true); }

std::string FormatJunit(const Report& report) {
  std::vector<TestCase> tests;
  for (const std::string& error : report.errors) tests.push_back(CaseOf(error));
  for (const ReportedScript& script : report.scripts) tests.push_back(CaseOf(script));
  for (const ReportedFinding& reported : report.findings) tests.push_back(CaseOf(reported));
  const std::string counts = "tests=\"" + std::to_string(tests.size()) + "\" failures=\"" + CountOf(tests, "failure") +
                             "\" errors=\"" + CountOf(tests, "error") + '"';
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites " + counts +
                     ">\n<testsuite name=\"lockdep\" " + counts + " skipped=\"" + CountOf(tests, "skipped") + "\">\n";
  for (const TestCase& test : tests) text += Printed(test);
  std::string notes;
  for (const std::string& note : report.notes) notes += XmlText(note) + '\n';
  if (!notes.empty()) text += "  <system-out>" + notes + "</system-out>\n";
  return text + "</testsuite>\n</testsuites>\n";
}

}  // namespace lockdep
