// A program of recorded episodes: each thread does one beginning up to its request, and then gives up.
//
// If threads can hang in a cycle of locks, then they can with each of them doing only the episode in which
// it hangs: episodes before it hold nothing any more, and other threads only take locks away.  So a search
// of this program decides whether the chosen episodes can.
//
// Thread-compatible; immutable after construction.
// Cost: linear in the operations.
#ifndef LOCKDEP_EPISODE_PROGRAM_H_
#define LOCKDEP_EPISODE_PROGRAM_H_

#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/cycle_reach.h"
#include "lockdep/episode_index.h"
#include "lockdep/lock_program.h"
#include "lockdep/registry.h"

namespace lockdep {

struct EpisodeCast {
  std::vector<EpisodeLink> links;              // of the cycle, in its order
  std::vector<LockId> held;                    // of each link; the wanted one is the request's
  std::vector<const EpisodeRequest*> writers;  // who wait between readers
  std::vector<LockId> any_writer;              // also for these locks: a thread that does nothing else
  std::vector<std::string> names;              // of the threads of links, then of writers
  bool without_doubt = false;                  // what is in doubt keeps nobody out, but where the cycle takes it
  bool tries_are_sure = true;                  // what follows where one fails was seen, too
};

class EpisodeProgram {
 public:
  // Whether a try that failed may fail at any time, or only where another thread of the program holds
  // its lock.
  enum class Failures { kFree, kByState };

  EpisodeProgram(const Registry& registry, const EpisodeCast& cast, Failures failures);

  // Whether the operation got a lock that it might not have got.
  static bool IsUncertain(const EpisodeCast& cast, const EpisodeOp& op) {
    return !cast.tries_are_sure && op.op == EpisodeOpKind::kAcquire && op.how.kind() != Kind::kBlocking;
  }

  const LockProgram& program() const { return program_; }
  const CycleTarget& target() const { return target_; }
  LockId lock(int index) const { return locks_[static_cast<std::size_t>(index)]; }
  // Locks of which it is not sure that they keep a thread out were left aside.
  bool left_aside() const { return left_aside_; }
  // The program in one string, the same for the same program but for names.
  std::string Key() const;

 private:
  void ChooseLocks(const Registry& registry, const EpisodeCast& cast, Failures failures);
  // `link_held`: the lock of the cycle that it holds; 0: none.
  void AddThread(const Registry& registry, const EpisodeCast& cast, const EpisodeRequest& request, LockId link_held,
                 Failures failures);
  void AddWriter(LockId lock);
  // -1: not a lock of the program.
  int IndexOf(LockId lock) const;

  LockProgram program_;
  CycleTarget target_;
  std::vector<LockId> locks_;
  absl::flat_hash_map<LockId, int> index_;
  bool left_aside_ = false;
};

}  // namespace lockdep

#endif  // LOCKDEP_EPISODE_PROGRAM_H_
