#include "workloads/schedule_text.h"

#include <cstddef>

namespace lockdep::workloads {
namespace {

constexpr int kNumberMax = 1'000'000'000;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// As the language has them, without `-`.
bool IsIdentifier(std::string_view name) {
  if (name.empty() || !IsLetter(name.front()) || name.back() == '.') return false;
  for (const char c : name) {
    if (!IsLetter(c) && !IsDigit(c) && c != '.') return false;
  }
  return true;
}

std::string Quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

std::string PrintName(std::string_view name) { return IsIdentifier(name) ? std::string(name) : Quoted(name); }

// A setting's value may be a number.
std::string PrintValue(std::string_view value) {
  bool number = !value.empty();
  for (const char c : value) number = number && IsDigit(c);
  return number ? std::string(value) : PrintName(value);
}

// Functions return false after reporting; what follows up to the next blank is then left out.
class ScheduleParser {
 public:
  explicit ScheduleParser(std::string_view text) : text_(text) {}

  ScheduleTextResult Run() {
    SkipBlanks();
    if (Peek() == '[') Settings();
    for (SkipBlanks(); !AtEnd(); SkipBlanks()) {
      if (!Steps()) SkipWord();
    }
    return std::move(result_);
  }

 private:
  bool AtEnd() const { return offset_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[offset_]; }
  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  void SkipBlanks() {
    while (!AtEnd() && IsBlank(Peek())) ++offset_;
  }
  void SkipWord() {
    while (!AtEnd() && !IsBlank(Peek())) ++offset_;
  }
  bool TakeIf(char c) {
    if (AtEnd() || Peek() != c) return false;
    ++offset_;
    return true;
  }

  std::string Found() const {
    if (AtEnd()) return "the end";
    const char c = Peek();
    if (IsBlank(c)) return "a blank";
    return c > ' ' && c <= '~' ? std::string("'") + c + "'" : "a byte that is no text";
  }
  bool Report(std::size_t offset, std::string message) {
    result_.errors.push_back({static_cast<int>(offset) + 1, std::move(message)});
    return false;
  }
  bool Expected(const std::string& what) { return Report(offset_, "expected " + what + ", found " + Found()); }

  bool QuotedName(std::string& name) {
    const std::size_t begin = offset_++;
    while (!AtEnd() && Peek() != '"') {
      if (Peek() == '\\') {
        ++offset_;
        if (Peek() != '"' && Peek() != '\\')
          return Report(offset_ - 1, "expected '\\\"' or '\\\\', found another escape");
      }
      name += text_[offset_++];
    }
    if (!TakeIf('"')) return Report(begin, "expected a closing '\"', found the end");
    return !name.empty() || Report(begin, "expected a name, found an empty one");
  }

  bool Name(const char* what, std::string& name) {
    if (Peek() == '"') return QuotedName(name);
    if (!IsLetter(Peek())) return Expected(what);
    const std::size_t begin = offset_;
    while (IsLetter(Peek()) || IsDigit(Peek()) || Peek() == '.') ++offset_;
    name = text_.substr(begin, offset_ - begin);
    return name.back() != '.' || Report(offset_ - 1, "expected the name to go on behind '.', found " + Found());
  }

  bool Number(const char* what, int& number) {
    if (!IsDigit(Peek())) return Expected(what);
    const std::size_t begin = offset_;
    std::int64_t value = 0;
    for (; IsDigit(Peek()); ++offset_) {
      if (value <= kNumberMax) value = value * 10 + (Peek() - '0');
    }
    if (value == 0 || value > kNumberMax) {
      return Report(begin, std::string("expected ") + what + " from 1 to " + std::to_string(kNumberMax) + ", found " +
                               std::string(text_.substr(begin, offset_ - begin).substr(0, 30)));
    }
    number = static_cast<int>(value);
    return true;
  }

  void Settings() {
    ++offset_;
    bool good = true;
    for (SkipBlanks(); good && Peek() != ']'; SkipBlanks()) good = Setting();
    while (!good && !AtEnd() && Peek() != ']') ++offset_;
    TakeIf(']');
  }

  bool Setting() {
    std::pair<std::string, std::string> setting;
    if (!Name("the name of a switch", setting.first)) return false;
    if (!TakeIf('=')) return Expected("'='");
    if (IsDigit(Peek())) {
      while (IsDigit(Peek())) setting.second += text_[offset_++];
    } else if (!Name("a setting of the switch", setting.second)) {
      return false;
    }
    if (Peek() != ']' && !IsBlank(Peek())) return Expected("a blank or ']'");
    result_.schedule.settings.push_back(std::move(setting));
    return true;
  }

  bool Thread(ScheduledThread& thread) {
    return Name("the name of a thread", thread.name) &&
           (!TakeIf('#') || Number("the number of a thread", thread.number));
  }

  // t1@5,6
  bool Steps() {
    ScheduledStep step;
    if (!Thread(step.thread)) return false;
    if (!TakeIf('@')) return Expected("'@'");
    do {
      step.mark = StepMark::kNone;
      step.wakes.reset();
      if (!Step(step)) return false;
      result_.schedule.steps.push_back(step);
    } while (TakeIf(','));
    return AtEnd() || IsBlank(Peek()) || Expected("',' or a blank");
  }

  bool Step(ScheduledStep& step) {
    if (!Number("a line number", step.line)) return false;
    if (TakeIf('~')) {
      step.mark = StepMark::kNotGot;
    } else if (TakeIf('!')) {
      step.mark = StepMark::kSpurious;
    }
    return !TakeIf('>') || Thread(step.wakes.emplace());
  }

  const std::string_view text_;
  std::size_t offset_ = 0;
  ScheduleTextResult result_;
};

}  // namespace

ScheduleTextResult ParseSchedule(std::string_view text) { return ScheduleParser(text).Run(); }

std::string Print(const ScheduledThread& thread) {
  return PrintName(thread.name) + (thread.number == 0 ? "" : "#" + std::to_string(thread.number));
}

std::string Print(const ScheduleText& schedule) {
  std::string text;
  for (const auto& [name, value] : schedule.settings) {
    text += (text.empty() ? "[" : " ") + PrintName(name) + "=" + PrintValue(value);
  }
  if (!text.empty()) text += ']';
  const ScheduledStep* before = nullptr;
  for (const ScheduledStep& step : schedule.steps) {
    if (before != nullptr && before->thread == step.thread) {
      text += ',';
    } else {
      text += (text.empty() ? "" : " ") + Print(step.thread) + "@";
    }
    text += std::to_string(step.line);
    if (step.mark == StepMark::kNotGot) text += '~';
    if (step.mark == StepMark::kSpurious) text += '!';
    if (step.wakes) text += ">" + Print(*step.wakes);
    before = &step;
  }
  return text;
}

}  // namespace lockdep::workloads
