#include "lockdep/symbolize.h"

#include <execinfo.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include "lockdep/debug_info.h"
#include "tests/catch.h"
#include "tests/lockdep/alike_object.h"

namespace symbolize_test {

// Where the call stack is when somebody is in Innermost.
struct Stack {
  void* addresses[64];
  int depth = 0;
};

[[gnu::noinline]] int TakeStack(Stack& stack) {
  stack.depth = backtrace(stack.addresses, 64);
  return stack.depth;
}

template <typename T>
[[gnu::always_inline]] inline T Inlined(Stack& stack) {
  const T depth = TakeStack(stack);  // line kInlinedLine
  return depth + 1;
}
constexpr int kInlinedLine = __LINE__ - 3;

struct Account {
  [[gnu::noinline]] int Withdraw(Stack& stack) {
    const int depth = Inlined<int>(stack);  // line kCallLine
    return depth + 1;
  }
};
constexpr int kCallLine = __LINE__ - 4;

}  // namespace symbolize_test

namespace {

// No other file sees it, so it has no linkage name in the debug information.
[[gnu::noinline]] int Hidden(symbolize_test::Stack& stack) { return symbolize_test::TakeStack(stack) + 1; }

}  // namespace

namespace lockdep {
namespace {

using symbolize_test::Stack;

Place PlaceOf(const Stack& stack, int from) {
  Place place;
  for (int i = from; i < stack.depth; ++i) place.pcs.push_back(reinterpret_cast<std::uintptr_t>(stack.addresses[i]));
  return place;
}

#if LOCKDEP_TEST_DEBUG_INFO
bool EndsWith(const std::string& text, const std::string& suffix) {
  return text.size() >= suffix.size() && text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}
#endif

const StackFrame* Find(const std::vector<StackFrame>& stack, const std::string& function) {
  for (const StackFrame& frame : stack) {
    if (frame.function == function) return &frame;
  }
  return nullptr;
}

#ifdef LOCKDEP_TEST_DEBUG_INFO
TEST_CASE("objects of one name are told apart by their files", "[symbolize]") {
  using lockdep::testing::AlikeObjectOfAnother;
  using lockdep::testing::AlikeObjectOfOne;
  const std::unique_ptr<lockdep::DebugInfo> info = lockdep::DebugInfo::OfThisProcess();
  const std::string alike = "lockdep::testing::(anonymous namespace)::alike";
  CHECK(info->ObjectAt(AlikeObjectOfOne()) == "alike_object_one.cc:" + alike);
  CHECK(info->ObjectAt(AlikeObjectOfAnother()) == "alike_object_another.cc:" + alike);
  CHECK(info->ObjectAt(AlikeObjectOfOne() + 8) == "alike_object_one.cc:" + alike + "+8");
  CHECK(info->ObjectAt(lockdep::testing::ObjectOfOneAlone()) == "lockdep::testing::(anonymous namespace)::alone");
}
#endif

TEST_CASE("an address becomes its function, and the functions inlined there are frames too", "[lockdep][symbolize]") {
  Stack stack;
  symbolize_test::Account account;
  REQUIRE(account.Withdraw(stack) > 1);
  Place place = PlaceOf(stack, 0);
  Symbolize(place);

  const StackFrame* const function = Find(place.stack, "symbolize_test::Account::Withdraw");
  REQUIRE(function != nullptr);
  CHECK_FALSE(function->inlined);
#if LOCKDEP_TEST_DEBUG_INFO
  const StackFrame* const inlined = Find(place.stack, "symbolize_test::Inlined<int>");
  REQUIRE(inlined != nullptr);
  CHECK(inlined->inlined);
  CHECK(inlined + 1 == function);
  CHECK(inlined->line == symbolize_test::kInlinedLine);
  CHECK(function->line == symbolize_test::kCallLine);
  CHECK(EndsWith(inlined->file, "tests/lockdep/symbolize_test.cc"));
  CHECK(EndsWith(function->file, "tests/lockdep/symbolize_test.cc"));
#endif
}

TEST_CASE("a function that no other file sees is named as well as can be", "[lockdep][symbolize]") {
  Stack stack;
  REQUIRE(Hidden(stack) > 1);
  Place place = PlaceOf(stack, 0);
  Symbolize(place);
#if LOCKDEP_TEST_DEBUG_INFO
  CHECK(Find(place.stack, "(anonymous namespace)::Hidden") != nullptr);
#else
  REQUIRE(place.stack.size() > 1);
  CHECK_THAT(place.stack[1].function, ContainsSubstring("+0x"));  // not exported: module and offset
#endif
}

TEST_CASE("the first address is exact, the others are return addresses", "[lockdep][symbolize]") {
  const auto start = reinterpret_cast<std::uintptr_t>(&symbolize_test::TakeStack);
  Place place;
  place.pcs = {start, start + 1, start};
  Symbolize(place);
  const std::string name = "symbolize_test::TakeStack";
  CHECK(place.function == name);
  REQUIRE(place.stack.size() >= 3);
  CHECK(place.stack[0].function == name);
  CHECK(place.stack[1].function == name);
  CHECK(place.stack[2].function != name);
}

TEST_CASE("an address outside of every module is printed as it is", "[lockdep][symbolize]") {
  CHECK(FramesAt(0x10)[0].function == "0x10");
}

TEST_CASE("places of scripts and places with a stack stay as they are", "[lockdep][symbolize]") {
  Place place;
  place.file = "x.workload";
  place.line = 3;
  Symbolize(place);
  CHECK(place.file == "x.workload");
  CHECK(place.stack.empty());
  place.pcs = {reinterpret_cast<std::uintptr_t>(&symbolize_test::TakeStack)};
  place.stack = {{"f", "g.cc", 1, false}};
  Symbolize(place);
  CHECK(place.stack[0].function == "f");
}

TEST_CASE("every place of a finding is symbolized", "[lockdep][symbolize]") {
  Place place;
  place.pcs = {reinterpret_cast<std::uintptr_t>(&symbolize_test::TakeStack)};
  Finding finding;
  finding.edges.resize(1);
  finding.edges[0].held_at = finding.edges[0].wanted_at = place;
  finding.edges[0].also_held = {{0, Mode::kExclusive, Kind::kBlocking, place}};
  finding.participants.resize(1);
  finding.participants[0].at = place;
  finding.participants[0].held = {{0, Mode::kExclusive, Kind::kBlocking, place}};
  finding.locks.resize(1);
  finding.locks[0].stable_name = false;
  finding.cycle_length = 1;
  SetFingerprint(finding);
  const std::uint64_t without_names = finding.fingerprint;
  Symbolize(finding);
  const std::string name = "symbolize_test::TakeStack";
  CHECK(finding.edges[0].held_at.function == name);
  CHECK(finding.edges[0].wanted_at.function == name);
  CHECK(finding.edges[0].also_held[0].at.function == name);
  CHECK(finding.participants[0].at.function == name);
  CHECK(finding.participants[0].held[0].at.function == name);
  CHECK(finding.fingerprint != without_names);
}

TEST_CASE("threads symbolize at the same time", "[lockdep][symbolize]") {
  Stack stack;
  symbolize_test::TakeStack(stack);
  std::vector<Place> places(4, PlaceOf(stack, 0));
  std::vector<std::thread> threads;
  for (Place& place : places) threads.emplace_back([&place] { Symbolize(place); });
  for (std::thread& thread : threads) thread.join();
  for (const Place& place : places) {
    CHECK(place.function == places[0].function);
    CHECK(place.stack.size() == places[0].stack.size());
  }
}

TEST_CASE("wrappers of a caller's own are passed over once they are named", "[lockdep][symbolize]") {
  const std::vector<StackFrame> stack = {{"bank::Guard::Guard", "bank.cc", 1, true},
                                         {"bank::Transfer", "bank.cc", 9, false}};
  CHECK(FirstCallerFrame(stack) == 0);
  PassOver("bank::Guard::");
  PassOver("bank::Guard::");
  CHECK(FirstCallerFrame(stack) == 1);
  CHECK(FirstCallerFrame({stack[0]}) == 0);
}

TEST_CASE("the wrappers and the library's lock functions at the top are passed over", "[lockdep][symbolize]") {
  const auto first = [](std::vector<StackFrame> stack) { return FirstCallerFrame(stack); };
  CHECK(first({{"lockdep::Runtime::Acquire", "/p/lockdep/runtime.cc", 1, false},
               {"lockdep::Mutex::lock", "/usr/include/lockdep/mutex.h", 1, true},
               {"std::lock_guard<lockdep::Mutex>::lock_guard", "/usr/include/c++/12/bits/std_mutex.h", 229, true},
               {"Transfer", "bank.cc", 3, false}}) == 3);
  CHECK(first({{"lockdep::Mutex::lock", "", 0, false}, {"main", "", 0, false}}) == 1);
  CHECK(first({{"pthread_mutex_lock", "", 0, false},
               {"__gthread_mutex_lock", "", 0, true},
               {"std::mutex::lock", "", 0, true},
               {"main", "", 0, false}}) == 3);
  // A user's code may live in a directory of that name, or our tests in that namespace.
  CHECK(first({{"app::Run", "/p/lockdep/app.cc", 1, false}}) == 0);
  CHECK(first({{"lockdep::(anonymous namespace)::Test", "/p/tests/lockdep/x_test.cc", 1, false},
               {"main", "", 0, false}}) == 0);
  CHECK(first({{"std::vector<int>::push_back", "", 0, false}, {"main", "", 0, false}}) == 0);
  // Nothing but guards: the outermost is better than none.
  CHECK(first({{"lockdep::Mutex::lock", "", 0, false}}) == 0);
  CHECK(first({{"lockdep::Mutex::lock", "", 0, true}, {"std::lock<lockdep::Mutex>", "", 0, false}}) == 1);
  CHECK(first({}) == 0);
}

TEST_CASE("a function's name has neither its return type nor its parameters", "[lockdep][symbolize]") {
  CHECK(FunctionName("main") == "main");
  CHECK(FunctionName("Account::Withdraw(int)") == "Account::Withdraw");
  CHECK(FunctionName("Account::Total() const") == "Account::Total");
  CHECK(FunctionName("Account::Take() &&") == "Account::Take");
  CHECK(FunctionName("void ns::Max<int>(int, int)") == "ns::Max<int>");
  CHECK(FunctionName("std::vector<int, std::allocator<int> > ns::F<int>(std::pair<int, int>)") == "ns::F<int>");
  CHECK(FunctionName("(anonymous namespace)::Helper(void (*)(int))") == "(anonymous namespace)::Helper");
  CHECK(FunctionName("main::{lambda()#1}::operator()() const") == "main::{lambda()#1}::operator()");
  // As clang has them.
  CHECK(FunctionName("main::$_0::operator()() const") == "main::{lambda}::operator()");
  CHECK(FunctionName("f(int)::$_12::operator()(int) const::$_3::operator()() const") ==
        FunctionName("f(int)::{lambda}::operator()(int) const::{lambda}::operator()() const"));
  CHECK(FunctionName("f()::$_1::g()") == "f()::{unnamed}::g");
  CHECK(FunctionName("a$_1::$_::$_2b()") == "a$_1::$_::$_2b");
  CHECK(FunctionName("A::B() const::{lambda(int)#1}::operator()(int) const") ==
        "A::B() const::{lambda(int)#1}::operator()");
  CHECK(FunctionName("Foo::operator bool() const") == "Foo::operator bool");
  CHECK(FunctionName("Foo::operator->()") == "Foo::operator->");
  CHECK(FunctionName("bool operator< <int>(X<int> const&, X<int> const&)") == "operator< <int>");
  CHECK(FunctionName("std::ostream& operator<< <char>(std::ostream&, char)") == "operator<< <char>");
  CHECK(FunctionName("operator new(unsigned long)") == "operator new");
  CHECK(FunctionName("F(int) [clone .part.0]") == "F");
  CHECK(FunctionName("auto F<int>(int)::{lambda(auto:1)#1}::operator()<int>(int) const") ==
        "F<int>(int)::{lambda(auto:1)#1}::operator()<int>");
}

}  // namespace
}  // namespace lockdep
