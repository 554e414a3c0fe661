// Lines about memory hotplug: what is wrong with them, and what they lead to.
#include "workloads/hotplug_lines.h"

#include <string>
#include <vector>

#include "hotplug/scenario.h"
#include "tests/catch.h"
#include "tests/workloads/script.h"
#include "workloads/check.h"

namespace lockdep::workloads {
namespace {

using Strings = std::vector<std::string>;

Strings Errors(const std::string& text) {
  Strings errors;
  for (const ScriptError& error : CheckScript(text, "x").errors) errors.push_back(error.ToString());
  return errors;
}

TEST_CASE("mistakes in lines about memory hotplug are named with their place", "[workloads][hotplug]") {
  CHECK(Errors("policy v5.4") ==
        Strings{"x:1:8: there is no policy v5.4, only v3.11, v3.15, v3.16, v4.1, v4.13, v4.20, v5.3, v5.6, v6.8"});
  CHECK(Errors("policy") == Strings{"x:1:1: expected the name of a policy after 'policy'"});
  CHECK(Errors("policy v5.3 store-gate=off") == Strings{"x:1:13: store-gate cannot be off, only none, blocking, try"});
  CHECK(Errors("policy v5.3; policy v5.6") == Strings{"x:1:14: expected one policy, found another one"});
  CHECK(Errors("block 1 offline") == Strings{"x:1:1: expected a policy somewhere in the script, found none"});
  CHECK(Errors("thread t { cpu down }") == Strings{"x:1:12: expected a policy somewhere in the script, found none"});
  CHECK(Errors("policy v5.3; block 1 offlin") ==
        Strings{"x:1:22: expected 'offline', 'online', 'absent', found 'offlin'"});
  CHECK(Errors("policy v5.3; block 1 offline, 1 online") ==
        Strings{"x:1:31: expected a new memory block, found that of another line"});
  CHECK(Errors("policy v5.3; thread t { acpi eject block 7 }") ==
        Strings{"x:1:42: expected a memory block of the script, found 7"});
  CHECK(Errors("policy v5.3; thread t { cpu down returns EFOO }") ==
        Strings{"x:1:42: expected 0 or an error like EBUSY"});
  CHECK(Errors("policy v5.3; thread t { cpu down now }") ==
        Strings{"x:1:34: expected the end of the line, found 'now'"});
  CHECK(Errors("policy v5.3; thread t { slab create c }") ==
        Strings{"x:1:37: expected a cache of the script, found 'c'"});
  CHECK(Errors("policy v5.3; block 1 offline; thread t { dlpar grow block 1 }") ==
        Strings{"x:1:48: expected 'add', 'remove', found 'grow'"});
  CHECK(Errors("policy v5.3; block 1 offline; thread t { sysfs read block 1 size }") ==
        Strings{"x:1:61: expected 'state', 'online', 'uevent', 'valid_zones', 'removable', 'phys_index', found 'size'"});
  CHECK(Errors("policy v5.3; callback c vetoes GOING_AWAY with EPERM").size() == 1);
  CHECK(Errors("policy v5.3; callback c node vetoes ADDING_FIRST_MEMORY with EPERM; expect no finding").empty());
  CHECK(Errors("policy v5.3; spinlock s") ==
        Strings{"x:1:23: expected a mutex, a rwsem or a percpu lock beside a policy, found another type"});
  CHECK(Errors("policy v5.3; mutex m; thread t { trylock m }").size() == 1);
}

TEST_CASE("an expectation that names no lock of the machine is a mistake", "[workloads][hotplug]") {
  CHECK(Errors("policy v5.3; thread t { cpu down }; expect no order mem_hotplug_lok -> cpu_hotplug_lock").size() == 1);
  CHECK(Errors("policy v5.3; thread t { cpu down }; expect no order mem_hotplug_lock -> cpu_hotplug_lock").empty());
}

TEST_CASE("a policy's fields are those of the line", "[workloads][hotplug]") {
  const Program program =
      ProgramOf("policy v5.3 store-gate=blocking gate=off remove-busy=bug\nthread t x 2 { cpu down }");
  REQUIRE(program.scenario != nullptr);
  CHECK(program.scenario->machine.policy.store_gate == hotplug::StoreGate::kNone);
  CHECK(program.scenario->machine.policy.remove_busy == hotplug::RemoveBusy::kBug);
  CHECK(program.scenario->threads.size() == 2);
}

TEST_CASE("a wrong result of an operation breaks I8, and a search that gives up proves nothing",
          "[workloads][hotplug]") {
  const std::string script = "policy v5.3\nblock 1 online\nthread t { sysfs write block 1 state online returns 0 }\n";
  const ScriptResult result = CheckScript(script + "expect explore violation I8", "x");
  CHECK(result.ok());
  CHECK_FALSE(CheckScript(script + "expect no finding", "x").ok());

  CheckOptions few;
  few.search.explore.states_max = 10;
  const std::string seed =
      "policy v5.3\nblock 1 offline\nthread u { sysfs write block 1 state online }\nthread r { acpi eject block 1 }\n";
  CHECK_FALSE(CheckScript(seed + "expect explore exhausted", "x", few).ok());
  const ScriptResult unknown = CheckScript(seed + "expect explore unknown", "x", few);
  for (const Finding& finding : unknown.settings[0].findings) CHECK(finding.strength != Strength::kExhausted);
}

}  // namespace
}  // namespace lockdep::workloads
