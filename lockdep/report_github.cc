#include "lockdep/report_github.h"

#include <filesystem>
#include <string_view>

#include "lockdep/report_sides.h"
#include "lockdep/valid_utf8.h"

namespace lockdep {
namespace {

// The runner decodes exactly these.
std::string Escaped(std::string_view text, bool property) {
  std::string escaped;
  for (const char c : ValidUtf8(text)) {
    switch (c) {
      case '%': escaped += "%25"; break;
      case '\r': escaped += "%0D"; break;
      case '\n': escaped += "%0A"; break;
      case ':': escaped += property ? "%3A" : ":"; break;
      case ',': escaped += property ? "%2C" : ","; break;
      default: escaped += c;
    }
  }
  return escaped;
}

class Command {
 public:
  explicit Command(const char* name) : text_(std::string("::") + name) {}

  void Property(const char* name, std::string_view value) {
    if (value.empty()) return;
    text_ += (first_ ? " " : ",") + std::string(name) + '=' + Escaped(value, /*property=*/true);
    first_ = false;
  }
  std::string With(std::string_view message) const { return text_ + "::" + Escaped(message, false) + '\n'; }

 private:
  std::string text_;
  bool first_ = true;
};

// As the host names the files of a change: without "./" at the front.
std::string FileOf(const std::string& file) { return std::filesystem::path(file).lexically_normal().generic_string(); }

std::string Where(const Place& place) {
  return place.line > 0 ? place.file + ':' + std::to_string(place.line) : place.file;
}

std::string MessageOf(const ReportedFinding& reported) {
  std::string message = FindingMessage(reported.finding);
  if (reported.baseline == BaselineState::kStronger && reported.recorded) {
    message += "\nThe baseline has it as " + std::string(ToString(*reported.recorded)) + '.';
  }
  if (!reported.counts()) message += "\nIt does not count: it " + WhyUncounted(reported) + '.';
  for (const Side& side : Sides(reported.finding)) {
    for (const SideStep& step : side.steps) {
      if (!step.at->file.empty()) message += '\n' + step.text + " at " + Where(*step.at);
    }
  }
  return message;
}

std::string LineOf(const ReportedFinding& reported) {
  if (reported.standing == Standing::kExpected) return "";
  const bool error = reported.counts() && reported.finding.verdict != Verdict::kFalse;
  Command command(error ? "error" : "notice");
  if (const Place* place = MainPlace(reported.finding)) {
    command.Property("file", FileOf(place->file));
    if (place->line > 0) command.Property("line", std::to_string(place->line));
  }
  std::string title = Summary(reported.finding);
  if (!reported.setting.empty()) title += " [" + reported.setting + ']';
  command.Property("title", title);
  return command.With(MessageOf(reported));
}

std::string LinesOf(const ReportedScript& script) {
  std::string text;
  for (const ReportedProblem& problem : script.problems) {
    if (problem.of_finding) continue;
    Command command("error");
    command.Property("file", FileOf(script.file));
    command.Property("title", script.ran ? "script failed" : "script could not be run");
    text += command.With(problem.text);
  }
  return text;
}

}  // namespace

std::string FormatGithub(const Report& report) {
  std::string text;
  for (const std::string& error : report.errors) text += Command("error").With(error);
  for (const ReportedScript& script : report.scripts) text += LinesOf(script);
  for (const ReportedFinding& reported : report.findings) text += LineOf(reported);
  for (const std::string& note : report.notes) text += Command("notice").With(note);
  return text;
}

}  // namespace lockdep
