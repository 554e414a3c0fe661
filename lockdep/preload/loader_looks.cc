#include "lockdep/preload/loader_looks.h"

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/modules.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/recording_file.h"

namespace lockdep::preload {
namespace {

void Add(FileCheck& check, const recording::Where& where) {
  check.Add(where.site);
  for (const std::uint64_t above : where.above) check.Add(above);
}

// Of a lock that is recorded already the files were known then.
void AddLock(FileCheck& check, const LockSlot* slot) {
  if (slot == nullptr || slot->recorded == ProcessGeneration()) return;
  check.Add(slot->Place());
  Add(check, slot->birth);
}

// `most`: how much is looked at of what is held.  REQUIRES: the recorder's lock is held.
void AddHeld(FileCheck& check, const ThreadBlock& block, std::size_t most) {
  for (std::size_t i = 0; i < block.held.depth() && i < most; ++i) {
    const HeldLock& held = block.held.entry(i);
    check.Add(held.site);
    AddLock(check, FindLockById(held.lock));
    if (i >= HeldLocks::kInlineDepth) continue;
    std::uint64_t frames[recording::kAbove];
    CopyAbove(block.beside[i].above, frames);
    for (const std::uint64_t above : frames) check.Add(above);
  }
}

}  // namespace

void LookAtLoader(const ThreadBlock& block, const LockSlot* slot, const recording::Where& where) {
  FileCheck check;
  Add(check, where);
  AddLock(check, slot);
  if (block.held.depth() != 0 && !check.FoundUnknown()) {
    const ColdSection section;
    AddHeld(check, block, block.held.depth());
  }
  if (check.FoundUnknown()) LookAtLoader();
}

void LookAtLoaderForAll() {
  FileCheck check;
  {
    const ColdSection section;
    for (const ThreadBlock* block = FirstBlock(); block != nullptr; block = block->next) {
      if (block->tid.load(std::memory_order_acquire) == 0) continue;
      AddHeld(check, *block, HeldLocks::kInlineDepth);
      const Waiting& waiting = block->waiting;
      if ((waiting.wait.load(std::memory_order_relaxed) & 1) == 0) continue;
      check.Add(waiting.site.load(std::memory_order_relaxed));
      for (const std::uint64_t above : waiting.above) check.Add(above);
      AddLock(check, FindLockById(waiting.lock.load(std::memory_order_relaxed)));
    }
  }
  if (check.FoundUnknown()) LookAtLoader();
}

void LookAtLoader(const Stack& stack) {
  FileCheck check;
  for (std::size_t i = 0; i < stack.count; ++i) check.Add(stack.frames[i]);
  if (check.FoundUnknown()) LookAtLoader();
}

void LookForUnloaded(const ThreadBlock& block) {
  // Who holds nothing keeps nobody from leaving the loader.
  if (block.held.depth() == 0 || SomeFileIsGone()) LookAtLoader();
}

}  // namespace lockdep::preload
