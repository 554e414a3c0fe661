#include "lockdep/preload/lock_table.h"

#include "lockdep/preload/arena.h"
#include "lockdep/preload/modules.h"

namespace lockdep::preload {
namespace {

// Buckets of the locks by address and, behind them, by number.
struct Table {
  std::size_t mask;
  std::atomic<LockSlot*>* by_address() { return reinterpret_cast<std::atomic<LockSlot*>*>(this + 1); }
  std::atomic<LockSlot*>* by_id() { return by_address() + mask + 1; }
};

constexpr int kStepsMax = 64;  // of a look-up without the lock: a list that changes may lead in circles

constinit std::atomic<Table*> table{nullptr};
constinit LockSlot* free_slots = nullptr;
constinit std::size_t live = 0;
constinit std::size_t live_gates = 0;
constinit LockId last_id = 0;

// One bit for each line, and one for each page, by hash; never cleared.
constexpr std::size_t kLineBits = std::size_t{1} << 20;
constexpr std::size_t kPageBits = std::size_t{1} << 16;
constexpr std::size_t kPageBytes = 4096;
constinit std::atomic<std::uint64_t> lines[kLineBits / 64] = {};
constinit std::atomic<std::uint64_t> pages[kPageBits / 64] = {};

std::size_t Hash(std::uint64_t value) { return static_cast<std::size_t>(value * 0x9e3779b97f4a7c15ULL >> 20); }

template <std::size_t kBits>
bool IsMarked(const std::atomic<std::uint64_t> (&bits)[kBits / 64], std::size_t hash) {
  return (bits[hash % kBits / 64].load(std::memory_order_relaxed) >> (hash % 64) & 1) != 0;
}
template <std::size_t kBits>
void SetMark(std::atomic<std::uint64_t> (&bits)[kBits / 64], std::size_t hash) {
  std::atomic<std::uint64_t>& word = bits[hash % kBits / 64];
  const std::uint64_t bit = std::uint64_t{1} << (hash % 64);
  if ((word.load(std::memory_order_relaxed) & bit) == 0) word.fetch_or(bit, std::memory_order_relaxed);
}

bool PageMayHaveLocks(std::uintptr_t address) { return IsMarked<kPageBits>(pages, Hash(address / kPageBytes)); }

void Link(Table* into, LockSlot* slot) {
  std::atomic<LockSlot*>& bucket = into->by_address()[Hash(slot->address.load(std::memory_order_relaxed)) & into->mask];
  slot->next.store(bucket.load(std::memory_order_relaxed), std::memory_order_relaxed);
  bucket.store(slot, std::memory_order_release);
  std::atomic<LockSlot*>& by_id = into->by_id()[slot->id & into->mask];
  slot->next_by_id.store(by_id.load(std::memory_order_relaxed), std::memory_order_relaxed);
  by_id.store(slot, std::memory_order_release);
}

template <std::atomic<LockSlot*> LockSlot::*kNext>
void Unlink(std::atomic<LockSlot*>* bucket, LockSlot* slot) {
  while (bucket->load(std::memory_order_relaxed) != slot) {
    bucket = &(bucket->load(std::memory_order_relaxed)->*kNext);
  }
  bucket->store((slot->*kNext).load(std::memory_order_relaxed), std::memory_order_release);
}

bool Grow() {
  Table* const old = table.load(std::memory_order_relaxed);
  const std::size_t buckets = old == nullptr ? 256 : (old->mask + 1) * 2;
  auto* const grown = static_cast<Table*>(MapPages(sizeof(Table) + 2 * buckets * sizeof(std::atomic<LockSlot*>)));
  if (grown == nullptr) return false;
  grown->mask = buckets - 1;
  for (std::size_t i = 0; old != nullptr && i <= old->mask; ++i) {
    for (LockSlot* slot = old->by_address()[i].load(std::memory_order_relaxed); slot != nullptr;) {
      LockSlot* const next = slot->next.load(std::memory_order_relaxed);
      Link(grown, slot);  // who reads the old list meanwhile may end up in a new one, and misses
      slot = next;
    }
  }
  table.store(grown, std::memory_order_release);
  return true;
}

}  // namespace

std::uint64_t LockSlot::ShapeKey() const {
  const std::uintptr_t where = Place();
  const bool by_itself = (flags & recording::LockRecord::kOnStack) == 0 && IsStatic(where);
  return MixBits((by_itself ? where : birth.site ^ birth.above[0]) ^ 0xa0761d6478bd642fULL,
                 static_cast<std::uint64_t>(type) + 0xe7037ed1a0b428dbULL);
}

std::size_t LiveLocks() { return __atomic_load_n(&live, __ATOMIC_RELAXED); }
std::size_t LiveGates() { return live_gates; }
std::size_t Buckets() {
  Table* const current = table.load(std::memory_order_relaxed);
  return current == nullptr ? 0 : current->mask + 1;
}
LockSlot* AnyLock(std::size_t bucket) {
  return table.load(std::memory_order_relaxed)->by_address()[bucket].load(std::memory_order_relaxed);
}
bool LineMayHaveLocks(std::uintptr_t address) { return IsMarked<kLineBits>(lines, Hash(address / kLineBytes)); }

bool MayHaveLocks(std::uintptr_t begin, std::size_t bytes) {
  if (bytes == 0) return false;
  const std::uintptr_t end = begin + bytes;
  if (bytes <= 4 * kPageBytes) {
    for (std::uintptr_t line = begin & ~(kLineBytes - 1); line < end; line += kLineBytes) {
      if (LineMayHaveLocks(line)) return true;
    }
    return false;
  }
  if (bytes / kPageBytes > kPageBits) return true;
  for (std::uintptr_t page = begin & ~(kPageBytes - 1); page < end; page += kPageBytes) {
    if (PageMayHaveLocks(page)) return true;
  }
  return false;
}

LockSlot* FindLock(std::uintptr_t address) {
  Table* const current = table.load(std::memory_order_acquire);
  if (current == nullptr) return nullptr;
  LockSlot* slot = current->by_address()[Hash(address) & current->mask].load(std::memory_order_acquire);
  for (int steps = 0; slot != nullptr && steps < kStepsMax; ++steps) {
    if (slot->address.load(std::memory_order_acquire) == address) return slot;
    slot = slot->next.load(std::memory_order_acquire);
  }
  return nullptr;
}

LockSlot* FindLockExactly(std::uintptr_t address) {
  Table* const current = table.load(std::memory_order_relaxed);
  if (current == nullptr) return nullptr;
  LockSlot* slot = current->by_address()[Hash(address) & current->mask].load(std::memory_order_relaxed);
  while (slot != nullptr && slot->address.load(std::memory_order_relaxed) != address) {
    slot = slot->next.load(std::memory_order_relaxed);
  }
  return slot;
}

LockSlot* FindLockById(LockId id) {
  Table* const current = table.load(std::memory_order_relaxed);
  if (current == nullptr) return nullptr;
  LockSlot* slot = current->by_id()[id & current->mask].load(std::memory_order_relaxed);
  while (slot != nullptr && slot->id != id) slot = slot->next_by_id.load(std::memory_order_relaxed);
  return slot;
}

LockId LastLockId() { return last_id; }

constinit LockSlot no_lock{};
static_assert(sizeof(LockSlot) == 128);

void LockSlot::FindRules() {
  rules = Rules::kAny;
  if (never_tried || guards_condition || recursive || IsSemaphoreOrGate()) return;
  const bool is_rw = type == LockType::kRwSem || type == LockType::kRwLock;
  if (is_rw && knows_only_writer) rules = Rules::kReaderWriter;
  if (!is_rw && !knows_holder) rules = Rules::kPlain;
}

LockSlot* AddLock(std::uintptr_t address, const LockTraits& traits, const recording::Where& birth,
                  std::uint32_t maker) {
  Table* current = table.load(std::memory_order_relaxed);
  if (current == nullptr || live > current->mask) {
    if (!Grow() && current == nullptr) return nullptr;
    current = table.load(std::memory_order_relaxed);
  }
  LockSlot* slot = free_slots;
  if (slot != nullptr) {
    free_slots = slot->next.load(std::memory_order_relaxed);
  } else {
    slot = static_cast<LockSlot*>(ArenaAllocate(sizeof(LockSlot)));
    if (slot == nullptr) return nullptr;
  }
  slot->id = ++last_id;
  slot->ended = 0;
  slot->type = traits.type;
  slot->recursive = traits.recursive;
  slot->knows_holder = traits.knows_holder;
  slot->knows_only_writer = traits.knows_only_writer;
  slot->never_tried = traits.never_tried;
  slot->flags = traits.flags;
  slot->how = How{};
  if (traits.type == LockType::kRwSem || traits.type == LockType::kRwLock) slot->how = slot->how.with_tracked();
  slot->left_by_fork = false;
  slot->given_by_others = false;
  slot->guards_condition = false;
  slot->special = traits.knows_holder;
  slot->FindRules();
  slot->inside.store(0, std::memory_order_relaxed);
  slot->maker = maker;
  const std::uintptr_t place = address & ~kGateKey;
  if ((traits.flags & recording::LockRecord::kOnStack) != 0 || !IsStatic(place)) {
    slot->how.bits |= recording::HeldEntry::kNew;
  }
  slot->recorded = 0;
  slot->others_since.store(0, std::memory_order_relaxed);
  slot->others_process.store(0, std::memory_order_relaxed);
  slot->told_alone.store(0, std::memory_order_relaxed);
  slot->name = nullptr;
  slot->class_name = nullptr;
  slot->birth = birth;
  // A reader of a list that the slot was in before sees the new address last.
  slot->address.store(address, std::memory_order_release);
  Link(current, slot);
  ++live;
  if (place != address) ++live_gates;
  SetMark<kLineBits>(lines, Hash(place / kLineBytes));
  SetMark<kPageBits>(pages, Hash(place / kPageBytes));
  return slot;
}

void EndLock(LockSlot* slot) {
  Table* const current = table.load(std::memory_order_relaxed);
  const std::uintptr_t address = slot->address.load(std::memory_order_relaxed);
  Unlink<&LockSlot::next>(&current->by_address()[Hash(address) & current->mask], slot);
  Unlink<&LockSlot::next_by_id>(&current->by_id()[slot->id & current->mask], slot);
  slot->address.store(0, std::memory_order_release);
  slot->ended = 1;
  slot->next.store(free_slots, std::memory_order_relaxed);
  free_slots = slot;
  --live;
  if ((address & kGateKey) != 0) --live_gates;
}

}  // namespace lockdep::preload
