// The recorded episodes, by the requests in them: who asked for which lock while holding which.
//
// Of an episode only what comes before a request matters for whether the thread can wait there, so a
// *request* here is the beginning of an episode up to it.  Equal beginnings are one.
//
// Immutable after construction; thread-compatible.
// Cost: the construction is proportional to the operations of all episodes times how deep they nest, and
// to the lengths of the beginnings.
#ifndef LOCKDEP_EPISODE_INDEX_H_
#define LOCKDEP_EPISODE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/held_locks.h"
#include "lockdep/registry.h"
#include "lockdep/thread_past.h"

namespace lockdep {

// A thread that did an episode.
struct EpisodeSighting {
  static constexpr std::size_t kMax = 8;  // kept for one episode
  NameId name = 0;
  ThreadMoment moment;
};

struct RecordedEpisode {
  RoleId role = 0;
  bool complete = true;
  std::vector<EpisodeOp> ops;  // the first takes a lock
  std::vector<EpisodeSighting> seen;
};

// What is known of the threads of a role.
struct RoleThreads {
  int seen = 0;
  bool of_open_past = false;  // one was started by who had waited for what is no lock: not counted in `seen`
  bool concurrent = false;    // of two of them neither had to end before the other began
  bool unfinished = false;    // one of them is, or ended, in the middle of an episode
  std::vector<std::pair<ThreadPast::Thread, std::uint32_t>> ends;  // marks at the end; 0: not yet
};

struct EpisodeRequest {
  RoleId role = 0;
  bool whole = true;            // all operations are known to be the thread's own
  bool waits = false;           // an event is waited for on the way
  bool tries = false;           // a try fails on the way
  std::vector<EpisodeOp> ops;   // up to the request, which is the last
  std::vector<EpisodeOp> held;  // at the request, oldest first
  std::vector<EpisodeSighting> seen;

  LockId wanted() const { return ops.back().lock; }
  Mode wanted_mode() const { return ops.back().how.mode(); }
};

// A request and how one of the locks was held then.
struct EpisodeLink {
  const EpisodeRequest* request = nullptr;
  Mode held_mode = Mode::kExclusive;
};

class EpisodeIndex {
 public:
  explicit EpisodeIndex(const std::vector<RecordedEpisode>& episodes);

  // Requests for `wanted`, by a call that waits as long as it takes, while `held` is held.
  std::span<const EpisodeLink> Links(LockId held, LockId wanted) const;
  // Requests for `lock` exclusively, by such a call.
  std::span<const EpisodeRequest* const> Writers(LockId lock) const;

  std::size_t episode_count() const { return episodes_; }

 private:
  void AddEpisode(const RecordedEpisode& episode);
  void AddRequest(EpisodeRequest request);

  std::size_t episodes_ = 0;
  // By role and operations; nodes do not move.
  absl::flat_hash_map<std::vector<std::uint64_t>, std::size_t> number_;
  std::vector<std::unique_ptr<EpisodeRequest>> requests_;
  absl::flat_hash_map<std::pair<LockId, LockId>, std::vector<EpisodeLink>> links_;
  absl::flat_hash_map<LockId, std::vector<const EpisodeRequest*>> writers_;
};

}  // namespace lockdep

#endif  // LOCKDEP_EPISODE_INDEX_H_
