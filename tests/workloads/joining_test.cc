#include "workloads/joining.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/reference/program_generator.h"
#include "tests/reference/reference_findings.h"
#include "tests/reference/schedules.h"
#include "tests/reference/test_budget.h"
#include "tests/reference/validator_feed.h"
#include "tests/reference/verdict_check.h"
#include "tests/seed.h"
#include "tests/workloads/script.h"

namespace lockdep::workloads {
namespace {

using Strings = std::vector<std::string>;

Joined JoinScript(const std::string& text, std::uint64_t states_max = 200'000) {
  const Program program = ProgramOf(text);
  SearchOptions options;
  options.explore.states_max = states_max;
  options.hangs_max = 10'000;
  return Join(program, RunOrderPass(program), ExploreScript(program, options), options);
}

// Kind, locks and verdict of each; reasons are another matter.
Strings Verdicts(const Joined& joined) {
  Strings verdicts;
  for (const Finding& finding : joined.findings) {
    const std::string summary = Summary(finding);
    verdicts.push_back(summary.substr(0, summary.find(" because")));
  }
  return verdicts;
}

Strings Verdicts(const std::string& text) {
  const Joined joined = JoinScript(text);
  CHECK(joined.contradictions.empty());
  CHECK(joined.hung.size() == joined.findings.size());
  return Verdicts(joined);
}

constexpr const char* kAb = "lock a; lock b; unlock b; unlock a";
constexpr const char* kBa = "lock b; lock a; unlock a; unlock b";

std::string TwoThreads(const std::string& before, const std::string& after) {
  return "mutex g, a, b\nvar x\nthread t1 { " + before + kAb + after + " }\nthread t2 { " + before + kBa + after +
         " }\n";
}

TEST_CASE("an inversion that hangs is real, with its schedule", "[workloads][joining]") {
  const Joined joined = JoinScript(TwoThreads("", ""));
  REQUIRE(Verdicts(joined) == Strings{"circular a -> b, verdict real"});
  CHECK(joined.hung[0]);
  const Finding& finding = joined.findings[0];
  CHECK(finding.strength == Strength::kExecuted);
  CHECK_FALSE(finding.schedule.empty());
  CHECK_FALSE(finding.witness.empty());
  CHECK(finding.missing.empty());
  CHECK_THAT(finding.detail, Catch::Matchers::StartsWith("in the model, "));
}

TEST_CASE("an inversion that cannot hang is false, and keeps the reasons of its orders", "[workloads][joining]") {
  const Joined joined = JoinScript(TwoThreads("lock g; ", "; unlock g"));
  REQUIRE(joined.findings.size() == 1);
  CHECK(Summary(joined.findings[0]) == "circular a -> b, verdict false because exclusive-gate(g)");
  CHECK(joined.findings[0].strength == Strength::kExhausted);
  CHECK_FALSE(joined.hung[0]);
}

TEST_CASE("what only a variable keeps apart is false, too, with some reason", "[workloads][joining]") {
  const Joined joined = JoinScript("mutex a, b\nvar x\nthread t1 { " + std::string(kAb) +
                                   "; x = 1 }\nthread t2 { await x == 1; " + kBa + " }");
  REQUIRE(Verdicts(joined) == Strings{"circular a -> b, verdict false"});
  CHECK(joined.findings[0].strength == Strength::kExhausted);
  CHECK(joined.findings[0].missing.empty());
  REQUIRE_FALSE(joined.findings[0].reasons.empty());
  CHECK_FALSE(joined.findings[0].reasons[0].evidence.text().empty());
}

TEST_CASE("a search that gave up decides nothing and says so", "[workloads][joining]") {
  const Joined joined = JoinScript(TwoThreads("x = 1; x = 2; x = 3; ", ""), 5);
  REQUIRE(Verdicts(joined) == Strings{"circular a -> b, verdict unknown"});
  CHECK_THAT(joined.findings[0].missing.back(),
             ContainsSubstring("it gave up because the limit of 5 states was reached"));
  const Joined gated = JoinScript(TwoThreads("lock g; ", "; unlock g"), 5);
  REQUIRE(Verdicts(gated) == Strings{"circular a -> b, verdict false"});
  CHECK(gated.findings[0].strength == Strength::kTrace);
}

TEST_CASE("a search of loops that gave up knows no hang with a thread that moves, and says so",
          "[workloads][joining]") {
  const auto threads = [](const std::string& server) {
    return "mutex a, b, c\nvar x\nthread t1 { lock a; yield; lock b; unlock b; unlock a }\nthread t2 { await x == 1; " +
           std::string(kBa) + " }\nthread t3 { x = 1 }\nthread server { " + server + " }";
  };
  const std::string for_ever = threads("loop { lock c; unlock c }");
  CHECK(Verdicts(for_ever) == Strings{"circular a -> b, verdict real"});
  // Whatever the limit, before the end nothing is false, and nothing was exhausted.
  bool gave_up = true;
  int limits = 0;
  for (std::uint64_t states_max = 1; gave_up; ++states_max, ++limits) {
    INFO(states_max << " states");
    const Joined joined = JoinScript(for_ever, states_max);
    REQUIRE(joined.findings.size() == 1);
    const Finding& finding = joined.findings[0];
    gave_up = finding.verdict != Verdict::kReal;
    if (!gave_up) continue;
    CHECK(finding.verdict == Verdict::kUnknown);
    CHECK(finding.strength == Strength::kNone);
    REQUIRE_FALSE(finding.missing.empty());
    CHECK_THAT(finding.missing.back(), ContainsSubstring("hangs in which a thread still moves were not looked for"));
  }
  CHECK(limits > 10);
  // A hang of all is seen on the way.
  SearchOptions options;
  options.explore.states_max = 8;
  const Exploration found =
      ExploreProgram(ProgramOf("mutex a\nthread t { lock a; loop { lock a; unlock a } }"), options);
  CHECK(found.reached.size() == 1);
}

TEST_CASE("a hang that is no lock order is a finding of its own and says why it was missed", "[workloads][joining]") {
  const auto detail = [](const std::string& text) {
    const Joined joined = JoinScript(text);
    REQUIRE(joined.findings.size() == 1);
    CHECK(joined.findings[0].kind == FindingKind::kHang);
    CHECK(joined.hung[0]);
    const std::string& said = joined.findings[0].detail;
    const std::string mark = "missed by lock-order analysis: ";
    const std::size_t at = said.find(mark);
    return at == std::string::npos ? "not said: " + said : said.substr(at + mark.size());
  };
  CHECK(detail("mutex a\ncompletion d\nthread t1 { lock a; wait-for d; unlock a }\nthread t2 { lock a; unlock a; "
               "complete d }") == "d is a completion");
  CHECK(detail("mutex m\ncondition c\nthread t1 { lock m; wait c m; unlock m }\nthread t2 { signal c }") ==
        "c is a condition");
  CHECK(detail("var x\nthread t1 { await x == 1 }") == "x is a variable");
  CHECK(detail("mutex a\nmutex b no-validate\nthread t1 { " + std::string(kAb) + " }\nthread t2 { " + kBa + " }") ==
        "b is not validated");
  CHECK(detail("class C no-validate\nmutex a\nmutex b : C\nthread t1 { " + std::string(kAb) + " }\nthread t2 { " + kBa +
               " }") == "the class C is not validated");
  CHECK(detail("mutex a, b\nthread t1 { lock a; loop { if trylock b { break } }; unlock b; unlock a }\nthread t2 { " +
               std::string(kBa) + " }") == "t1 only tries b");
  CHECK(detail("mutex a no-validate\nthread t { lock a; lock a }") == "a is not validated");
}

TEST_CASE("an order that the order pass did not come to is told", "[workloads][joining]") {
  // The first run of t2 finds x still 0, so its inversion is not run.
  const std::string text =
      "mutex a, b\nvar x\nthread t2 { if x == 1 { lock b; lock a; unlock a; unlock b } }\nthread t1 { x = 1; lock a; "
      "lock b; "
      "unlock b; unlock a }\n";
  const Joined joined = JoinScript(text);
  REQUIRE(Verdicts(joined) == Strings{"hang a -> b, verdict real"});
  CHECK_THAT(joined.findings[0].detail,
             ContainsSubstring("the order pass did not see t2 want a (x:3) while it holds b"));
}

TEST_CASE("a hang on known orders is circular, unless a shorter one is real", "[workloads][joining]") {
  // a -> b -> c -> a has the chord b -> a; only the long cycle can hang.
  const std::string chord =
      "mutex g, a, b, c\nthread t1 { lock g; lock a; lock b; unlock b; unlock a; unlock g; lock a; lock b; unlock b; "
      "unlock a }\n";
  CHECK(Verdicts("mutex a, b, c\nvar x\nthread t1 { lock a; lock b; unlock b; unlock a }\n"
                 "thread t2 { lock b; lock c; unlock c; unlock b }\n"
                 "thread t3 { lock c; lock a; unlock a; unlock c; x = 1 }\n"
                 "thread t4 { lock b; lock a; unlock a; unlock b }") == Strings{"circular a -> b, verdict real"});
  CHECK(Verdicts("mutex g, a, b, c\nthread t1 { lock g; lock a; lock b; unlock b; unlock a; unlock g }\n"
                 "thread t2 { lock b; lock c; unlock c; unlock b }\n"
                 "thread t3 { lock c; lock a; unlock a; unlock c }\n"
                 "thread t4 { lock g; lock b; lock a; unlock a; unlock b; unlock g }") ==
        Strings{"circular a -> b, verdict false", "circular a -> b -> c, verdict real"});
}

TEST_CASE("nestings of a class and inversions of its instances are real together", "[workloads][joining]") {
  const std::string head = "class C\nmutex o[3] : C\nthread t1 { lock o[0]; lock o[1]; unlock o[1]; unlock o[0] }\n";
  CHECK(Verdicts(head) == Strings{"recursive C (o[1]), verdict false"});
  CHECK(Verdicts(head + "thread t2 { lock o[1]; lock o[0]; unlock o[0]; unlock o[1] }") ==
        Strings{"circular C (o[0]) -> C (o[1]), verdict real", "recursive C (o[1]), verdict real"});
  CHECK(Verdicts(head + "thread t2 { lock o[1]; lock o[2]; unlock o[2]; unlock o[1] }") ==
        Strings{"recursive C (o[1]), verdict false"});
}

TEST_CASE("a lock wanted by who holds it is real where that happens", "[workloads][joining]") {
  CHECK(Verdicts("mutex a\nthread t { lock a; lock a }") == Strings{"self-deadlock a, verdict real"});
  CHECK(Verdicts("mutex a\nthread t { lock a; if timedlock a { unlock a }; unlock a }") ==
        Strings{"self-deadlock a, verdict false"});
  // Only some schedule comes there.
  CHECK(Verdicts("mutex a\nvar x\nthread t1 { lock a; if x == 1 { lock a }; unlock a }\nthread t2 { x = 1 }") ==
        Strings{"self-deadlock a, verdict real"});
  const std::string reads = "rwsem s\nthread r { read s; read s; unlock s; unlock s }\n";
  CHECK(Verdicts(reads) == Strings{"recursive s, verdict false"});
  CHECK(Verdicts(reads + "thread w { write s; unlock s }") == Strings{"recursive s, verdict real"});
}

TEST_CASE("a try that cannot fail makes no hang", "[workloads][joining]") {
  // The order pass makes the try fail once, and then t waits for itself.
  CHECK(Verdicts("mutex a, b\nthread t { lock b; if trylock a { unlock a } else { lock b }; unlock b }") ==
        Strings{"self-deadlock b, verdict false"});
  CHECK(Verdicts("mutex a\ncompletion d\nthread t { if trylock a { unlock a } else { wait-for d } }") == Strings{});
  const Joined unsure = JoinScript(
      "mutex a\ncompletion d\nvar x\nthread t { if trylock a { unlock a } else { wait-for d } }\n"
      "thread u { x = 1; x = 2; x = 3 }",
      2);
  REQUIRE(Verdicts(unsure) == Strings{"hang d, verdict unknown"});
  CHECK(unsure.findings[0].missing.size() == 2);
}

TEST_CASE("locks of one class may be of several types", "[workloads][joining]") {
  const std::string of_spinlock =
      "class C\nspinlock c : C\nmutex d : C\nmutex e : C subclass 1\nmutex m\n"
      "thread t0 { lock c; unlock c }\n";
  CHECK(Verdicts(of_spinlock + "thread t1 { lock d; lock m; unlock m; unlock d }\n"
                               "thread t2 { lock m; lock d; unlock d; unlock m }") ==
        Strings{"circular C (d) -> m, verdict real"});
  CHECK(Verdicts(of_spinlock + "thread t1 { lock d; lock e; unlock e; unlock d }\n"
                               "thread t2 { lock e; lock d; unlock d; unlock e }") ==
        Strings{"circular C (d) -> C/1 (e), verdict real"});
  CHECK(Verdicts(of_spinlock + "thread t1 { lock d; lock d; unlock d; unlock d }") ==
        Strings{"self-deadlock C (d), verdict real"});
  const Strings join = Verdicts(
      "class C\nrwlock c : C\nrwsem d : C\nthread t0 { read c; unlock c }\n"
      "thread t1 { read d; spawn t3; join t3; unlock d }\nthread t3 { write d; unlock d }");
  CHECK(join == Strings{"circular C (d) -> end of t3, verdict real"});
  // Which lock the finding shows is chance; a lock of the class that each cpu has of its own is beyond the search.
  const std::string ordered =
      "class C\nmutex d : C\nlocal l : C\nmutex m\nvar v\nthread t1 { lock d; lock m; unlock m; unlock d; v = 1 }\n"
      "thread t2 { await v == 1; lock m; lock d; unlock d; unlock m }\n"
      "thread t3 { lock l; lock m; unlock m; unlock l; lock m; lock l; unlock l; unlock m }";
  CHECK(Verdicts(ordered)[0] == "circular C (d) -> m, verdict unknown");
}

TEST_CASE("a wait for oneself behind a try that was made to fail is real only where the try fails",
          "[workloads][joining]") {
  const std::string tried = "{ if trylock c { unlock c } else { lock b; lock b; unlock b; unlock b } }\n";
  const std::string forced = "mutex b, c\nthread t1 " + tried;
  CHECK(Verdicts(forced) == Strings{"self-deadlock b, verdict false"});
  CHECK(Verdicts(forced + "thread t2 { lock c; unlock c }") == Strings{"self-deadlock b, verdict real"});
  // The search gives up, or is none of all interrupts.
  const Joined given_up = JoinScript(forced, 1);
  REQUIRE(Verdicts(given_up) == Strings{"self-deadlock b, verdict unknown"});
  CHECK(given_up.findings[0].strength == Strength::kNone);
  CHECK_FALSE(given_up.hung[0]);
  REQUIRE(given_up.findings[0].missing.size() == 2);
  CHECK(given_up.findings[0].missing[0] == "a schedule in which the try that was made to fail here fails by itself");
  CHECK_THAT(given_up.findings[0].missing[1], ContainsSubstring("it gave up"));
  CHECK(Verdicts(forced + "thread t2 { in signal { lock b; unlock b } }") ==
        Strings{"self-deadlock b, verdict unknown", "inconsistent-state b, verdict unknown"});
  // Where nothing was made to fail it happened, also beside a thread that never ends.
  const std::string plain = "mutex b\nvar v\nthread t1 { lock b; lock b; unlock b; unlock b }\n";
  for (const std::string other : {"", "thread t2 { loop { v = 1 } }"}) {
    const Joined happened = JoinScript(plain + other, 1);
    CHECK(Verdicts(happened) == Strings{"self-deadlock b, verdict real"});
    CHECK(happened.hung[0]);
    CHECK(happened.contradictions.empty());
  }
}

TEST_CASE("what the order pass did not run excludes nothing where the search gives up", "[workloads][joining]") {
  const auto missing = [](const std::string& text, const std::string& finding,
                          std::uint64_t states_max) -> std::string {
    const Joined joined = JoinScript(text, states_max);
    for (const Finding& each : joined.findings) {
      if (!Summary(each).starts_with(finding)) continue;
      CHECK(Summary(each) == finding + ", verdict unknown");
      CHECK(each.reasons.empty());
      REQUIRE_FALSE(each.missing.empty());
      return each.missing[0];
    }
    FAIL_CHECK("not found: " + finding);
    return {};
  };
  // A plain timed wait goes on without its lock, and so without the gate.
  const std::string timed =
      "mutex a, c, g\nthread t1 { lock g; lock c; lock a; unlock a; unlock c; unlock g }\n"
      "thread t2 { lock a; lock g timed; lock c; unlock c; unlock g; unlock a }";
  CHECK(Verdicts(timed)[0] == "circular a -> c, verdict real");
  missing(timed, "circular a -> c", 5);
  const std::string ways = "what the order pass did not run: ";
  CHECK(missing(timed, "circular a -> g", 5) == ways + "other outcomes of its tries and timed waits");
  // The lock is another one before or after, or of another class.
  const std::string renewed =
      "class C\nmutex a : C\nmutex b\nthread t1 { lock a; lock b; unlock b; unlock a }\n"
      "thread t2 { init a; lock b; lock a; unlock a; unlock b }";
  CHECK(Verdicts(renewed) == Strings{"circular C (a) -> b, verdict real"});
  CHECK(missing(renewed, "circular C -> b", 1) ==
        ways + "other moments at which it initialises, destroys or reclassifies a lock");
}

TEST_CASE("orders may have excluded a link out of an interrupt, or of a lock that was renewed",
          "[workloads][joining]") {
  const auto contradictions = [](const std::string& text) { return JoinScript(text).contradictions; };
  CHECK(contradictions("rcu b\nthread t1 { read b subclass 1; in signal { sync b }; unlock b }") == Strings{});
  CHECK(contradictions("rcu a\nrwsem b\nthread t1 { write b; unlock b; if tryread b { sync a; unlock b } }\n"
                       "thread t2 { read a; read b; unlock b; unlock a }\n"
                       "thread t3 { read b; in softirq { sync a }; unlock b }") == Strings{});
  CHECK(contradictions("rwsem c\nrcu d\nthread t1 { read d; in signal { lock c; unlock c }; unlock d }\n"
                       "thread t2 { read d; if timedread c { sync d; unlock c }; unlock d }") == Strings{});
  CHECK(contradictions("rwsem b\nmutex c\nthread t1 { lock b; lock c; write b; unlock b; unlock c; unlock b }\n"
                       "thread t3 { init c; lock c; write b; unlock b; unlock c }") == Strings{});
  CHECK(contradictions("class C ordered\nmutex a\nrwsem b\nthread t1 { if trylock a { write b; unlock b; unlock a } }\n"
                       "thread t2 { lock a; reclass a C; unlock a }\n"
                       "thread t3 { if tryread b { lock a; read b; unlock b; unlock a; unlock b } }") == Strings{});
}

TEST_CASE("a wait for sections of a lock with a subclass of its own is one lock", "[workloads][joining]") {
  CHECK(Verdicts("class C\nsrcu b : C subclass 1\nthread t1 { read b; sync b; unlock b }") ==
        Strings{"self-deadlock C (b), verdict real"});
}

TEST_CASE("a role that may have more threads than the script is searched with more", "[workloads][joining]") {
  const std::string both = std::string(kAb) + "; " + kBa;
  CHECK(Verdicts("mutex a, b\nthread t { " + both + " }") == Strings{"circular a -> b, verdict false"});
  const Joined joined = JoinScript("mutex a, b\nthread t role worker { " + both + " }");
  REQUIRE(Verdicts(joined) == Strings{"circular a -> b, verdict predicted"});
  CHECK(joined.findings[0].strength == Strength::kExhausted);
  CHECK(joined.findings[0].schedule.empty());
  CHECK_THAT(joined.findings[0].detail, Catch::Matchers::EndsWith("; it needs 2 threads of role worker"));
  CHECK_FALSE(joined.hung[0]);
  CHECK(Verdicts("mutex g, a, b\nthread t role worker { lock g; " + both + "; unlock g }") ==
        Strings{"circular a -> b, verdict false"});
  const Joined gave_up = JoinScript("mutex a, b\nthread t role worker { " + both + " }", 12);
  REQUIRE(Verdicts(gave_up) == Strings{"circular a -> b, verdict unknown"});
  CHECK_THAT(gave_up.findings[0].missing.back(), ContainsSubstring("with 2 threads of role worker: it gave up"));
}

TEST_CASE("findings about interrupts and misuse keep their verdicts", "[workloads][joining]") {
  CHECK(Verdicts("raw a\nthread t { lock a; unlock a; in hardirq { lock a; unlock a } }") ==
        Strings{"inconsistent-state a, verdict unknown"});
  CHECK(Verdicts("mutex a\nthread t { lock a }") == Strings{"held-at-exit a, verdict real"});
}

TEST_CASE("broken asserts and races are added, livelocks stand apart", "[workloads][joining]") {
  const Joined joined = JoinScript("mutex a\nplain x\nthread t1 { x = 1; assert held a }\nthread t2 { x = 2 }");
  Strings verdicts = Verdicts(joined);
  std::sort(verdicts.begin(), verdicts.end());
  CHECK(verdicts == Strings{"data-race x, verdict real", "invariant a, verdict real"});
  CHECK(joined.hung == std::vector<bool>{false, false});
}

// --- Against every schedule by brute force --------------------------------------------------------

reference::FindingKey KeyOf(const reference::Program& program, const reference::WaitCycle& cycle) {
  if (cycle.size() == 1) {
    const reference::WaitLink& link = cycle.front();
    const bool itself = reference::Conflict(link.held_mode, link.wanted_mode);
    return {itself ? FindingKind::kSelfDeadlock : FindingKind::kRecursive,
            {program.NodeOf(link.wanted, link.wanted_subclass)}};
  }
  std::vector<std::string> nodes;
  for (const reference::WaitLink& link : cycle) nodes.push_back(program.NodeOf(link.held, link.held_subclass));
  return {FindingKind::kCircular, reference::LeastRotation(nodes)};
}

// A nesting of two instances of one class in some hang.
bool Nests(const reference::Program& program, const reference::FindingKey& key, const reference::Exploration& found) {
  return std::any_of(found.cycles.begin(), found.cycles.end(), [&](const auto& each) {
    return std::any_of(each.first.begin(), each.first.end(), [&](const reference::WaitLink& link) {
      return link.held != link.wanted && program.NodeOf(link.held, link.held_subclass) == key.second[0] &&
             program.NodeOf(link.wanted, link.wanted_subclass) == key.second[0];
    });
  });
}

std::string WithoutRoles(std::string script) {
  for (std::size_t at = script.find(" role r"); at != std::string::npos; at = script.find(" role r")) {
    script.erase(at, script.find_first_of(" \n", at + 7) - at);
  }
  return script;
}

// Empty, or what is wrong with the verdicts of the program.
std::string WrongVerdicts(const reference::Program& program, std::size_t& real, std::size_t& excluded) {
  const reference::Exploration every = reference::Explore(program, 50'000);
  if (!every.exhausted) return "";
  const Joined joined = JoinScript(WithoutRoles(reference::ToScript(program)));
  std::string wrong;
  for (const std::string& each : joined.contradictions) wrong += "contradiction: " + each + "\n";
  reference::Claims claims = reference::ClaimsOf(joined.findings);
  // Behind a thread that waits for itself the order pass does not see what the others do.
  for (const auto& [key, claim] : reference::Claims(claims)) {
    if (key.first != FindingKind::kHang) continue;
    const FindingKind kind = key.second.size() == 1 ? FindingKind::kRecursive : FindingKind::kCircular;
    claims.insert({{kind, key.second}, claim});
  }
  const reference::VerdictCheck check = reference::CheckVerdicts(program, claims, every);
  for (const std::string& each : check.wrong) wrong += "called false: " + each;
  for (const std::string& each : check.missed) wrong += "missed: " + each;
  for (const std::string& each : check.hidden) wrong += "hidden: " + each;
  for (const auto& [key, claim] : claims) {
    const bool hang_type = key.first == FindingKind::kCircular || key.first == FindingKind::kRecursive ||
                           key.first == FindingKind::kSelfDeadlock;
    if (!hang_type) continue;
    const bool hangs =
        std::any_of(every.cycles.begin(), every.cycles.end(),
                    [&, &found = key](const auto& each) { return KeyOf(program, each.first) == found; }) ||
        (key.first == FindingKind::kRecursive && Nests(program, key, every));
    const Verdict due = hangs ? Verdict::kReal : Verdict::kFalse;
    ++(hangs ? real : excluded);
    if (claim.verdict != due || key.first == FindingKind::kHang)
      wrong += "wrong: " + Describe(reference::Claims{{key, claim}});
  }
  return wrong;
}

void CompareRandom(const reference::RandomProgramOptions& options, std::uint64_t count) {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::RandomPrograms programs(seed, options);
  std::size_t real = 0;
  std::size_t excluded = 0;
  for (std::uint64_t n = reference::TestPrograms(count); n > 0; --n) {
    const reference::Program program = programs.Next();
    if (WrongVerdicts(program, real, excluded).empty()) continue;
    const auto fails = [&](const reference::Program& each) { return !WrongVerdicts(each, real, excluded).empty(); };
    const reference::Program small = reference::Shrink(program, fails);
    INFO(reference::ToScript(small));
    FAIL_CHECK(WrongVerdicts(small, real, excluded));
    return;
  }
  CHECK(real > 0);
  CHECK(excluded > 0);
  WARN("LOCKDEP_TEST_SEED=" << seed << ": " << real << " real, " << excluded << " false");
}

TEST_CASE("each verdict of random scripts is what every schedule says", "[workloads][joining]") {
  reference::RandomProgramOptions options;
  // A timed wait of the reference may end although the lock could be had.
  options.timed_chance = 0;
  CompareRandom(options, 600);
}

TEST_CASE("each verdict of very many random scripts is what every schedule says", "[.][full]") {
  reference::RandomProgramOptions options;
  options.timed_chance = 0;
  CompareRandom(options, 30'000);
  options.threads_max = 4;
  options.locks_max = 5;
  CompareRandom(options, 5'000);
}

TEST_CASE("with timed waits the orders never exclude what hangs", "[workloads][joining]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::RandomProgramOptions options;
  options.timed_chance = 40;
  reference::RandomPrograms programs(seed, options);
  for (std::uint64_t n = reference::TestPrograms(300); n > 0; --n) {
    const std::string text = reference::ToScript(programs.Next());
    INFO(text);
    CHECK(JoinScript(text, 20'000).contradictions == Strings{});
  }
}

}  // namespace
}  // namespace lockdep::workloads
