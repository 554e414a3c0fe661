// `lockdep splat` and `lockdep chains` as their users see them.
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/lockdep/kernel/splat_log.h"
#include "tests/tools/command.h"

namespace lockdep {
namespace {

using kernel::Abba;
using kernel::CircularLog;

std::string GatedLog() {
  CircularLog log = Abba();
  log.held = {{"gate", "+.+.", "ffffffffa0003000", "take_gate"}, log.cycle[1]};
  return kernel::WithPrefix(kernel::Circular(log), "[    5.371740] ");
}

std::string Chain(const std::string& locks) {
  std::string text = "irq_context: 0\n[0] ";
  for (const char c : locks) text += c == ' ' ? std::string("\n[0] ") : std::string(1, c);
  return text + "\n\n";
}

const std::string kBothGated = Chain("gate lock_a lock_b") + Chain("gate lock_b lock_a");

TEST_CASE("the help texts of splat and chains are the golden ones", "[tools][splat]") {
  const CommandResult splat = RunCommand({"splat", "--help"});
  CHECK(splat.exit_code == 0);
  CHECK(splat.out == Golden("help_splat.txt", splat.out));
  const CommandResult chains = RunCommand({"chains", "--help"});
  CHECK(chains.out == Golden("help_chains.txt", chains.out));
}

TEST_CASE("splat prints what can and cannot be proved, from text and from chains", "[tools][splat]") {
  const TemporaryDirectory files;
  files.Write("dmesg.txt", GatedLog());
  files.Write("chains", kBothGated);
  const CommandResult text = RunCommand({"splat", "dmesg.txt"}, files.path());
  CHECK(text.exit_code == 0);
  CHECK(text.out == Golden("splat_unknown.txt", text.out));
  const CommandResult chains = RunCommand({"splat", "dmesg.txt", "--chains", "chains"}, files.path());
  CHECK(chains.exit_code == 0);
  CHECK(chains.out == Golden("splat_false.txt", chains.out));
  const CommandResult graph = RunCommand({"chains", "chains"}, files.path());
  CHECK(graph.exit_code == 0);
  CHECK(graph.out == Golden("chains.txt", graph.out));
}

TEST_CASE("the same report of several logs is printed once, with all places", "[tools][splat]") {
  const TemporaryDirectory files;
  files.Write("a", GatedLog());
  files.Write("b", GatedLog());
  const CommandResult result = RunCommand({"splat", "a", "b", "--format", "json"}, files.path());
  CHECK(result.exit_code == 0);
  const nlohmann::json json = nlohmann::json::parse(result.out);
  CHECK(json.at("findings").size() == 1);
  CHECK(json.at("findings")[0].at("verdict") == "unknown");
  CHECK_THAT(json.at("notes").dump(), ContainsSubstring("the same report as b:"));
}

TEST_CASE("how splat ends", "[tools][splat]") {
  const TemporaryDirectory files;
  files.Write("log", GatedLog());
  files.Write("nothing", "usb 1-1: new device\n");
  files.Write("rules", "function f holds g\n");
  CHECK(RunCommand({"splat", "log", "--fail-on", "unknown"}, files.path()).exit_code == 1);
  CHECK(RunCommand({"splat", "log", "--fail-on", "predicted"}, files.path()).exit_code == 0);
  const CommandResult nothing = RunCommand({"splat", "nothing"}, files.path());
  CHECK(nothing.exit_code == 2);
  CHECK_THAT(nothing.err, ContainsSubstring("nothing: no lock report in it"));
  CHECK(RunCommand({"splat", "absent"}, files.path()).exit_code == 2);
  CHECK(RunCommand({"splat", "log", "--chains", "nothing"}, files.path()).exit_code == 2);
  const CommandResult rules = RunCommand({"splat", "log", "--know", "rules"}, files.path());
  CHECK(rules.exit_code == 2);
  CHECK_THAT(rules.err, ContainsSubstring("rules:1:1: "));
  const CommandResult set = RunCommand({"splat", "log", "--know", "hotplugg"}, files.path());
  CHECK(set.exit_code == 2);
  CHECK_THAT(set.err, ContainsSubstring("hotplugg: No such file or directory; rules that come with it: drm, hotplug, net"));
  for (const std::string name : {"drm", "hotplug", "net"}) {
    CHECK(RunCommand({"splat", "log", "--know", name}, files.path()).exit_code == 0);
  }
  CHECK(RunCommand({"chains", "log"}, files.path()).exit_code == 2);
  CHECK(RunCommand({"splat"}).exit_code == 2);
}

TEST_CASE("a report becomes a workload that check accepts", "[tools][splat]") {
  const TemporaryDirectory files;
  files.Write("log", GatedLog());
  CHECK(RunCommand({"splat", "log", "--to-workload", "x.workload"}, files.path()).exit_code == 0);
  const CommandResult check = RunCommand({"check", "x.workload"}, files.path());
  CHECK(check.exit_code == 0);
  CHECK_THAT(check.out, ContainsSubstring("2 settings"));
  files.Write("part", "Chain exists of:\n  a --> b --> c\n");
  CHECK(RunCommand({"splat", "part", "--to-workload", "y.workload"}, files.path()).exit_code == 2);
}

TEST_CASE("of several reports one is chosen by its number", "[tools][splat]") {
  const TemporaryDirectory files;
  CircularLog other = Abba();
  other.cycle[0].name = "lock_c";
  files.Write("log", GatedLog() + kernel::Circular(other));
  const CommandResult both = RunCommand({"splat", "log", "--to-workload", "x.workload"}, files.path());
  CHECK(both.exit_code == 2);
  CHECK_THAT(both.err, ContainsSubstring("--report N"));
  const CommandResult second =
      RunCommand({"splat", "log", "--report", "2", "--to-workload", "x.workload"}, files.path());
  CHECK(second.exit_code == 0);
  CHECK_THAT(second.out, ContainsSubstring("lock_c"));
  CHECK_THAT(second.out, !ContainsSubstring("lock_a "));
  CHECK(RunCommand({"check", "x.workload"}, files.path()).exit_code == 0);
  const CommandResult third = RunCommand({"splat", "log", "--report", "3"}, files.path());
  CHECK(third.exit_code == 2);
  CHECK_THAT(third.err, ContainsSubstring("--report 3: the logs have 2"));
  CHECK(RunCommand({"splat", "log", "--report", "0"}, files.path()).exit_code == 2);
}

}  // namespace
}  // namespace lockdep
