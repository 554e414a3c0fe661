// A lock program made ready for the search: where each thing stands in a packed state, and what each operation of
// each runner tests and changes there.
//
// A *slot* is a runner that may exist: the threads of the program in their order, each as often as it can be
// started, up to 64 in all.  Slots are numbers of their own, so that the order in which threads were started makes no
// different states; RunnerNumbers turns them into the numbers of schedule_search.h.
//
// Immutable once made.
// Cost: slots x (operations + locks).
#ifndef LOCKDEP_PACKED_PROGRAM_H_
#define LOCKDEP_PACKED_PROGRAM_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/blocking_rules.h"
#include "lockdep/control_flow.h"
#include "lockdep/lock_program.h"
#include "lockdep/packed_state.h"

namespace lockdep {

inline constexpr int kSlotsMax = 64;

// What a request for a lock in one mode has to find clear.
struct PackedRequest {
  BitSet holders;
  BitSet writers;  // that it waits behind
};

// One lock, as one slot sees it.
struct LockUse {
  int lock = LockProgram::kNone;
  // Its holds, oldest in the lowest bits: at each level one bit of those for the modes that it uses.
  Field levels;
  int modes = 1;                     // bits of a level
  std::array<int, 3> bit_of_mode{};  // in a level, by Mode
  std::array<Mode, 3> mode_of_bit{};
  Field announced;                            // its write waits
  Field not_got;                              // so many of its unlocks are left out
  std::array<PackedRequest, 3> requests;      // by Mode
  std::array<Word, 3> holds_in{};  // of `levels`, the bits of holds in a mode
  BitSet section;                             // syncs of others, and its own, that wait for its section
  std::vector<std::pair<Field, Field>> sync;  // holds of a slot, and that its own sync waits for them
  BitSet syncing;
};

// Of a condition wait; a sync uses kSyncing.
enum class Phase : std::uint8_t { kNone = 0, kAsleep = 1, kWoken = 4, kSyncing = 1 };  // kAsleep, kWoken: plus mode

struct PackedAction {
  const LockProgram::Op* op = nullptr;
  int at = 0;            // its index
  int use = -1;          // index into PackedSlot::uses
  bool at_head = false;  // of an endless loop
  int endless = -1;
};

struct PackedSlot {
  int thread = 0;
  int copy = 0;
  bool starts = true;  // exists from the start
  Field position;      // rank of the operation where it rests; of others one more, 0: not started
  Field phase;
  std::vector<Field> counters;
  std::vector<LockUse> uses;
  std::vector<PackedAction> actions;  // by rank
};

struct PackedLock {
  const BlockingRules* rules = nullptr;
  std::vector<std::pair<int, int>> users;  // slot, index into its uses
  BitSet everything;  // that ends with its life
};

struct PackedProgram {
  explicit PackedProgram(const LockProgram& program);

  const LockProgram& program;
  std::string impossible;          // why it cannot be packed, as a phrase
  std::vector<ControlFlow> flows;  // by thread
  std::vector<PackedSlot> slots;
  std::vector<std::vector<int>> slots_of_thread;  // by thread, in the order of starting
  std::vector<PackedLock> locks;
  std::vector<Field> variables;
  struct Completion {
    Field done;
    Field for_all;
  };
  std::vector<Completion> completions;
  std::size_t words = 1;
  bool has_endless = false;
};

}  // namespace lockdep

#endif  // LOCKDEP_PACKED_PROGRAM_H_
