// What text, chains and rules prove about a report, and what they do not.
#include "lockdep/kernel/splat_verdict.h"

#include <optional>
#include <string>

#include "lockdep/kernel/chain_finding.h"
#include "lockdep/kernel/kernel_log.h"
#include "lockdep/kernel/splat_workload.h"
#include "tests/catch.h"
#include "tests/lockdep/kernel/splat_log.h"
#include "workloads/check.h"

namespace lockdep::kernel {
namespace {

struct Case {
  KernelFinding made;
  Judgement judgement;
};

Case JudgeLog(const std::string& log, const std::string& chains = "", const std::string& rules = "",
              const std::string& classes = "") {
  Case result;
  std::string why;
  result.made = *MakeFinding(ReadKernelLog(log).at(0), "log", why);
  std::optional<ChainTable> table;
  std::optional<ChainGraph> graph;
  std::optional<ClassUsage> usage;
  KnowRules know;
  Evidence evidence;
  if (!chains.empty()) {
    table = *ParseChains(chains, "chains");
    graph.emplace(*table);
    evidence.chains = &*graph;
  }
  if (!classes.empty()) {
    usage = *ParseClasses(classes, "classes");
    evidence.classes = &*usage;
  }
  if (!rules.empty()) {
    REQUIRE(ParseRules(rules, "rules", know).ok());
    evidence.rules = &know;
  }
  result.judgement = Judge(result.made, evidence);
  return result;
}

std::string Chain(const std::vector<std::string>& locks) {
  std::string text = "irq_context: 0\n";
  for (const std::string& lock : locks) text += "[(____ptrval____)] " + lock + "\n";
  return text + "\n";
}

const LogLock kGate = {"gate", "+.+.", "ffffffffa0003000", "take_gate"};

CircularLog Gated() {
  CircularLog log = Abba();
  log.held = {kGate, log.cycle[1]};
  return log;
}

TEST_CASE("from text alone a cycle is a question that names the gate", "[kernel]") {
  const Case judged = JudgeLog(Circular(Gated()));
  CHECK(judged.made.finding.verdict == Verdict::kUnknown);
  REQUIRE(judged.judgement.gates.size() == 1);
  CHECK(judged.judgement.gates.front().name == "gate");
  CHECK(judged.judgement.gates.front().one);
  CHECK(judged.judgement.gates.front().exclusive);
  REQUIRE_FALSE(judged.made.finding.missing.empty());
  CHECK_THAT(judged.made.finding.missing.front(), ContainsSubstring("gate"));
}

TEST_CASE("a gate in the chains of both links makes the cycle false", "[kernel]") {
  const std::string both = Chain({"gate"}) + Chain({"gate", "lock_a"}) + Chain({"gate", "lock_a", "lock_b"}) +
                           Chain({"gate", "lock_b"}) + Chain({"gate", "lock_b", "lock_a"});
  const Case judged = JudgeLog(Circular(Gated()), both);
  CHECK(judged.made.finding.verdict == Verdict::kFalse);
  CHECK(judged.made.finding.strength == Strength::kTrace);
  REQUIRE(judged.made.finding.reasons.size() == 1);
  CHECK(judged.made.finding.reasons.front().kind == ReasonKind::kExclusiveGate);

  // One more chain of the order without the gate, and it is none.
  CHECK(JudgeLog(Circular(Gated()), both + Chain({"lock_a", "lock_b"})).made.finding.verdict == Verdict::kUnknown);
  // The kernel lost chains.
  CHECK(JudgeLog(Circular(Gated()), "(buggered) all lock chains:\n" + both).made.finding.verdict == Verdict::kUnknown);
  // Chains of another boot.
  const Case other = JudgeLog(Circular(Gated()), Chain({"gate", "lock_b", "lock_a"}));
  CHECK(other.made.finding.verdict == Verdict::kUnknown);
  CHECK_FALSE(other.judgement.notes.empty());
}

TEST_CASE("a gate that is read, or may be several locks, excludes nobody", "[kernel]") {
  const std::string both = Chain({"gate", "lock_a", "lock_b"}) + Chain({"gate", "lock_b", "lock_a"});
  CircularLog log = Gated();
  for (const LogLock& gate :
       {LogLock{"gate", ".+.+", "ffffffffa0003000", "x"}, LogLock{"gate", "++++", "ffffffffa0003000", "x"},
        LogLock{"gate", "+.+.", "ffff888012345678", "x"}, LogLock{"gate", "....", "ffffffffa0003000", "x"}}) {
    CAPTURE(gate.usage, gate.address);
    log.held[0] = gate;
    CHECK(JudgeLog(Circular(log), both).made.finding.verdict == Verdict::kUnknown);
  }
  log.held[0] = kGate;
  log.version = "5.2.0";  // prints hashed addresses
  CHECK(JudgeLog(Circular(log), both).made.finding.verdict == Verdict::kUnknown);
}

TEST_CASE("a gate got by trylock inside the cycle counts, and is said to be one", "[kernel]") {
  const std::string chains = Chain({"lock_a", "gate", "lock_b"}) + Chain({"gate"}) + Chain({"gate", "lock_b"}) +
                             Chain({"gate", "lock_b", "lock_a"});
  const Case judged = JudgeLog(Circular(Gated()), chains);
  CHECK(judged.made.finding.verdict == Verdict::kFalse);
  REQUIRE(judged.made.finding.reasons.size() == 2);
  CHECK(judged.made.finding.reasons[1].kind == ReasonKind::kTrylockBackoff);
  const absl::StatusOr<std::string> workload = FormatWorkload(judged.made, judged.judgement);
  REQUIRE(workload.ok());
  CHECK_THAT(*workload, ContainsSubstring("if trylock \"gate\""));
}

TEST_CASE("a task that holds two locks of the cycle closes a shorter one that the gate does not exclude", "[kernel]") {
  // a -> b -> c -> a; links b -> c and c -> a are made by one task under the gate, which holds b, too.
  CircularLog log;
  log.cycle = {{"lock_a", "+.+.", "ffffffffa0001000", "f"},
               {"lock_b", "+.+.", "ffffffffa0002000", "f"},
               {"lock_c", "+.+.", "ffffffffa0004000", "f"}};
  log.traces = {{"__mutex_lock", "online", "start"}, {"__mutex_lock", "create"}, {"__mutex_lock", "online", "start"}};
  log.held = {kGate, log.cycle[1], log.cycle[2]};
  const std::string rule = "source here\nfunction online holds gate\n";
  CHECK(JudgeLog(Circular(log), "", rule).made.finding.verdict == Verdict::kUnknown);
  const std::string chains =
      Chain({"lock_a", "lock_b"}) + Chain({"gate", "lock_b", "lock_c"}) + Chain({"gate", "lock_b", "lock_c", "lock_a"});
  CHECK(JudgeLog(Circular(log), chains).made.finding.verdict == Verdict::kUnknown);
  // With the gate on the remaining link, too, nothing is left.
  const std::string gated = Chain({"gate", "lock_a", "lock_b"}) + Chain({"gate", "lock_b", "lock_c"}) +
                            Chain({"gate", "lock_b", "lock_c", "lock_a"});
  CHECK(JudgeLog(Circular(log), gated).made.finding.verdict == Verdict::kFalse);
}

TEST_CASE("rules decide with strength declared, in the kernels they are about", "[kernel]") {
  const std::string rule = "source somewhere, f()\nfunction take_b holds gate since 4.20\n";
  const Case judged = JudgeLog(Circular(Gated()), "", rule);
  CHECK(judged.made.finding.verdict == Verdict::kFalse);
  CHECK(judged.made.finding.strength == Strength::kDeclared);
  CHECK_THAT(judged.made.finding.reasons.front().evidence, ContainsSubstring("somewhere, f()"));
  CHECK(JudgeLog(Circular(Gated()), "", "source x\nfunction take_b holds gate before 4.20\n").made.finding.verdict ==
        Verdict::kUnknown);
  CHECK(JudgeLog(Circular(Gated()), "", "source x\nfunction other holds gate\n").made.finding.verdict ==
        Verdict::kUnknown);
  const Case tried = JudgeLog(Circular(Gated()), "", "source x\nfunction take_b only-tries lock_b\n");
  CHECK(tried.made.finding.verdict == Verdict::kFalse);
  CHECK(tried.made.finding.reasons.front().kind == ReasonKind::kTrylockBackoff);
}

TEST_CASE("a recursion on one address is predicted, on two it is a question", "[kernel]") {
  const LogLock lock = {"&x->mutex", "+.+.", "ffff888012345600", "f"};
  LogLock other = lock;
  other.address = "ffff888012345700";
  const std::vector<std::string> mutex = {"lock_acquire", "__mutex_lock", "g"};
  const Case same = JudgeLog(Recursive(lock, lock, mutex));
  CHECK(same.made.finding.verdict == Verdict::kPredicted);
  CHECK(same.made.finding.strength == Strength::kTrace);
  CHECK(JudgeLog(Recursive(lock, other, mutex)).made.finding.verdict == Verdict::kUnknown);
  LogLock read = lock;
  read.usage = ".+.+";
  const Case readers = JudgeLog(Recursive(read, read, {"lock_acquire", "down_read", "g"}));
  CHECK(readers.made.finding.verdict == Verdict::kUnknown);
  CHECK_THAT(readers.made.finding.missing.front(), ContainsSubstring("writer"));
  CHECK(same.made.finding.fingerprint == JudgeLog(Recursive(lock, other, mutex)).made.finding.fingerprint);
}

TEST_CASE("chains have cycles where a kernel has them, and none of what was only held together", "[kernel]") {
  const auto cycles = [](const std::string& chains, const std::string& classes = "") {
    const ChainTable table = *ParseChains(chains, "chains");
    const ChainGraph graph(table);
    std::optional<ClassUsage> usage;
    Evidence evidence;
    evidence.chains = &graph;
    if (!classes.empty()) {
      usage = *ParseClasses(classes, "classes");
      evidence.classes = &*usage;
    }
    std::vector<std::string> found;
    for (const ChainCycle& cycle : FindChainCycles(evidence, "chains").cycles) found.push_back(Summary(cycle.finding));
    return found;
  };
  using Found = std::vector<std::string>;
  // Below a recursive reader.
  CHECK(cycles(Chain({"a", "r", "c"}) + Chain({"c", "a"})) == Found{"circular a -> c, verdict unknown"});
  // b was got by trylock: a, try b, c against b, a.
  CHECK(cycles(Chain({"a", "b", "c"}) + Chain({"b", "a"})).empty());
  // m is not validated: it ends no chain.
  const std::string chains = Chain({"m", "h"}) + Chain({"h", "m", "x"});
  CHECK(cycles(chains).empty());
  const std::string classes =
      "all lock classes:\nffff OPS: 1 FD: 1 BD: 1 ....: m\n\nffff OPS: 1 FD: 1 BD: 1 +.+.: h\n -> [ffff] x\n";
  CHECK(cycles(chains, classes) == Found{"circular h -> m, verdict unknown"});
  // A lock of which it is known that it is validated was only tried.
  const std::string tried = "ffff OPS: 1 FD: 1 BD: 1 +.+.: m\n";
  CHECK(cycles(chains, tried).empty());
}

TEST_CASE("files that are none are errors with their place", "[kernel]") {
  CHECK_THAT(std::string(ParseChains("irq_context: 0\n[x] a\nhello\n", "c").status().message()),
             ContainsSubstring("c:3: "));
  CHECK_THAT(std::string(ParseChains("[x] a\n", "c").status().message()), ContainsSubstring("c:1: "));
  CHECK_FALSE(ParseChains("", "c").ok());
  CHECK_THAT(std::string(ParseClasses("hello\n", "c").status().message()), ContainsSubstring("c:1: "));
  KnowRules rules;
  CHECK_THAT(std::string(ParseRules("function f holds g\n", "k", rules).message()), ContainsSubstring("k:1:1: "));
  CHECK_THAT(std::string(ParseRules("source s\nfunction f likes g\n", "k", rules).message()),
             ContainsSubstring("k:2:12: "));
  CHECK_FALSE(ParseRules("source s\nlock g\n", "k", rules).ok());
  CHECK_FALSE(ParseRules("source s\nlock g one since x\n", "k", rules).ok());
  CHECK(ParseRules("# c\n\nsource s\nlock g one exclusive since 4.20 before 6.0\n", "k", rules).ok());
}

TEST_CASE("a report as a workload has the finding of the report in every setting", "[kernel]") {
  CircularLog three = Abba();
  three.cycle.insert(three.cycle.begin() + 1, {"&m->\"x\"", "++++", "ffff888012345600", "f"});
  three.traces.insert(three.traces.begin() + 1, {"down_read", "f"});
  const LogLock lock = {"&x->mutex", "+.+.", "ffff888012345600", "f"};
  LogLock other = lock;
  other.address = "ffff888012345700";
  for (const std::string& log :
       {Circular(Abba()), Circular(Gated()), Circular(three), Recursive(lock, lock, {"__mutex_lock", "g"}),
        Recursive(lock, other, {"__mutex_lock", "g"})}) {
    const Case judged = JudgeLog(log);
    const absl::StatusOr<std::string> text = FormatWorkload(judged.made, judged.judgement);
    REQUIRE(text.ok());
    CAPTURE(*text);
    const workloads::ScriptResult result = workloads::CheckScript(*text, "x.workload", {});
    CHECK(result.errors.empty());
    CHECK(result.ok());
    if (judged.made.finding.kind != FindingKind::kCircular) continue;
    for (const auto& setting : result.settings) {
      REQUIRE(setting.findings.size() == 1);
      CHECK(setting.findings.front().fingerprint == judged.made.finding.fingerprint);
    }
  }
}

}  // namespace
}  // namespace lockdep::kernel
