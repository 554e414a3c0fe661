#undef LOCKDEP_DISABLED  // the library itself always checks
#include "lockdep/blocked_threads.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "lockdep/lock_map.h"
#include "lockdep/own_mutex.h"  // LOCKDEP_TSAN
#include "lockdep/process.h"
#include "lockdep/raw/futex.h"
#include "lockdep/raw/raw_percpu_rw_sem.h"
#include "lockdep/symbolize.h"
#include "lockdep/thread_slot.h"
#include "lockdep/wait_for.h"

#ifdef LOCKDEP_TSAN
extern "C" void AnnotateIgnoreReadsBegin(const char* file, int line);
extern "C" void AnnotateIgnoreReadsEnd(const char* file, int line);
#endif

namespace lockdep {
namespace {

// What a sleeping thread wrote before it slept is seen by who sees it sleep: the kernel's scheduler is between them,
// of which ThreadSanitizer knows nothing.
class OfASleeper {
 public:
#ifdef LOCKDEP_TSAN
  OfASleeper() { AnnotateIgnoreReadsBegin(__FILE__, __LINE__); }
  ~OfASleeper() { AnnotateIgnoreReadsEnd(__FILE__, __LINE__); }
#else
  OfASleeper() {}   // NOLINT: a user-provided constructor, so that no compiler calls it unused
  ~OfASleeper() {}  // NOLINT
#endif
  OfASleeper(const OfASleeper&) = delete;
  OfASleeper& operator=(const OfASleeper&) = delete;
};

std::string ReadAll(pid_t tid, const char* name) {
  std::ifstream file("/proc/self/task/" + std::to_string(tid) + "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Both numbers of context switches: each time that it stops running counts.
std::uint64_t RunsOf(pid_t tid) {
  const std::string status = ReadAll(tid, "status");
  std::uint64_t runs = 0;
  for (const std::string_view line : {"\nvoluntary_ctxt_switches:", "\nnonvoluntary_ctxt_switches:"}) {
    const std::size_t at = status.find(line);
    if (at != std::string::npos) runs += std::strtoull(status.c_str() + at + line.size(), nullptr, 10);
  }
  return runs;
}

struct FutexCall {
  std::uintptr_t word = 0;
  bool timed = false;
  std::uint32_t bits = 0;
};

// "202 0x7f... 0x89 0x2 0x0 0x0 0xffffffff sp pc"; of one that runs "running".
bool ReadFutexCall(const std::string& text, FutexCall& call) {
  std::istringstream in(text);
  long number = -1;
  std::uintptr_t arguments[6] = {};
  if (!(in >> number) || number != SYS_futex) return false;
  for (std::uintptr_t& argument : arguments) {
    std::string word;
    if (!(in >> word)) return false;
    argument = std::strtoull(word.c_str(), nullptr, 16);
  }
  if ((arguments[1] & FUTEX_CMD_MASK) != FUTEX_WAIT_BITSET) return false;
  call = {arguments[0], arguments[3] != 0, static_cast<std::uint32_t>(arguments[5])};
  return true;
}

// In every wrapper the raw lock lies before its map.
const LockMap* LockWith(std::uintptr_t word) {
  const LockMap* lock = Process::Get().LockFrom(word);
  if (lock == nullptr) return nullptr;
  const std::size_t raw_size = lock->type() == LockType::kPercpuRwSem ? sizeof(RawPercpuRwSem) : 32;
  return reinterpret_cast<std::uintptr_t>(lock) - word <= raw_size ? lock : nullptr;
}

FindingLock Described(const LockMap* lock, unsigned subclass) {
  FindingLock described;
  if (lock == nullptr) {
    described.name = "a lock that was destroyed";
    return described;
  }
  described.type = lock->type();
  described.subclass = static_cast<int>(subclass);
  const std::string own = lock->own_name() == nullptr ? "" : lock->own_name();
  if (lock->lock_class() != nullptr) {
    described.name = described.class_name = lock->lock_class()->name();
    described.instance = own;
  } else {
    described.name = own.empty() ? LockLabel{nullptr, lock->birth()}.ToString() : own;
    described.stable_name = !own.empty();
  }
  return described;
}

Place PlaceOfHold(const HeldLock& held) {
  Place place;
  if (held.site != 0) place.pcs.push_back(held.site);
  if (held.site != 0 && held.caller() != 0) place.pcs.push_back(held.caller());
  Symbolize(place);
  return place;
}

}  // namespace

WatchedThread WatchThisThread(std::string name, std::string role) {
  return {std::move(name), std::move(role), static_cast<pid_t>(::syscall(SYS_gettid)), ThisThread()};
}

BlockedThreads::BlockedThreads(const std::vector<WatchedThread>& threads) : threads_(threads), links_(threads.size()) {
  for (const WatchedThread& thread : threads_) looks_.push_back(LookAt(thread));
  FindLinks();
}

BlockedThreads::Look BlockedThreads::LookAt(const WatchedThread& thread) {
  Look look;
  look.runs = RunsOf(thread.tid);
  const std::string call_text = ReadAll(thread.tid, "syscall");
  FutexCall call;
  if (!ReadFutexCall(call_text, call)) return look;
  const LockMap* lock = LockWith(call.word);
  if (lock == nullptr) return look;
  look.wants = lock->id();
  look.mode = call.bits == kFutexAReader ? Mode::kShared : Mode::kExclusive;
  look.timed = call.timed;
  look.event = lock->type() == LockType::kCompletion;
  if (thread.state != nullptr) {
    const OfASleeper reading;
    const HeldLocks& held = thread.state->held;
    for (std::size_t i = 0; i < held.depth() && i < HeldLocks::kInlineDepth; ++i) look.held.push_back(held.entry(i));
  }
  look.blocked = ReadAll(thread.tid, "syscall") == call_text && RunsOf(thread.tid) == look.runs;
  return look;
}

void BlockedThreads::FindLinks() {
  std::map<LockId, int> numbers;
  std::vector<LockType> types;
  const auto number_of = [&](LockId lock) {
    const auto [it, is_new] = numbers.try_emplace(lock, static_cast<int>(types.size()));
    const LockMap* map = is_new ? Process::Get().LockOf(lock) : nullptr;
    if (is_new) types.push_back(map == nullptr ? LockType::kMutex : map->type());
    return it->second;
  };
  for (const Look& look : looks_) {
    if (look.wants != 0) number_of(look.wants);
    for (const HeldLock& held : look.held) number_of(held.lock);
  }
  WaitFor table(types);
  for (const Look& look : looks_) {
    const Runner runner = table.AddThread();
    if (!look.blocked) continue;
    for (const HeldLock& held : look.held)
      table.Take(runner, number_of(held.lock), held.how.mode(), held.how.kind(), 0);
    if (look.event) {
      table.WaitForEvent(runner, 0);
    } else {
      (void)table.Wait(runner, number_of(look.wants), look.mode, look.timed ? Kind::kTimed : Kind::kBlocking, 0);
    }
  }
  for (const Runner runner : table.Suspect().threads) cycle_.push_back(runner);
  const std::vector<WaitFor::ThreadView> view = table.View();
  for (std::size_t i = 0; i < view.size(); ++i) {
    for (const Blocker& blocker : view[i].blockers) links_[i].push_back({blocker.runner, blocker.queued});
  }
}

bool BlockedThreads::StandsSince(const BlockedThreads& earlier) const {
  if (cycle_.empty() || cycle_ != earlier.cycle_) return false;
  return std::all_of(cycle_.begin(), cycle_.end(), [&](int thread) {
    const auto i = static_cast<std::size_t>(thread);
    return looks_[i].runs == earlier.looks_[i].runs;
  });
}

std::vector<int> BlockedThreads::all() const {
  std::vector<int> threads;
  for (std::size_t i = 0; i < looks_.size(); ++i) {
    if (looks_[i].blocked && !looks_[i].timed) threads.push_back(static_cast<int>(i));
  }
  return threads;
}

bool BlockedThreads::AllStandSince(const BlockedThreads& earlier) const {
  if (looks_.empty() || all().size() != looks_.size() || earlier.all() != all()) return false;
  for (std::size_t i = 0; i < looks_.size(); ++i) {
    if (threads_[i].tid != earlier.threads_[i].tid || looks_[i].runs != earlier.looks_[i].runs) return false;
  }
  return true;
}

int BlockedThreads::ObjectOf(LockId lock, unsigned subclass, Snapshot& snapshot,
                             std::vector<std::pair<LockId, unsigned>>& known) const {
  const auto it = std::find(known.begin(), known.end(), std::pair(lock, subclass));
  if (it != known.end()) return static_cast<int>(it - known.begin());
  known.emplace_back(lock, subclass);
  snapshot.objects.push_back(Described(Process::Get().LockOf(lock), subclass));
  return static_cast<int>(known.size()) - 1;
}

Snapshot BlockedThreads::Describe(const std::vector<int>& threads,
                                  const std::function<Doing(int thread)>& doing) const {
  Snapshot snapshot;
  std::vector<std::pair<LockId, unsigned>> known;
  const auto index_of = [&](int thread) {
    const auto it = std::find(threads.begin(), threads.end(), thread);
    return it == threads.end() ? -1 : static_cast<int>(it - threads.begin());
  };
  for (const int thread : threads) {
    const auto i = static_cast<std::size_t>(thread);
    const Look& look = looks_[i];
    const Doing now = doing(thread);
    WaitingThread waiting;
    waiting.thread = threads_[i].name;
    waiting.role = threads_[i].role;
    waiting.wants = ObjectOf(look.wants, 0, snapshot, known);
    const FindingLock& wanted = snapshot.objects[static_cast<std::size_t>(waiting.wants)];
    waiting.wants_text = wanted.instance.empty() ? wanted.name : wanted.instance;
    waiting.mode = look.mode;
    waiting.kind = look.timed ? Kind::kTimed : Kind::kBlocking;
    waiting.at = now.at;
    waiting.stamp = 1;  // of the order in which they came to wait nothing is known
    waiting.step = now.text;
    for (const HeldLock& held : look.held) {
      HeldObject object;
      object.object = ObjectOf(held.lock, held.how.subclass(), snapshot, known);
      object.mode = held.how.mode();
      object.kind = held.how.kind();
      object.at = PlaceOfHold(held);
      const FindingLock& lock = snapshot.objects[static_cast<std::size_t>(object.object)];
      object.step = "holds " + (lock.instance.empty() ? lock.name : lock.instance);
      waiting.held.push_back(std::move(object));
    }
    for (const Link& link : links_[i]) {
      if (index_of(link.thread) < 0) continue;
      WaitsFor whom;
      whom.thread = index_of(link.thread);
      whom.name = threads_[static_cast<std::size_t>(link.thread)].name;
      whom.queued = link.queued;
      waiting.waits_for.push_back(std::move(whom));
    }
    // Who must do what it waits for is not known: any of those that wait, too.
    for (const int other : threads) {
      if (look.event && other != thread) waiting.waits_for.push_back({index_of(other), "", false, false, ""});
    }
    snapshot.threads.push_back(std::move(waiting));
  }
  return snapshot;
}

}  // namespace lockdep
