// What the functions of lockdep/annotate.h call.
#include <cstring>

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/declarations.h"
#include "lockdep/preload/export.h"
#include "lockdep/preload/mutex_traits.h"
#include "lockdep/preload/names.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/thread_events.h"

namespace lockdep::preload {
namespace {

LockTraits GateTraits() {
  LockTraits traits;
  traits.recursive = true;
  traits.flags = recording::LockRecord::kGate;
  return traits;
}

void DeclareText(Declared what, const volatile void* lock, const char* text) {
  if (text == nullptr || text[0] == '\0') return;
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  LookAtLoader(*block, FindLock(AddressOf(lock)));
  {
    const ColdSection section;
    if (const char* const kept = KeepName(text); kept != nullptr) Declare(what, AddressOf(lock), kept);
  }
  Leave(block);
}

void EnterGate(ThreadBlock& block, std::uintptr_t address, const CallPlace& call) {
  LockSlot* const slot = LookUpLock(block, address | kGateKey, GateTraits(), call);
  if (slot == nullptr) return;
  const int self = block.tid.load(std::memory_order_relaxed);
  if (slot->inside.load() == LockSlot::kNoGate) return;
  int inside = 0;
  const How how = How::Of(Mode::kExclusive);
  if (slot->inside.compare_exchange_strong(inside, self)) {
    PushLock(block, slot, how, block.held.KeyOf(LockWord(slot->id, how), 0, call.site), call);
  } else if (inside != self) {
    LookAtLoader(block, slot);
    const ColdSection section;
    TurnsOutNoLock(slot);
  } else if (const int index = block.held.Find(slot->id);
             index >= 0 && index < static_cast<int>(HeldLocks::kInlineDepth)) {
    ++block.beside[index].again;
  }
}

void LeaveGate(ThreadBlock& block, std::uintptr_t address, const CallPlace& call) {
  LockSlot* const slot = FindLock(address | kGateKey);
  if (slot == nullptr) return;
  const int index = block.held.Find(slot->id);
  if (index < 0) {
    // Another thread is inside, and may have been let out: who enters is to leave.
    if (slot->inside.load() <= 0) return;
    LookAtLoader(block, slot);
    const ColdSection section;
    TurnsOutNoLock(slot);
    return;
  }
  const bool stays = index < static_cast<int>(HeldLocks::kInlineDepth) && block.beside[index].again > 0;
  // Before, so that who comes next is not taken for a second one.
  int self = block.tid.load(std::memory_order_relaxed);
  if (!stays) slot->inside.compare_exchange_strong(self, 0);
  ReleaseOther(block, address | kGateKey, {true}, call);
}

}  // namespace

LOCKDEP_EXPORT void lockdep_annotate_name(const volatile void* lock, const char* name) {
  DeclareText(Declared::kName, lock, name);
}

LOCKDEP_EXPORT void lockdep_annotate_class(const volatile void* lock, const char* name) {
  DeclareText(Declared::kClass, lock, name);
}

LOCKDEP_EXPORT void lockdep_annotate_order(const volatile void* outer, const volatile void* inner) {
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  const CallPlace call = LOCKDEP_CALL_PLACE();
  recording::Where where{call.site, {}};
  FramesAbove(*block, call, where.above);
  LookAtLoader(*block, FindLock(AddressOf(outer)), where);
  LookAtLoader(*block, FindLock(AddressOf(inner)));
  {
    const ColdSection section;
    DeclareOrder(AddressOf(outer), AddressOf(inner), where);
  }
  Leave(block);
}

LOCKDEP_EXPORT void lockdep_annotate_gate_enter(const volatile void* gate) {
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  EnterGate(*block, AddressOf(gate), LOCKDEP_CALL_PLACE());
  Leave(block);
}

LOCKDEP_EXPORT void lockdep_annotate_gate_leave(const volatile void* gate) {
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  LeaveGate(*block, AddressOf(gate), LOCKDEP_CALL_PLACE());
  Leave(block);
}

LOCKDEP_EXPORT void lockdep_annotate_single_thread_role(const char* name) {
  if (name == nullptr || name[0] == '\0') return;
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  TakeDeclaredRole(*block, name);
  Leave(block);
}

}  // namespace lockdep::preload
