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
  const ColdSection section;
  bool some = false;
  for (std::size_t i = 0; i < block.held.depth(); ++i) {
    const HeldLock& held = block.held.entry(i);
    if ((held.how.bits & HeldEntry::kUnpublished) == 0) continue;
    const LockSlot* const slot = FindLockById(held.lock);
    if (slot == nullptr || !IsUnpublished(block, slot->Place())) return how;
    some = true;
  }
  if (some) how.bits |= HeldEntry::kStillUnpublished;
  return how;
}

}  // namespace lockdep::preload
