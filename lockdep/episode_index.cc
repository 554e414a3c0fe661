#include "lockdep/episode_index.h"

#include <algorithm>
#include <memory>

namespace lockdep {
namespace {

// What tells beginnings apart.  The version of a lock's class does not.
std::uint64_t Word(const EpisodeOp& op) {
  return static_cast<std::uint64_t>(op.lock) << 32 | static_cast<std::uint64_t>(op.how.mode()) << 16 |
         static_cast<std::uint64_t>(op.how.kind()) << 8 | static_cast<std::uint64_t>(op.op);
}

bool IsRequest(const EpisodeOp& op) {
  return op.op == EpisodeOpKind::kSync || (op.op == EpisodeOpKind::kAcquire && op.how.kind() == Kind::kBlocking);
}

void DropLatest(std::vector<EpisodeOp>& held, LockId lock) {
  const auto latest = std::find_if(held.rbegin(), held.rend(), [lock](const EpisodeOp& op) { return op.lock == lock; });
  if (latest != held.rend()) held.erase(std::next(latest).base());
}

void AddSeen(std::vector<EpisodeSighting>& seen, const std::vector<EpisodeSighting>& more) {
  for (const EpisodeSighting& each : more) {
    if (seen.size() < EpisodeSighting::kMax) seen.push_back(each);
  }
}

}  // namespace

EpisodeIndex::EpisodeIndex(const std::vector<RecordedEpisode>& episodes) : episodes_(episodes.size()) {
  for (const RecordedEpisode& episode : episodes) AddEpisode(episode);
}

void EpisodeIndex::AddEpisode(const RecordedEpisode& episode) {
  EpisodeRequest request;
  request.role = episode.role;
  request.whole = episode.complete;
  request.seen = episode.seen;
  for (const EpisodeOp& op : episode.ops) {
    request.ops.push_back(op);
    if (IsRequest(op)) AddRequest(request);
    switch (op.op) {
      case EpisodeOpKind::kAcquire: request.held.push_back(op); break;
      case EpisodeOpKind::kRelease: DropLatest(request.held, op.lock); break;
      case EpisodeOpKind::kDowngrade:
        for (auto held = request.held.rbegin(); held != request.held.rend(); ++held) {
          if (held->lock != op.lock) continue;
          held->how = op.how;
          break;
        }
        break;
      case EpisodeOpKind::kTryFailed: request.tries = true; break;
      case EpisodeOpKind::kWait: request.waits = true; break;
      case EpisodeOpKind::kSync: break;
    }
  }
}

void EpisodeIndex::AddRequest(EpisodeRequest request) {
  std::vector<std::uint64_t> key{static_cast<std::uint64_t>(request.role) << 1 | (request.whole ? 1 : 0)};
  for (const EpisodeOp& op : request.ops) key.push_back(Word(op));
  const auto [known, is_new] = number_.try_emplace(std::move(key), requests_.size());
  if (!is_new) {
    AddSeen(requests_[known->second]->seen, request.seen);
    return;
  }
  const auto* added = requests_.emplace_back(std::make_unique<EpisodeRequest>(std::move(request))).get();
  for (std::size_t i = 0; i < added->held.size(); ++i) {
    const EpisodeLink link{added, added->held[i].how.mode()};
    std::vector<EpisodeLink>& links = links_[{added->held[i].lock, added->wanted()}];
    const bool twice = !links.empty() && links.back().request == added && links.back().held_mode == link.held_mode;
    if (!twice) links.push_back(link);
  }
  const bool sync = added->ops.back().op == EpisodeOpKind::kSync;
  if (added->wanted_mode() == Mode::kExclusive && !sync) writers_[added->wanted()].push_back(added);
}

std::span<const EpisodeLink> EpisodeIndex::Links(LockId held, LockId wanted) const {
  const auto it = links_.find({held, wanted});
  if (it == links_.end()) return {};
  return it->second;
}

std::span<const EpisodeRequest* const> EpisodeIndex::Writers(LockId lock) const {
  const auto it = writers_.find(lock);
  if (it == writers_.end()) return {};
  return it->second;
}

}  // namespace lockdep
