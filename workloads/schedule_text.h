// A schedule of a script as one line: which thread does its next statement, again and again.
//
//   t1@5,6 t2@9,10~ "a name"#2@12!
//
//   schedule = [ "[" setting { " " setting } "]" ] { thread "@" step { "," step } }
//   setting  = NAME "=" NAME                  # of the script's switches
//   thread   = NAME [ "#" INT ]               # the how many-th that runs it, from 1
//   step     = INT [ "~" | "!" ] [ ">" thread ]
//
// A step is the line of a statement, behind it what came of that where more than one thing could:
// `~` it was not got, or the time was over; `!` the thread woke up by itself; `>t3` the signal woke t3.
// A statement that first announces its wait and is then granted is two steps: a write of a lock that
// has readers, a wait for a condition, a sync.  A thread knows which statement is its next, so the
// line number only says when a schedule belongs to an older version of the script.
//
// A NAME that is no identifier is quoted as in a script, with `\"` and `\\`.
//
// Thread-safe: no state.  Cost: proportional to the text.
#ifndef WORKLOADS_SCHEDULE_TEXT_H_
#define WORKLOADS_SCHEDULE_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockdep::workloads {

struct ScheduledThread {
  std::string name;
  int number = 0;  // 0: not said, which is the first
  int copy() const { return number == 0 ? 0 : number - 1; }
  friend bool operator==(const ScheduledThread&, const ScheduledThread&) = default;
};

enum class StepMark : std::uint8_t { kNone, kNotGot, kSpurious };

struct ScheduledStep {
  ScheduledThread thread;
  int line = 0;
  StepMark mark = StepMark::kNone;
  std::optional<ScheduledThread> wakes;
  friend bool operator==(const ScheduledStep&, const ScheduledStep&) = default;
};

struct ScheduleText {
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<ScheduledStep> steps;
  friend bool operator==(const ScheduleText&, const ScheduleText&) = default;
};

struct ScheduleTextError {
  int column = 1;  // in bytes, from 1
  std::string message;
  // "schedule:1:9: expected …"
  std::string ToString() const { return "schedule:1:" + std::to_string(column) + ": " + message; }
};

struct ScheduleTextResult {
  ScheduleText schedule;
  std::vector<ScheduleTextError> errors;  // every mistake, in order
};

ScheduleTextResult ParseSchedule(std::string_view text);

// Steps of one thread behind each other stand together, so that each schedule has one text.
std::string Print(const ScheduleText& schedule);

// "t1#2", or "\"a name\"".
std::string Print(const ScheduledThread& thread);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_SCHEDULE_TEXT_H_
