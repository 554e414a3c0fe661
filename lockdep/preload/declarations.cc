#include "lockdep/preload/declarations.h"

#include <cstddef>

#include "lockdep/preload/recording_file.h"
#include "lockdep/preload/records.h"

namespace lockdep::preload {
namespace {

constexpr std::size_t kWaitingMax = 1024;

struct WaitingText {
  Declared what;
  std::uintptr_t lock;
  const char* text;
};
struct WaitingOrder {
  std::uintptr_t outer;
  std::uintptr_t inner;
  recording::Where where;
};

constinit WaitingText texts[kWaitingMax] = {};
constinit std::size_t text_count = 0;
constinit WaitingOrder orders[kWaitingMax] = {};
constinit std::size_t order_count = 0;

void Use(LockSlot& slot, Declared what, const char* text) {
  (what == Declared::kName ? slot.name : slot.class_name) = text;
  if (slot.recorded != ProcessGeneration()) return;
  RecordName(slot, text, what == Declared::kName ? 0 : recording::NameRecord::kOfClass);
}

// False: one of both is not known yet.
bool UseOrder(const WaitingOrder& order) {
  LockSlot* const outer = FindLockExactly(order.outer);
  LockSlot* const inner = FindLockExactly(order.inner);
  if (outer == nullptr || inner == nullptr) return false;
  RecordOrder(*outer, *inner, order.where);
  return true;
}

}  // namespace

void Declare(Declared what, std::uintptr_t lock, const char* text) {
  // A gate may have the address of a lock.
  bool is_used = false;
  for (const std::uintptr_t key : {lock, lock | kGateKey}) {
    LockSlot* const slot = FindLockExactly(key);
    if (slot != nullptr) Use(*slot, what, text);
    is_used = is_used || slot != nullptr;
  }
  if (is_used) return;
  for (std::size_t i = 0; i < text_count; ++i) {
    if (texts[i].lock != lock || texts[i].what != what) continue;
    texts[i].text = text;
    return;
  }
  if (text_count < kWaitingMax) texts[text_count++] = {what, lock, text};
}

void DeclareOrder(std::uintptr_t outer, std::uintptr_t inner, const recording::Where& where) {
  const WaitingOrder order{outer, inner, where};
  if (!UseOrder(order) && order_count < kWaitingMax) orders[order_count++] = order;
}

void UseDeclarations(LockSlot& slot) {
  const std::uintptr_t address = slot.Place();
  for (std::size_t i = 0; i < text_count;) {
    if (texts[i].lock != address) {
      ++i;
      continue;
    }
    Use(slot, texts[i].what, texts[i].text);
    texts[i] = texts[--text_count];
  }
  for (std::size_t i = 0; i < order_count;) {
    const bool of_lock = orders[i].outer == address || orders[i].inner == address;
    if (of_lock && UseOrder(orders[i])) {
      orders[i] = orders[--order_count];
    } else {
      ++i;
    }
  }
}

void DropDeclarations(std::uintptr_t begin, std::uintptr_t end) {
  const auto lies_there = [&](std::uintptr_t lock) { return begin <= lock && lock < end; };
  for (std::size_t i = 0; i < text_count;) {
    if (lies_there(texts[i].lock)) {
      texts[i] = texts[--text_count];
    } else {
      ++i;
    }
  }
  for (std::size_t i = 0; i < order_count;) {
    if (lies_there(orders[i].outer) || lies_there(orders[i].inner)) {
      orders[i] = orders[--order_count];
    } else {
      ++i;
    }
  }
}

}  // namespace lockdep::preload
