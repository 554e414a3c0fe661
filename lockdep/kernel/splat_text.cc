#include "lockdep/kernel/splat_text.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace lockdep::kernel {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kFramesMax = 6;
constexpr std::size_t kGapsMax = 4;
constexpr std::size_t kPlacesMax = 8;

class Text {
 public:
  Text(const KernelFinding& made, const Judgement& judgement, const SplatTextOptions& options)
      : made_(made), finding_(made.finding), judgement_(judgement), options_(options) {}

  std::string Format(const std::vector<std::string>& also) {
    Head();
    for (std::size_t i = 0; i < Links().size(); ++i) Link(Links()[i]);
    for (const Participant& each : finding_.participants) Who(each);
    Gates();
    VerdictPart();
    Rest(also);
    return std::move(text_);
  }

 private:
  std::string Label(int lock) const {
    const FindingLock& known = finding_.locks[static_cast<std::size_t>(lock)];
    return made_.locks[static_cast<std::size_t>(lock)].Label() + (known.instance.empty() ? "" : ", " + known.instance);
  }
  void Line(std::string_view line) { text_.append(line) += '\n'; }
  void Wrapped(std::string_view prefix, std::string_view text);
  std::string Chain() const;
  // Indices of the links, that of the task that reports first.
  std::vector<std::size_t> Links() const;
  std::string Stack(const Place& place) const;
  std::string ModeWord(const std::optional<Mode>& mode, Kind kind) const;
  std::string Names(const std::vector<AlsoHeld>& held) const;
  void Head();
  void Link(std::size_t index);
  void Who(const Participant& participant);
  void Gates();
  void VerdictPart();
  void Rest(const std::vector<std::string>& also);
  std::string Paint(const std::string& text) const;

  const KernelFinding& made_;
  const Finding& finding_;
  const Judgement& judgement_;
  const SplatTextOptions& options_;
  std::string text_;
};

// Breaks at spaces; later lines are indented to the end of the prefix.
void Text::Wrapped(std::string_view prefix, std::string_view text) {
  std::string line(prefix);
  const std::string indent(prefix.size(), ' ');
  bool first = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!first && line.size() + 1 + word.size() > kColumns) {
      Line(line);
      line = indent;
      first = true;
    }
    if (!first) line += ' ';
    line += word;
    first = false;
  }
  Line(line);
}

std::string Text::Chain() const {
  std::string chain;
  for (int i = 0; i < finding_.cycle_length; ++i) chain += (i == 0 ? "" : " -> ") + Label(i);
  if (finding_.kind == FindingKind::kCircular) chain += " -> " + Label(0);
  return chain;
}

std::vector<std::size_t> Text::Links() const {
  std::vector<std::size_t> links;
  const std::size_t n = finding_.edges.size();
  const std::size_t start = finding_.closing_edge < 0 ? 0 : static_cast<std::size_t>(finding_.closing_edge);
  for (std::size_t i = 0; i < n; ++i) links.push_back((start + i) % n);
  return links;
}

std::string Text::Stack(const Place& place) const {
  std::string text;
  std::size_t shown = 0;
  for (const StackFrame& frame : place.stack) {
    if (shown == kFramesMax) {
      text += " < ...";
      break;
    }
    text += (shown++ == 0 ? "" : " < ") + frame.function;
  }
  return text.empty() ? place.function : text;
}

std::string Text::ModeWord(const std::optional<Mode>& mode, Kind kind) const {
  std::string word = mode ? std::string(lockdep::ToString(*mode)) : "mode not shown";
  if (kind == Kind::kTrylock) word += ", trylock";
  return word;
}

std::string Text::Names(const std::vector<AlsoHeld>& held) const {
  std::string names;
  for (const AlsoHeld& each : held) names += (names.empty() ? "" : ", ") + Label(each.lock);
  return names;
}

std::string Text::Paint(const std::string& text) const {
  if (!options_.color) return text;
  const char* code = finding_.verdict == Verdict::kFalse ? "32" : finding_.verdict == Verdict::kPredicted ? "31" : "33";
  return "\033[" + std::string(code) + "m" + text + "\033[0m";
}

std::string Upper(std::string_view word) {
  std::string upper(word);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return upper;
}

void Text::Head() {
  const KernelReport& report = made_.report;
  std::string line = LinesOf(report, finding_.source) + ": " + std::string(ToString(report.kind));
  if (!report.version.empty()) line += ", Linux " + report.version;
  Line(line);
  std::string verdict = "verdict " + Paint(Upper(lockdep::ToString(finding_.verdict)));
  if (finding_.strength != Strength::kNone) verdict += " (" + std::string(lockdep::ToString(finding_.strength)) + ")";
  verdict += "  fingerprint " + FingerprintText(finding_.fingerprint) + (finding_.fingerprint_weak ? " (weak)" : "");
  Line(verdict);
  Line("");
  Wrapped("  ", Chain());
  if (!made_.complete) Line("  (other locks may stand between these)");
  Line("");
}

void Text::Link(std::size_t index) {
  const FindingEdge& edge = finding_.edges[index];
  Line("  " + (edge.thread.empty() ? "a task" : edge.thread));
  const LinkModes& modes = made_.modes[index];
  Wrapped("      holds  ", Label(edge.held) + " (" + ModeWord(modes.held, edge.held_kind) + ")" +
                               (edge.held_at.function.empty() ? "" : "  taken in " + edge.held_at.function));
  Wrapped("      wants  ", Label(edge.wanted) + " (" + ModeWord(modes.wanted, edge.wanted_kind) + ")");
  const std::string stack = Stack(edge.wanted_at);
  if (!stack.empty()) Wrapped("             ", stack);
  if (!edge.also_held.empty()) Wrapped("      beside ", Names(edge.also_held));
}

void Text::Who(const Participant& participant) {
  Line("  " + (participant.thread.empty() ? "a task" : participant.thread));
  if (participant.lock >= 0) Wrapped("      ", Label(participant.lock) + ": " + participant.action);
  const std::string stack = Stack(participant.at);
  if (!stack.empty()) Wrapped("             ", stack);
  if (!participant.held.empty()) Wrapped("      holding ", Names(participant.held));
}

void Text::Gates() {
  if (judgement_.gates.empty()) return;
  Line("");
  Line("  Gate candidates: held by the task that reports; false if another of the tasks holds one, too");
  for (const GateCandidate& gate : judgement_.gates) {
    std::string line = gate.name + ": ";
    line += gate.one ? "one lock" : "a class, maybe of several locks";
    line += gate.exclusive ? ", only ever held exclusively" : ", mode not shown";
    Wrapped("      ", line);
  }
}

void Text::VerdictPart() {
  Line("");
  switch (finding_.verdict) {
    case Verdict::kFalse:
      Line("  Verdict: " + Paint("FALSE") + ": it cannot happen, as far as this was recorded.");
      break;
    case Verdict::kPredicted:
      Line("  Verdict: " + Paint("PREDICTED") + ": it happens whenever this code runs so.");
      break;
    case Verdict::kReal:
    case Verdict::kUnknown: Line("  Verdict: " + Paint("UNKNOWN") + ": neither can be shown from this."); break;
  }
  for (const Reason& reason : finding_.reasons) {
    Wrapped("    because ", std::string(lockdep::ToString(reason.kind)) + ": " + reason.evidence.text());
  }
  for (const Wording& step : finding_.witness) Wrapped("    ", step.text());
  for (std::size_t i = 0; i < finding_.missing.size(); ++i) {
    Wrapped(i == 0 ? "    decides: " : "    also:    ", finding_.missing[i].text());
  }
  for (const std::string& note : judgement_.notes) Wrapped("    note:    ", note);
}

void Text::Rest(const std::vector<std::string>& also) {
  const std::vector<std::string>& gaps = made_.report.gaps;
  for (std::size_t i = 0; i < gaps.size() && i < kGapsMax; ++i) Wrapped("    in the log: ", gaps[i]);
  if (gaps.size() > kGapsMax)
    Line("    in the log: " + std::to_string(gaps.size() - kGapsMax) + " more things are not shown");
  if (also.empty()) return;
  std::string places;
  for (std::size_t i = 0; i < also.size() && i < kPlacesMax; ++i) places += (i == 0 ? "" : ", ") + also[i];
  if (also.size() > kPlacesMax) places += " and " + std::to_string(also.size() - kPlacesMax) + " more";
  Wrapped("  Same report: ", places);
}

}  // namespace

std::string LinesOf(const KernelReport& report, const std::string& source) {
  std::string text = source + ":" + std::to_string(report.first_line);
  if (report.last_line != report.first_line) text += "-" + std::to_string(report.last_line);
  return text;
}

std::string FormatSplat(const KernelFinding& made, const Judgement& judgement, const std::vector<std::string>& also,
                        const SplatTextOptions& options) {
  return Text(made, judgement, options).Format(also);
}

}  // namespace lockdep::kernel
