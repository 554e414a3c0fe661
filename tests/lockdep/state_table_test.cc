#include "lockdep/state_table.h"

#include <map>
#include <random>
#include <vector>

#include "lockdep/packed_state.h"
#include "tests/catch.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

TEST_CASE("a table of states finds exactly what was added", "[lockdep][search]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (const std::size_t words : {1U, 2U, 5U}) {
    StateTable table(words);
    std::map<std::vector<Word>, StateTable::Number> expected;
    for (int i = 0; i < 20'000; ++i) {
      // Few different words, so that many states are met twice and differ in one word only.
      std::vector<Word> state(words);
      for (Word& word : state) word = random() % (words == 1 ? 15'000 : 30);
      const bool is_new = !expected.contains(state);
      CHECK(table.Find(state.data()) == (is_new ? StateTable::kNotThere : expected[state]));
      const auto inserted = table.Insert(state.data());
      REQUIRE(inserted.is_new == is_new);
      if (is_new) expected[state] = inserted.number;
      REQUIRE(inserted.number == expected[state]);
    }
    REQUIRE(table.size() == expected.size());
    for (const auto& [state, number] : expected) {
      CHECK(std::vector<Word>(table.At(number), table.At(number) + words) == state);
    }
  }
}

TEST_CASE("fields do not overlap and keep what was set", "[lockdep][search]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  FieldAllocator allocator;
  std::vector<Field> fields;
  for (int i = 0; i < 300; ++i) fields.push_back(allocator.Add(static_cast<int>(random() % 64)));
  std::vector<Word> state(allocator.words(), 0);
  std::vector<Word> expected(fields.size(), 0);
  for (int i = 0; i < 3'000; ++i) {
    const std::size_t which = random() % fields.size();
    expected[which] = random() & fields[which].ones();
    Set(state.data(), fields[which], expected[which]);
  }
  for (std::size_t i = 0; i < fields.size(); ++i) CHECK(Get(state.data(), fields[i]) == expected[i]);
}

TEST_CASE("a set of bits sees and clears its own bits only", "[lockdep][search]") {
  BitSet bits;
  bits.Add({0, 4, 3});
  bits.Add({2, 0, 2}, 2);
  std::vector<Word> state = {~Word{7 << 4}, ~Word{0}, ~Word{2}};
  CHECK_FALSE(bits.AnyOf(state.data()));
  state[2] |= 2;
  CHECK(bits.AnyOf(state.data()));
  state[0] |= 1 << 5;
  bits.Clear(state.data());
  CHECK(state == std::vector<Word>{~Word{7 << 4}, ~Word{0}, ~Word{2}});
}

}  // namespace
}  // namespace lockdep
