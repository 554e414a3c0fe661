#include "lockdep/report_lines.h"

#include <algorithm>
#include <map>

#include "lockdep/check.h"
#include "lockdep/report_scenario.h"
#include "lockdep/symbolize.h"

namespace lockdep {
namespace {

// "ns::Table<std::basic_string<char>, int>::Find" -> "ns::Table<...>::Find", if it is a long one.
std::string ShortFunction(const std::string& function) {
  constexpr std::size_t kLong = 60;
  if (function.size() <= kLong || function.find("operator") != std::string::npos) return function;
  std::string text;
  int depth = 0;
  for (const char c : function) {
    if (c == '>' && depth > 0 && --depth == 0) text += "...";
    if (depth == 0) text += c;
    if (c == '<') ++depth;
  }
  return text;
}

std::string Name(const FindingLock& lock) {
  return lock.subclass == 0 ? lock.name : lock.name + '/' + std::to_string(lock.subclass);
}

std::string_view Escape(Colour colour) {
  switch (colour) {
    case Colour::kNone: return "";
    case Colour::kRed: return "\x1b[1;31m";
    case Colour::kYellow: return "\x1b[1;33m";
    case Colour::kGreen: return "\x1b[1;32m";
    case Colour::kBold: return "\x1b[1m";
  }
  return "";
}

}  // namespace

ReportLines::ReportLines(const Finding& finding, const TextOptions& options) : finding_(finding), options_(options) {
  std::map<std::string, std::vector<std::uint32_t>> ids;  // of the locks that have the name, as they come
  for (const FindingLock& lock : finding.locks) {
    std::vector<std::uint32_t>& known = ids[Name(lock)];
    const bool is_known = std::find(known.begin(), known.end(), lock.id) != known.end();
    if (!is_known || !lock.instance.empty()) known.push_back(lock.id);
  }
  for (const FindingLock& lock : finding.locks) {
    const std::vector<std::uint32_t>& known = ids[Name(lock)];
    const auto number = std::find(known.begin(), known.end(), lock.id) - known.begin() + 1;
    const bool ambiguous = known.size() > 1;
    numbers_.push_back(ambiguous && lock.class_name.empty() ? " (" + std::to_string(number) + ")" : "");
    labels_.push_back(ambiguous && !lock.instance.empty() ? lock.instance : Name(lock) + numbers_.back());
  }
}

const std::string& ReportLines::Label(int lock) const {
  LOCKDEP_CHECK(lock >= 0 && static_cast<std::size_t>(lock) < labels_.size());
  return labels_[static_cast<std::size_t>(lock)];
}

std::string ReportLines::Lock(int lock, std::string_view how) const {
  LOCKDEP_CHECK(lock >= 0 && static_cast<std::size_t>(lock) < labels_.size());
  const FindingLock& what = finding_.locks[static_cast<std::size_t>(lock)];
  std::string text = '(' + Name(what) + numbers_[static_cast<std::size_t>(lock)] + ')' + std::string(how);
  if (!what.instance.empty() && what.instance != what.name) text += ' ' + what.instance;
  return text;
}

std::string ReportLines::Lock(int lock, Mode mode, Kind kind) const {
  const std::string how = std::string(ToString(mode)) + ", " + std::string(ToString(kind));
  return Lock(lock, IsEvent(lock) ? "" : '{' + how + '}');
}

bool ReportLines::IsEvent(int lock) const {
  LOCKDEP_CHECK(lock >= 0 && static_cast<std::size_t>(lock) < labels_.size());
  const LockType type = finding_.locks[static_cast<std::size_t>(lock)].type;
  return type == LockType::kThreadEnd || type == LockType::kCompletion;
}

std::string ReportLines::Call(int lock, Mode mode, Kind kind) const {
  if (IsEvent(lock)) return "wait(" + Label(lock) + ')';
  std::string text;
  switch (kind) {
    case Kind::kBlocking: break;
    case Kind::kTrylock: text = "try"; break;
    case Kind::kTimed: text = "timed"; break;
  }
  text += IsShared(mode) ? "read(" : "lock(";
  text += Label(lock);
  if (mode == Mode::kRecursiveShared) text += ", recursive";
  return text + ')';
}

std::string ReportLines::Who(const std::string& thread, const std::string& role, Context context) {
  std::string more;
  if (!role.empty() && role != thread) more = "role " + role;
  if (context != Context::kTask) more += (more.empty() ? "in " : ", in ") + std::string(ToString(context));
  const std::string name = thread.empty() ? "a thread" : thread;
  return more.empty() ? name : name + " (" + more + ')';
}

std::string ReportLines::Short(const std::string& text) const {
  const std::string& source = finding_.source;
  const std::size_t slash = source.rfind('/');
  if (slash == std::string::npos) return text;
  std::string shorter = text;
  for (std::size_t at = 0; (at = shorter.find(source, at)) != std::string::npos;) shorter.erase(at, slash + 1);
  return shorter;
}

std::string ReportLines::Words(const Wording& wording) const {
  std::string text = wording.text();
  // From the end: what comes before it stays where it is.
  for (auto name = wording.names().rbegin(); name != wording.names().rend(); ++name) {
    const auto lock = std::find_if(finding_.locks.begin(), finding_.locks.end(),
                                   [&](const FindingLock& each) { return each.id == name->lock; });
    if (lock == finding_.locks.end()) continue;
    text.insert(name->end, numbers_[static_cast<std::size_t>(lock - finding_.locks.begin())]);
  }
  return Short(text);
}

std::string ReportLines::File(const std::string& file, int line) const {
  const std::string& prefix = options_.strip_prefix;
  const bool inside = !prefix.empty() && file.compare(0, prefix.size(), prefix) == 0;
  const std::string shown = file == finding_.source ? Short(file) : inside ? file.substr(prefix.size()) : file;
  return line > 0 ? shown + ':' + std::to_string(line) : shown;
}

std::string ReportLines::Where(const Place& place) const {
  if (place.file.empty())
    return place.function.empty() ? "a place that was not recorded" : ShortFunction(place.function);
  const std::string file = File(place.file, place.line);
  return place.function.empty() ? file : ShortFunction(place.function) + " (" + file + ')';
}

void ReportLines::Line(std::string_view text) {
  text_ += text;
  text_ += '\n';
}

void ReportLines::ColouredLine(Colour colour, std::string_view text) {
  const bool plain = !options_.color || colour == Colour::kNone;
  if (!plain) text_ += Escape(colour);
  text_ += text;
  text_ += plain ? "\n" : "\x1b[0m\n";
}

void ReportLines::Wrapped(std::string_view text, std::size_t hang) {
  std::string line;
  const auto flush = [this, &line, hang] {
    Line(line);
    line.assign(hang, ' ');
  };
  std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return;
  line.assign(begin, ' ');
  bool line_is_empty = true;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    if (!line_is_empty && line.size() + 1 + word.size() > kReportColumns) {
      flush();
      line_is_empty = true;
    }
    if (!line_is_empty) line += ' ';
    line += word;
    line_is_empty = false;
    begin = std::min(text.find_first_not_of(' ', end), text.size());
  }
  Line(line);
}

void ReportLines::LockAt(std::string_view prefix, int lock, Mode mode, Kind kind, const Place& place,
                         std::string_view suffix) {
  const std::string what = std::string(prefix) + Lock(lock, mode, kind) + ',';
  const std::string where = "at: " + Where(place) + std::string(suffix);
  if (what.size() + 1 + where.size() <= kReportColumns) {
    Line(what + ' ' + where);
  } else {
    Line(what);
    Line(std::string(prefix.size() + 4, ' ') + where);
  }
}

void ReportLines::At(std::size_t indent, const Place& place) {
  constexpr std::string_view kAt = "at: ";
  const std::string first = std::string(indent, ' ') + std::string(kAt);
  if (place.stack.empty()) return Line(first + Where(place));
  const std::size_t top = FirstCallerFrame(place.stack);
  const std::size_t shown =
      std::min(place.stack.size() - top, static_cast<std::size_t>(std::max(1, options_.stack_frames_max)));
  for (std::size_t i = 0; i < shown; ++i) {
    const StackFrame& frame = place.stack[top + i];
    const std::string start = i == 0 ? first : std::string(first.size(), ' ');
    std::string file = frame.file.empty() ? "" : '(' + File(frame.file, frame.line) + ')';
    if (frame.inlined) file += file.empty() ? "[inlined]" : " [inlined]";
    const std::string function = ShortFunction(frame.function);
    if (start.size() + function.size() + 1 + file.size() <= kReportColumns) {
      Line(start + function + (file.empty() ? "" : ' ' + file));
    } else {
      Line(start + function);
      Line(std::string(start.size() + 4, ' ') + file);
    }
  }
  const std::size_t left_out = place.stack.size() - top - shown;
  if (left_out > 0) Line(std::string(first.size(), ' ') + "... and " + std::to_string(left_out) + " more");
}

void ReportLines::LockAndStack(int lock, Mode mode, Kind kind, const Place& place) {
  if (place.stack.size() <= 1) return LockAt(" ", lock, mode, kind, place);
  Line(' ' + Lock(lock, mode, kind));
  At(5, place);
}

}  // namespace lockdep
