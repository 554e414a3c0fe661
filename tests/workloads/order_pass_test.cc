#include "workloads/order_pass.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "workloads/expectations.h"
#include "workloads/parser.h"
#include "workloads/resolver.h"

namespace lockdep::workloads {
namespace {

using Strings = std::vector<std::string>;
using Orders = std::vector<std::pair<std::string, std::string>>;

OrderPassResult Run(const std::string& text, SimulationOptions options = {}) {
  const ParseResult parsed = Parse(text, "x");
  for (const ScriptError& error : parsed.errors) FAIL_CHECK(error.ToString());
  const ResolveResult resolved = Resolve(parsed.script);
  for (const ScriptError& error : resolved.errors) FAIL_CHECK(error.ToString());
  REQUIRE(resolved.programs.size() == 1);
  OrderPassResult result = RunOrderPass(resolved.programs[0], options);
  result.findings = WithHangs(resolved.programs[0], result);
  return result;
}

Strings Findings(const OrderPassResult& result) {
  Strings findings;
  for (const Finding& finding : result.findings) findings.push_back(Summary(finding));
  return findings;
}

Strings Failures(const OrderPassResult& result) {
  Strings failures;
  for (const ScriptError& failure : result.failures) failures.push_back(failure.ToString());
  for (const ScriptError& unended : result.unended) failures.push_back(unended.ToString());
  for (const ScriptError& broken : result.broken_asserts) failures.push_back(broken.ToString());
  return failures;
}

TEST_CASE("two orders of two locks are a finding with its places", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("mutex a, b\nthread t1 { lock a; lock b; unlock b; unlock a }\nthread t2 { lock b\n lock a; unlock a; unlock "
          "b }");
  CHECK(result.dependencies == Orders{{"a", "b"}, {"b", "a"}});
  REQUIRE(Findings(result) == Strings{"circular a -> b, verdict unknown"});
  const FindingEdge& edge = result.findings[0].edges[1];
  CHECK(edge.thread == "t2");
  CHECK(edge.wanted_at.file == "x");
  CHECK(edge.wanted_at.line == 4);
  CHECK(edge.wanted_at.function == "t2");
}

TEST_CASE("a try makes no order into its lock, and is also taken as not got", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("mutex a, b, c\nthread t { lock a; if trylock b { lock c; unlock c; unlock b } else { unlock a; lock b; lock "
          "a; unlock b }; unlock a }");
  CHECK(result.dependencies == Orders{{"a", "c"}, {"b", "a"}, {"b", "c"}});
  CHECK(Findings(result).empty());
}

TEST_CASE("each try fails once in a run, alone and with others, and a restart gets it the next time",
          "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("mutex a, b, c\nvar failed\n"
          "thread t { lock a; if trylock b { if trylock c { unlock c } else { failed = failed + 10 }; unlock b } else "
          "{ failed = failed + 1; unlock a; restart }\n"
          " unlock a; if failed == 1 { lock c; lock b; unlock b; unlock c }; if failed == 10 { lock b; lock a; unlock "
          "a; unlock b }\n"
          " if failed == 11 { lock c; lock a; unlock a; unlock c } }");
  CHECK(result.dependencies == Orders{{"b", "a"}, {"c", "a"}, {"c", "b"}});
}

TEST_CASE("a plain try that was not got needs no unlock", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("mutex a, b\nthread t { trylock a; lock b; unlock b; unlock a; lock a; unlock a }");
  CHECK(Findings(result).empty());
  CHECK(result.dependencies == Orders{{"a", "b"}});
}

TEST_CASE("a try of a held lock is not got", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("mutex a, b\nthread t { lock a; if trylock a { assert not-held a } else { lock b; unlock b }; unlock a }");
  CHECK(Failures(result).empty());
  CHECK(result.dependencies == Orders{{"a", "b"}});
}

TEST_CASE("a timed wait ends when all threads wait", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("mutex a, b\nvar x, timeouts\n"
          "thread t1 { lock a; x = x + 1; await x == 2; if timedlock b { unlock b } else { timeouts = 1 }; unlock a }\n"
          "thread t2 { lock b; x = x + 1; await x == 2; lock a; assert held a; unlock a; unlock b }");
  CHECK(Failures(result).empty());
  // Where the lock is got was not run.
  CHECK(Findings(result) == Strings{"circular a -> b, verdict unknown"});
}

TEST_CASE("threads that wait for each other in the model make the finding real", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("mutex a, b\nthread t1 { lock a; yield; lock b; unlock b; unlock a }\nthread t2 { lock b; yield; lock a; "
          "unlock a; unlock b }");
  REQUIRE(Findings(result) == Strings{"circular a -> b, verdict real"});
  const Finding& finding = result.findings[0];
  CHECK(finding.strength == Strength::kExecuted);
  CHECK(finding.detail ==
        "in the model, t1 waits for b (x:2), held by t2 (x:3); t2 waits for a (x:3), held by t1 (x:2)");
  CHECK(finding.witness == std::vector<Wording>{"t1: lock a (x:2)", "t2: lock b (x:3)", "t1: lock b (x:2) waits",
                                                "t2: lock a (x:3) waits"});
  CHECK(finding.missing.empty());
  REQUIRE(finding.edges.size() == 2);
  CHECK(finding.edges[0].thread == "t1");
}

TEST_CASE("a reader behind a waiting writer is part of the hang", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("rwsem s, u\nthread r1 { read s; yield; yield; read u; unlock u; unlock s }\n"
          "thread w { write s; unlock s }\n"
          "thread r2 { write u; yield; read s; unlock s; unlock u }");
  REQUIRE(Findings(result) == Strings{"circular s -> u, verdict real"});
  CHECK(result.findings[0].participants.size() == 3);
  CHECK_THAT(result.findings[0].detail, ContainsSubstring("r2 waits for s (x:4), held by r1") ||
                                            ContainsSubstring("behind w, which waits to write it"));
}

TEST_CASE("a hang without a cycle of locks names what is waited for", "[workloads][order_pass]") {
  CHECK(Findings(Run("completion c\nmutex a\nthread t1 { lock a; wait-for c; unlock a }\nthread t2 { lock a; complete "
                     "c; unlock a }")) == Strings{"hang a -> c, verdict real"});
  CHECK(Findings(Run("completion c\nthread t { wait-for c }")) == Strings{"hang c, verdict real"});
  CHECK(Findings(Run("var x\nthread t1 { await x == 1 }\nthread t2 { await x > 0 }")) ==
        Strings{"hang x, verdict real"});
  CHECK(Findings(Run("condition cv\nmutex m\nthread t { lock m; wait cv m; unlock m }")) ==
        Strings{"hang cv, verdict real"});
  CHECK(Findings(Run("mutex a\nthread t1 { lock a }\nthread t2 { lock a; unlock a }")) ==
        Strings{"held-at-exit a, verdict real", "hang a, verdict real"});
}

TEST_CASE("a thread that waits for itself is a self-deadlock and no hang", "[workloads][order_pass]") {
  CHECK(Findings(Run("mutex a\nthread t { lock a; lock a }\nthread u { lock a; unlock a }")) ==
        Strings{"self-deadlock a, verdict real"});
}

TEST_CASE("an interrupt that waits for the thread below it is a hang", "[workloads][order_pass]") {
  const Strings findings =
      Findings(Run("spinlock a\nthread t { lock a; in hardirq-threaded { lock a; unlock a }; unlock a }"));
  CHECK(std::count(findings.begin(), findings.end(), "hang a, verdict real") == 1);
}

TEST_CASE("a lock that is not validated still blocks", "[workloads][order_pass]") {
  CHECK(Findings(Run("mutex a no-validate, b no-validate\nthread t1 { lock a; yield; lock b }\nthread t2 { lock b; "
                     "yield; lock a }")) == Strings{"hang a -> b, verdict real"});
  CHECK(Findings(Run("mutex a no-validate\nthread t { lock a; lock a }")) == Strings{"hang a, verdict real"});
}

TEST_CASE("a condition wait releases its mutex and takes it again under what is held", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("condition cv\nmutex m, o\n"
          "thread waiter { lock o; lock m; wait cv m; assert held m; unlock m; unlock o }\n"
          "thread waker { lock m; signal cv; unlock m }");
  CHECK(Failures(result).empty());
  CHECK(Findings(result).empty());
  const OrderPassResult swapped =
      Run("condition cv\nmutex m, o\n"
          "thread waiter { lock m; lock o; wait cv m; unlock o; unlock m }\nthread waker { broadcast cv; lock m; "
          "broadcast cv; unlock m }");
  CHECK(swapped.dependencies == Orders{{"m", "o"}, {"o", "m"}});
}

TEST_CASE("a signal wakes one sleeper and a broadcast all", "[workloads][order_pass]") {
  const std::string waiters = "condition cv\nmutex m\nthread w x 2 { lock m; wait cv m; unlock m }\n";
  CHECK(Findings(Run(waiters + "thread s { signal cv }")) == Strings{"hang cv, verdict real"});
  CHECK(Findings(Run(waiters + "thread s { signal cv; signal cv }")).empty());
  CHECK(Findings(Run(waiters + "thread s { broadcast cv }")).empty());
}

TEST_CASE("completions count, and complete-all stays", "[workloads][order_pass]") {
  CHECK(
      Findings(Run("completion c\nthread a { complete c; complete c }\nthread b { wait-for c; wait-for c }")).empty());
  CHECK(Findings(Run("completion c\nthread a { complete c }\nthread b { wait-for c; wait-for c }")) ==
        Strings{"hang c, verdict real"});
  CHECK(Findings(Run("completion c\nthread a { complete-all c }\nthread b { wait-for c; wait-for c }")).empty());
}

TEST_CASE("a spawned thread starts when it is spawned, and join waits for its end", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("var x\nmutex a\nthread w { lock a; x = x + 1; unlock a }\nthread t { spawn w; join w; spawn w; join w; if x "
          "== 2 { lock a; assert not-held a } }");
  CHECK(Failures(result) == Strings{"x:4:66: expected 'a' not held by 't', found it held exclusively"});
  CHECK(Findings(Run("mutex a\nthread w { lock a; unlock a }\nthread t { lock a; spawn w; join w; unlock a }")) ==
        Strings{"circular a -> end of w, verdict real"});
}

TEST_CASE("threads run in file order, and a yield lets the next ones run", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("var x\nmutex a\nthread t1 { x = x + 1; yield; if x == 3 { lock a; assert not-held a } }\nthread t2 { x = x "
          "+ 1; yield }\nthread t3 { x = x + 1 }");
  CHECK(Failures(result).size() == 1);
}

TEST_CASE("loops count, break and end", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("var x\nmutex a\nthread t { repeat 3 { repeat 2 { x = x + 1 } }; repeat 0 { x = 100 }; loop { x = x + 1; if "
          "x >= 10 { break } }\n"
          " if x == 10 { lock a; assert shared a; unlock a } }");
  CHECK(Failures(result) == Strings{"x:4:23: expected 'a' held shared by 't', found it held exclusively"});
}

TEST_CASE("a condition wait takes its lock again as it held it, however it got it", "[workloads][order_pass]") {
  const OrderPassResult tried =
      Run("mutex o, m\ncondition cv\nvar x\n"
          "thread waiter { lock o; if trylock m { x = 1; wait cv m; unlock m }; unlock o }\n"
          "thread waker { await x == 1; signal cv }");
  CHECK(std::find(tried.dependencies.begin(), tried.dependencies.end(), Orders::value_type{"o", "m"}) !=
        tried.dependencies.end());
  const OrderPassResult downgraded =
      Run("rwsem s\ncondition cv\nthread waiter { write s; downgrade s; wait cv s; assert shared s; unlock s }\n"
          "thread waker { signal cv }");
  CHECK(Findings(downgraded).empty());
  CHECK(Failures(downgraded).empty());
}

TEST_CASE("a thread that waits in a loop sees the others go on", "[workloads][order_pass]") {
  CHECK(Failures(Run("var x\nthread t { loop { if x == 1 { break } } }\nthread u { x = 1 }")).empty());
}

TEST_CASE("an endless loop is an error only if nobody can go on", "[workloads][order_pass]") {
  SimulationOptions options;
  options.steps_max = 500;
  CHECK(Failures(Run("thread t { loop { } }\nmutex a\nthread u { lock a; unlock a }", options)) ==
        Strings{"x:1:12: expected an end of 't', found none after 500 steps"});
  CHECK(Findings(Run("mutex a\nthread t { lock a; loop { yield } }\nthread u { lock a }", options)).empty());
}

TEST_CASE("threads that spawn without end are stopped", "[workloads][order_pass]") {
  const Strings failures = Failures(Run("thread t { loop { spawn w } }\nthread w { spawn v }\nthread v { }"));
  REQUIRE_FALSE(failures.empty());
  CHECK(failures[0] == "x:2:8: expected at most 1000 threads, found more");
}

bool HasOrder(const OrderPassResult& result, const std::string& held, const std::string& wanted) {
  return std::find(result.dependencies.begin(), result.dependencies.end(), std::pair(held, wanted)) !=
         result.dependencies.end();
}

TEST_CASE("tries that fail together are run, also one that only the failure of another leads to",
          "[workloads][order_pass]") {
  const OrderPassResult independent =
      Run("var fa, fb\nmutex a, b, c, d\n"
          "thread t {\n if trylock a { unlock a } else { fa = 1 }\n if trylock b { unlock b } else { fb = 1 }\n"
          " if fa == 1 { if fb == 1 { lock c; lock d; unlock d; unlock c } } }");
  CHECK(HasOrder(independent, "c", "d"));
  const OrderPassResult nested =
      Run("mutex a, b, c, d\nthread t {\n if trylock a { unlock a } else {\n  if trylock b { unlock b } else { lock c; "
          "lock d; unlock d; unlock c } } }");
  CHECK(HasOrder(nested, "c", "d"));
  CHECK(independent.notes.empty());
  CHECK(nested.notes.empty());
}

TEST_CASE("the tries of two threads with one block fail each alone and both", "[workloads][order_pass]") {
  const std::string threads =
      "var failed\nmutex a, c, d\nthread t x 3 { if trylock a { unlock a } else { failed = failed + 1 } }\n";
  const auto when = [&](const std::string& count) {
    return Run(threads + "thread u { if failed == " + count + " { lock c; lock d; unlock d; unlock c } }");
  };
  CHECK(HasOrder(when("1"), "c", "d"));
  CHECK(HasOrder(when("2"), "c", "d"));
  CHECK_FALSE(HasOrder(when("3"), "c", "d"));
}

TEST_CASE("a try in a loop fails once in a run, so that a retry ends", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("mutex a, b\nthread t { lock a; if trylock b { unlock b; unlock a } else { unlock a; restart } }");
  CHECK(Failures(result).empty());
  CHECK(result.notes.empty());
}

TEST_CASE("runs with fewer failures come first, and a limit that is reached is said", "[workloads][order_pass]") {
  // Ten tries; `failed` counts them.
  std::string script = "var failed\nmutex a, c, d\nthread t {\n";
  for (int i = 0; i < 10; ++i) script += " if trylock a { unlock a } else { failed = failed + 1 }\n";
  const auto when = [&](const std::string& count, std::size_t runs_max) {
    SimulationOptions options;
    options.runs_max = runs_max;
    return Run(script + " if failed == " + count + " { lock c; lock d; unlock d; unlock c } }", options);
  };
  const std::size_t up_to_pairs = 1 + 10 + 45;
  const OrderPassResult pairs = when("2", up_to_pairs);
  CHECK(HasOrder(pairs, "c", "d"));
  REQUIRE(pairs.notes.size() == 1);
  CHECK(pairs.notes[0] ==
        "tries can fail in more ways than were run: of 56 runs, those with the fewest failures were made first");
  CHECK_FALSE(HasOrder(when("3", up_to_pairs), "c", "d"));
  CHECK(HasOrder(when("3", up_to_pairs + 120), "c", "d"));
  const OrderPassResult all = when("10", 1024);
  CHECK(HasOrder(all, "c", "d"));
  CHECK(all.notes.empty());
  SimulationOptions few_steps;
  few_steps.all_steps_max = 100;
  CHECK(Run(script + "}", few_steps).notes.size() == 1);
}

TEST_CASE("one-thread runs its blocks in order as one task", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("mutex a, b\none-thread {\n thread t1 { lock a; lock b; unlock b; unlock a }\n thread t2 { lock b; lock a; "
          "unlock a; unlock b }\n}");
  REQUIRE(Findings(result) == Strings{"circular a -> b, verdict false because same-thread"});
  CHECK(result.findings[0].edges[0].held_at.function == "t1");
  CHECK(Findings(Run("mutex a\none-thread { thread t1 { lock a }; thread t2 { unlock a } }")).empty());
}

TEST_CASE("several threads of one role can hang with each other", "[workloads][order_pass]") {
  const std::string script =
      "mutex a, b\n thread t COUNT { lock a; lock b; unlock b; unlock a; lock b; lock a; unlock a; unlock b }";
  const auto with = [&](const std::string& count) {
    std::string text = script;
    return Findings(Run(text.replace(text.find("COUNT"), 5, count)));
  };
  CHECK(with("") == Strings{"circular a -> b, verdict false because same-thread"});
  CHECK(with("x 2") == Strings{"circular a -> b, verdict unknown"});
  CHECK(with("role many") == Strings{"circular a -> b, verdict unknown"});
}

TEST_CASE("a destroyed lock is another one afterwards", "[workloads][order_pass]") {
  CHECK(Findings(Run("mutex a, b\nthread t1 { lock a; lock b; unlock b; unlock a; destroy b; init b }\nthread t2 { "
                     "lock b; lock a; unlock a; unlock b }"))
            .empty());
  CHECK(Findings(Run("mutex a\nthread t { lock a; destroy a }")) == Strings{"held-lock-freed a, verdict real"});
  CHECK(Findings(Run("mutex a\nthread t1 { lock a; yield; yield }\nthread t2 { destroy a }")) ==
        Strings{"held-lock-freed a, verdict real"});
  CHECK(Failures(Run("mutex a\nthread t { destroy a; lock a }")) ==
        Strings{"x:2:23: expected an initialised lock, found 'a', which 't' uses after it was destroyed"});
}

TEST_CASE("reads share, downgrades let readers in, sections are waited for", "[workloads][order_pass]") {
  CHECK(Findings(Run("rwsem s\nvar x\nthread t1 { read s; x = x + 1; await x == 2; unlock s }\nthread t2 { read s; x = "
                     "x + 1; await x == 2; unlock s }"))
            .empty());
  CHECK(Findings(Run("rwsem s\nvar x\nthread t1 { write s; downgrade s; assert shared s; await x == 1; unlock s "
                     "}\nthread t2 { read s; x = 1; unlock s }"))
            .empty());
  CHECK(Failures(Run("rwsem s\nthread t { read s; downgrade s; unlock s }")) ==
        Strings{"x:2:20: expected 's' held exclusively by 't', found it not"});
  CHECK(Findings(Run("srcu r\nvar x\nthread t1 { read r; yield; x = 1; unlock r }\nthread t2 { sync r; await x == 1 }"))
            .empty());
  const Strings hung =
      Findings(Run("srcu r\nvar x\nthread t1 { read r; await x == 1; unlock r }\nthread t2 { sync r; x = 1 }"));
  CHECK(hung == Strings{"hang r -> x, verdict real"});
}

TEST_CASE("a recursive mutex is released by its last unlock", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("recursive a\nmutex b\nthread t { lock a; lock a; unlock a; assert held a; lock b; unlock b; unlock a; "
          "assert not-held a }");
  CHECK(Failures(result).empty());
  CHECK(Findings(result).empty());
  CHECK(result.dependencies == Orders{{"a", "b"}});
}

TEST_CASE("a lock changes its class for what follows", "[workloads][order_pass]") {
  const OrderPassResult result =
      Run("class C, D\nmutex a : C\nmutex b\nthread t { lock a; lock b; unlock b; unlock a; reclass a D; lock a; lock "
          "b; unlock b; unlock a }");
  CHECK(result.dependencies == Orders{{"C", "b"}, {"D", "b"}});
}

TEST_CASE("interrupts are switched and entered", "[workloads][order_pass]") {
  CHECK(Findings(Run("spinlock a\nthread t1 { lock a; unlock a }\nthread t2 { in softirq { lock a; unlock a } }")) ==
        Strings{"inconsistent-state a, verdict unknown"});
  CHECK(Findings(Run("spinlock a\nthread t1 { softirqs off; lock a; unlock a; softirqs on }\nthread t2 { in softirq { "
                     "lock a; unlock a } }"))
            .empty());
  CHECK(Findings(Run("spinlock a\nthread t1 { irqs off; lock a; unlock a; irqs on }\nthread t2 { in hardirq-threaded { "
                     "lock a; unlock a } }"))
            .empty());
}

TEST_CASE("locks per cpu take no part in what interrupts find held, whatever their class", "[workloads][order_pass]") {
  const auto usage = [](const std::string& text) {
    Strings found;
    for (const Finding& finding : Run(text).findings) {
      if (finding.kind != FindingKind::kWaitContext) found.push_back(Summary(finding));
    }
    return found;
  };
  const std::string in_hardirq = "thread t2 { in hardirq { lock s; unlock s } }\nthread t3 { lock s; unlock s }\n";
  const Strings inconsistent = {"inconsistent-state C, verdict unknown"};
  CHECK(usage("class C\nlocal l : C\nspinlock s : C\nthread t1 { lock l; unlock l }\n" + in_hardirq) == inconsistent);
  CHECK(usage("class C\nspinlock s : C\nlocal l : C\n" + in_hardirq + "thread t1 { lock l; unlock l }") ==
        inconsistent);
  CHECK(usage("class C\nspinlock s : C\nlocal l : C\nthread t1 { in hardirq { lock l; unlock l } }\n"
              "thread t2 { lock s; unlock s }") == Strings{});
  // Nor does a path lead through one.
  const std::string through =
      "spinlock q\nthread t1 { lock s; unlock s }\nthread t2 { in hardirq { lock q; unlock q } }\n";
  CHECK(usage("class C\nspinlock s : C\nlocal l : C\n" + through +
              "thread t3 { irqs off; lock q; lock l; unlock l; "
              "unlock q; irqs on }") == Strings{});
  CHECK(usage("class C\nlocal l : C\nspinlock s : C\nthread t0 { lock l; unlock l }\n" + through +
              "thread t3 { irqs off; lock q; lock l; unlock l; lock s; unlock s; unlock q; irqs on }") ==
        Strings{"irq-unsafe-order q -> C, verdict unknown"});
}

TEST_CASE("what hangs only behind a try that was made to fail is unknown without a search", "[workloads][order_pass]") {
  const std::vector<Wording> missing = {"a schedule in which the try that was made to fail here fails by itself"};
  for (const std::string otherwise : {"lock b; lock b; unlock b; unlock b", "await v == 2"}) {
    const OrderPassResult result =
        Run("mutex b, c\nvar v\nthread t1 { if trylock c { v = 1; unlock c } else { " + otherwise + " } }");
    REQUIRE(result.findings.size() == 1);
    CHECK(result.findings[0].verdict == Verdict::kUnknown);
    CHECK(result.findings[0].missing == missing);
  }
  CHECK(Findings(Run("mutex a, b, c\nthread t1 { lock a; if trylock c { unlock c } else { yield; lock b; unlock b }; "
                     "unlock a }\nthread t2 { lock b; yield; lock a; unlock a; unlock b }")) ==
        Strings{"circular a -> b, verdict unknown"});
  CHECK(Findings(Run("mutex b\nvar v\nthread t1 { lock b; lock b }\nthread t2 { loop { v = 1 } }"))[0] ==
        "self-deadlock b, verdict real");
}

TEST_CASE("of a lock that a plain try did not get one unlock is left out, behind those of what was got since",
          "[workloads][order_pass]") {
  const auto findings = [](const std::string& thread) {
    return Findings(Run("rwsem a\nthread t { " + thread + " }\nthread w { write a; unlock a }"));
  };
  CHECK(findings("tryread a; unlock a; read a; unlock a").empty());
  CHECK(findings("tryread a; if tryread a { unlock a }; unlock a; assert not-held a").empty());
  CHECK(findings("tryread a; if tryread a { unlock a } else { yield }; if tryread a { unlock a }; unlock a").empty());
  CHECK(findings("write a timed; if tryread a { unlock a }; unlock a").empty());
  CHECK(findings("tryread a; tryread a recursive; unlock a; unlock a").empty());
  CHECK(findings("tryread a; unlock a; unlock a") == Strings{"unbalanced-unlock a, verdict real"});
  CHECK(findings("tryread a; if tryread a { unlock a }; unlock a; unlock a") ==
        Strings{"unbalanced-unlock a, verdict real"});
}

TEST_CASE("a plain timed wait is also taken as not got", "[workloads][order_pass]") {
  const std::string script =
      "mutex a, c, g\nthread t1 { lock g; lock c; lock a; unlock a; unlock c; unlock g }\n"
      "thread t2 { lock a; lock g timed; lock c; unlock c; unlock g; unlock a }";
  CHECK(Findings(Run(script)) == Strings{"circular a -> c, verdict unknown", "circular a -> g, verdict unknown"});
}

TEST_CASE("without a search orders exclude nothing beyond what was run", "[workloads][order_pass]") {
  const auto gated = [](const std::string& first, const std::string& in_first) {
    return Findings(Run("mutex g, a, b\nvar v\n" + first + "thread t1 { lock g; lock a; lock b; unlock b; unlock a; " +
                        in_first + "unlock g }\nthread t2 { lock g; lock b; lock a; unlock a; unlock b; unlock g }"));
  };
  const Strings excluded = {"circular a -> b, verdict false because exclusive-gate(g)"};
  const Strings open = {"circular a -> b, verdict unknown"};
  CHECK(gated("", "") == excluded);
  CHECK(gated("mutex x\nthread t0 { if trylock x { unlock x } else { v = 1 } }\n", "") == excluded);
  CHECK(gated("mutex x\nthread t0 { trylock x; unlock x }\n", "") == open);
  CHECK(gated("", "if v == 1 { v = 2 }; ") == open);
  CHECK(gated("mutex x\nthread t0 { init x }\n", "") == open);
  CHECK(gated("thread t0 { in hardirq { v = 1 } }\n", "") == open);
}

TEST_CASE("the same script gives the same result twice", "[workloads][order_pass]") {
  const std::string script =
      "mutex a, b, c\nthread t1 x 3 { lock a; yield; if trylock b { unlock b }; lock c; unlock c; unlock a }\nthread "
      "t2 { lock c; yield; lock a; unlock a; unlock c }";
  CHECK(Findings(Run(script)) == Findings(Run(script)));
  CHECK(Run(script).findings[0].witness == Run(script).findings[0].witness);
}

}  // namespace
}  // namespace lockdep::workloads
