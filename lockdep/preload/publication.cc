#include "lockdep/preload/publication.h"

#include <algorithm>
#include <iterator>

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/real.h"
#include "lockdep/recording_format.h"

namespace lockdep::preload {
namespace {

using recording::HeldEntry;

bool IsUnpublished(const ThreadBlock& block, std::uintptr_t address) {
  const std::uint64_t releases = Releases(block);
  return std::any_of(std::begin(block.made), std::end(block.made), [&](const ThreadBlock::Made& made) {
    return address - made.begin < made.bytes && made.releases == releases;
  });
}

}  // namespace

void WatchPublication(ThreadBlock& block, std::uintptr_t address) {
  // Where ends of memory go unseen, another object may lie there by now.
  if (!FreesComeHere() || !IsUnpublished(block, address)) return;
  block.watches_publication = true;
  block.FindQuickCalls();
}

How PublicationOf(ThreadBlock& block, const LockSlot& wanted) {
  How how;
  const bool is_new = wanted.maker == block.serial && (wanted.how.bits & HeldEntry::kNew) != 0;
  if (is_new && IsUnpublished(block, wanted.Place())) how.bits |= HeldEntry::kUnpublished;
  const auto was_unpublished = [&](std::size_t i) {
    return (block.held.entry(i).how.bits & HeldEntry::kUnpublished) != 0;
  };
  std::size_t first = 0;
  while (first < block.held.depth() && !was_unpublished(first)) ++first;
  if (first == block.held.depth()) return how;
  const ColdSection section;
  for (std::size_t i = first; i < block.held.depth(); ++i) {
    if (!was_unpublished(i)) continue;
    const LockSlot* const slot = FindLockById(block.held.entry(i).lock);
    if (slot == nullptr || !IsUnpublished(block, slot->Place())) return how;
  }
  how.bits |= HeldEntry::kStillUnpublished;
  return how;
}

}  // namespace lockdep::preload
