// `lockdep graph` as its users see it.
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/tools/command.h"

namespace lockdep {
namespace {

constexpr const char* kSwitched =
    "switch order = same | other\n"
    "mutex a, \"b \\\"2\\\"\"\n"
    "thread t1 { lock a; lock \"b \\\"2\\\"\"; unlock \"b \\\"2\\\"\"; unlock a }\n"
    "when order = other { thread t2 { lock \"b \\\"2\\\"\"; lock a; unlock a; unlock \"b \\\"2\\\"\" } }\n";

TEST_CASE("the help text of graph is the golden one", "[tools][graph]") {
  const CommandResult help = RunCommand({"graph", "--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.out == Golden("help_graph.txt", help.out));
}

TEST_CASE("graph prints each setting's orders, as text, JSON and DOT", "[tools][graph]") {
  const TemporaryDirectory files;
  files.Write("x.workload", kSwitched);
  const CommandResult text = RunCommand({"graph", "--workload", "x.workload"}, files.path());
  CHECK(text.exit_code == 0);
  CHECK(text.out == "[order=same]\na -> b \"2\"\n[order=other]\na -> b \"2\"\nb \"2\" -> a\n");
  const CommandResult dot = RunCommand({"graph", "--workload", "x.workload", "--format", "dot"}, files.path());
  CHECK(dot.out.find("digraph \"x.workload [order=other]\" {\n") != std::string::npos);
  CHECK(dot.out.find("  \"b \\\"2\\\"\" -> \"a\";\n") != std::string::npos);
  const CommandResult json = RunCommand({"graph", "--workload", "x.workload", "--format", "json"}, files.path());
  const nlohmann::json document = nlohmann::json::parse(json.out);
  REQUIRE(document.at("graphs").size() == 2);
  CHECK(document["graphs"][1].at("orders").size() == 2);
  CHECK(document["graphs"][1]["orders"][1].at("wanted") == "a");
}

TEST_CASE("graph runs a script about memory hotplug", "[tools][graph][hotplug]") {
  const TemporaryDirectory files;
  files.Write("x.workload", "policy v5.3\nblock 1 offline\nthread t { acpi eject block 1 }\n");
  const CommandResult text = RunCommand({"graph", "--workload", "x.workload"}, files.path());
  CHECK(text.exit_code == 0);
  CHECK(text.out.find("mem_hotplug_lock -> kn(state)\n") != std::string::npos);
}

TEST_CASE("graph says what is wrong with a script, and where", "[tools][graph]") {
  const TemporaryDirectory files;
  files.Write("x.workload", "policy v5.4\nthread t { acpi ejct block 1 }\n");
  const CommandResult wrong = RunCommand({"graph", "--workload", "x.workload"}, files.path());
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.err.find("x.workload:1:8: there is no policy v5.4") != std::string::npos);
  CHECK(wrong.err.find("x.workload:2:17: expected 'eject', 'insert', 'boot-scan', found 'ejct'") != std::string::npos);
  CHECK(RunCommand({"graph", "--workload", "none.workload"}, files.path()).exit_code == 2);
}

}  // namespace
}  // namespace lockdep
