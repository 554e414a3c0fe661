// Which prefixes are taken off a log's lines, and that nothing else is.
#include "lockdep/kernel/log_line.h"

#include <string>
#include <vector>

#include "tests/catch.h"

namespace lockdep::kernel {
namespace {

std::vector<std::string> Clean(const std::string& raw) {
  std::vector<LogLine> lines;
  CleanLine(raw, 7, lines);
  std::vector<std::string> texts;
  for (const LogLine& line : lines) texts.push_back(line.text);
  return texts;
}

using Texts = std::vector<std::string>;

TEST_CASE("what loggers, consoles and mailers put in front is taken off", "[kernel]") {
  for (const std::string prefix : {"",
                                   "[    5.371740] ",
                                   "[    5.371740][   T57] ",
                                   "[    5.371740] [    T57] ",
                                   "<4>[    5.371740] ",
                                   "<4> [5.371740] ",
                                   "> ",
                                   "> > >",
                                   ">>  [  +0.001506] ",
                                   "May 13 15:16:32 host kernel: [    5.371740] ",
                                   "May  3 15:16:32 host kernel: ",
                                   "May 13 15:16:32 [kernel] ",
                                   "2016-03-26T20:52:22.526357+00:00 host kernel: ",
                                   "[Thu May 13 15:16:32 2021] ",
                                   "kern  :warn  : [    5.371740] ",
                                   "[name:lockdep&]",
                                   "\x1b[33m[    5.371740]\x1b[0m ",
                                   "725.862536] ",
                                   "[    5.371740] [    5.371740] ",
                                   "\t\t"}) {
    CAPTURE(prefix);
    CHECK(Clean(prefix + "t/1 is trying to acquire lock:") == Texts{"t/1 is trying to acquire lock:"});
    CHECK(Clean(prefix + "t/1 is trying to acquire lock:\r") == Texts{"t/1 is trying to acquire lock:"});
    CHECK(Clean(prefix).empty());
  }
}

TEST_CASE("what looks like a prefix and is none stays", "[kernel]") {
  for (const std::string text :
       {"[<ffffffff81234567>] f+0x1/0x2", "-> #1 (a){+.+.}-{3:3}:", "#0: (a){....}", "(a){+.+.}, at: f+0x1/0x2",
        "[ BUG: x ]", "[12] apples", "<Interrupt>", "</TASK>", "May I ask something", "[ 12.34 ] x"}) {
    CAPTURE(text);
    CHECK(Clean(text) == Texts{text});
  }
}

TEST_CASE("a written newline and a time stamp in the middle begin a new line", "[kernel]") {
  CHECK(Clean("host kernel: [ 1.234567] x#012but task is already holding lock:") ==
        Texts{"host kernel:", "x", "but task is already holding lock:"});
  CHECK(Clean("other info that might help us debug this: [   24.972394] 2 locks held by t/1:") ==
        Texts{"other info that might help us debug this:", "2 locks held by t/1:"});
}

TEST_CASE("the caller is kept apart from the text", "[kernel]") {
  std::vector<LogLine> lines;
  CleanLine("[   29.493343][    C1] WARNING: x", 3, lines);
  CleanLine("[   29.493344][  T512] y", 4, lines);
  CleanLine("z", 5, lines);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].caller == "C1");
  CHECK(lines[1].caller == "T512");
  CHECK(lines[2].caller.empty());
  CHECK(lines[1].number == 4);
}

}  // namespace
}  // namespace lockdep::kernel
