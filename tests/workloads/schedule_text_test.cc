#include "workloads/schedule_text.h"

#include <random>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/seed.h"

namespace lockdep::workloads {
namespace {

using Strings = std::vector<std::string>;

ScheduleText Good(const std::string& text) {
  const ScheduleTextResult result = ParseSchedule(text);
  for (const ScheduleTextError& error : result.errors) FAIL_CHECK(error.ToString());
  return result.schedule;
}

Strings Errors(const std::string& text) {
  Strings errors;
  for (const ScheduleTextError& error : ParseSchedule(text).errors) errors.push_back(error.ToString());
  return errors;
}

TEST_CASE("a schedule names threads and the lines they do, with what came of them", "[workloads][schedule_text]") {
  const ScheduleText schedule = Good("t1@5,6 t2@9,10~ t1#3@12!,13>w t2@1~>\"a b\"#2");
  REQUIRE(schedule.steps.size() == 7);
  CHECK(schedule.settings.empty());
  CHECK(schedule.steps[0] == ScheduledStep{{"t1", 0}, 5, StepMark::kNone, {}});
  CHECK(schedule.steps[1].line == 6);
  CHECK(schedule.steps[3] == ScheduledStep{{"t2", 0}, 10, StepMark::kNotGot, {}});
  CHECK(schedule.steps[4] == ScheduledStep{{"t1", 3}, 12, StepMark::kSpurious, {}});
  CHECK(schedule.steps[4].thread.copy() == 2);
  CHECK(schedule.steps[5].wakes == ScheduledThread{"w", 0});
  CHECK(schedule.steps[6].wakes == ScheduledThread{"a b", 2});
}

TEST_CASE("a schedule may say for which settings it is", "[workloads][schedule_text]") {
  const ScheduleText schedule = Good("[gate=on era=5 \"x y\"=\"a]b\"] t@1");
  CHECK(schedule.settings ==
        std::vector<std::pair<std::string, std::string>>{{"gate", "on"}, {"era", "5"}, {"x y", "a]b"}});
  CHECK(schedule.steps.size() == 1);
  CHECK(Good(" [ ] ").settings.empty());
}

TEST_CASE("an empty schedule is one", "[workloads][schedule_text]") {
  CHECK(Good("").steps.empty());
  CHECK(Good(" \n\t ").steps.empty());
}

TEST_CASE("every mistake is reported with its column, and the rest is still read", "[workloads][schedule_text]") {
  CHECK(Errors("t1 t2@3") == Strings{"schedule:1:3: expected '@', found a blank"});
  CHECK(Errors("t1@") == Strings{"schedule:1:4: expected a line number, found the end"});
  CHECK(Errors("t1@0") == Strings{"schedule:1:4: expected a line number from 1 to 1000000000, found 0"});
  CHECK(Errors("t1@1,") == Strings{"schedule:1:6: expected a line number, found the end"});
  CHECK(Errors("t1@1x t2@,3 t3#@4") == Strings{"schedule:1:5: expected ',' or a blank, found 'x'",
                                               "schedule:1:10: expected a line number, found ','",
                                               "schedule:1:16: expected the number of a thread, found '@'"});
  CHECK(Errors("5@1") == Strings{"schedule:1:1: expected the name of a thread, found '5'"});
  CHECK(Errors("t@1~!") == Strings{"schedule:1:5: expected ',' or a blank, found '!'"});
  CHECK(Errors("t@1>") == Strings{"schedule:1:5: expected the name of a thread, found the end"});
  CHECK(Errors("a.@1") == Strings{"schedule:1:2: expected the name to go on behind '.', found '@'"});
  CHECK(Errors("\"a@1") == Strings{"schedule:1:1: expected a closing '\"', found the end"});
  CHECK(Errors("\"\"@1") == Strings{"schedule:1:1: expected a name, found an empty one"});
  CHECK(Errors("\"\\n\"@1") == Strings{"schedule:1:2: expected '\\\"' or '\\\\', found another escape"});
  CHECK(Errors("t@99999999999999999999") ==
        Strings{"schedule:1:3: expected a line number from 1 to 1000000000, found 99999999999999999999"});
  CHECK(Errors("\x01@1") == Strings{"schedule:1:1: expected the name of a thread, found a byte that is no text"});
  CHECK(Errors("[a=b") == Strings{"schedule:1:5: expected a blank or ']', found the end"});
  CHECK(Errors("[") == Strings{"schedule:1:2: expected the name of a switch, found the end"});
  CHECK(Errors("[a] t@1,") ==
        Strings{"schedule:1:3: expected '=', found ']'", "schedule:1:9: expected a line number, found the end"});
  CHECK(Errors("[a=] t@1") == Strings{"schedule:1:4: expected a setting of the switch, found ']'"});
}

TEST_CASE("a schedule is printed in one way", "[workloads][schedule_text]") {
  const auto printed = [](const std::string& text) { return Print(Good(text)); };
  CHECK(printed("  t1@5   t1@6,7\n t2@9~ ") == "t1@5,6,7 t2@9~");
  CHECK(printed("t#1@5 t@6") == "t#1@5 t@6");
  CHECK(printed("\"t1\"@5 \"a b\"#2@6>\"q\\\"\\\\\"") == "t1@5 \"a b\"#2@6>\"q\\\"\\\\\"");
  CHECK(printed("[a=1 b=\"on\"]t@1") == "[a=1 b=on] t@1");
  CHECK(printed("") == "");
  CHECK(Print(ScheduledThread{"one-thread", 0}) == "\"one-thread\"");
}

// Names of all kinds.
std::string RandomName(std::mt19937_64& random) {
  static const Strings kNames = {"t",    "t1", "_x", "a.b", "a..b", "one-thread", "a b",
                                 "x\"y", "\\", "9",  "[",   "#",    "\xff",       "a."};
  return kNames[random() % kNames.size()];
}

ScheduledThread RandomThread(std::mt19937_64& random) { return {RandomName(random), static_cast<int>(random() % 4)}; }

TEST_CASE("what is printed is read back", "[workloads][schedule_text]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2000; ++i) {
    ScheduleText schedule;
    for (std::uint64_t n = random() % 3; n > 0; --n)
      schedule.settings.emplace_back(RandomName(random), RandomName(random));
    for (std::uint64_t n = random() % 8; n > 0; --n) {
      ScheduledStep& step = schedule.steps.emplace_back();
      step.thread = RandomThread(random);
      step.line = 1 + static_cast<int>(random() % 1000);
      step.mark = static_cast<StepMark>(random() % 3);
      if (random() % 4 == 0) step.wakes = RandomThread(random);
    }
    const std::string text = Print(schedule);
    CAPTURE(text);
    CHECK(Good(text) == schedule);
    CHECK(Print(Good(text)) == text);
  }
}

}  // namespace
}  // namespace lockdep::workloads
