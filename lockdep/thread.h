// A thread whose role the validator knows, so that it can tell "the same thread" from "a thread of
// the same kind".  As std::thread otherwise; without detached use nothing differs.
//
// The role is the given name, else the type of the start routine and the place of creation.  A role
// is not single: several threads of it may run at once.
//
// Started by explored code (scheduler.h) it is a simulated thread.
//
// Thread-compatible, as std::thread.
#ifndef LOCKDEP_THREAD_H_
#define LOCKDEP_THREAD_H_

#include <functional>
#include <memory>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>

#include "lockdep/checking.h"
#include "lockdep/lock_map.h"
#include "lockdep/scheduler.h"

namespace lockdep {

struct ThreadLife;

inline namespace LOCKDEP_CHECKING {

// The name of a role, as the first argument of Thread.
struct ThreadRole {
  const char* name;
};

#ifndef LOCKDEP_DISABLED
// For Thread: the role of a name; or of a start routine, told by its type and who creates the thread.
RoleId NamedRole(const char* name);
RoleId StartRoutineRole(const char* type, Site creation);
// Before the calling thread starts one.
std::shared_ptr<ThreadLife> BirthOfThread();
// On the new thread, before anything else.
void BeginThread(RoleId role, std::shared_ptr<ThreadLife> life);
// Before and after the calling thread waits for the end of a thread of the role.
void NoteJoin(RoleId role, Site site);
void NoteJoined(const ThreadLife* life);
#endif

class Thread {
 public:
  Thread() = default;
  template <class Body, class... Args,
            class = std::enable_if_t<!std::is_same_v<std::remove_cvref_t<Body>, Thread> &&
                                     !std::is_same_v<std::remove_cvref_t<Body>, ThreadRole>>>
  [[gnu::noinline]] explicit Thread(Body&& body, Args&&... args) {
#ifndef LOCKDEP_DISABLED
    const auto site = reinterpret_cast<Site>(__builtin_return_address(0));
    if (Scheduler* scheduler = CurrentScheduler()) {
      simulated_ =
          scheduler->StartThread(nullptr, RoutineOf(std::forward<Body>(body), std::forward<Args>(args)...), site - 1);
      return;
    }
    role_ = StartRoutineRole(TypeName<std::decay_t<Body>>(), site);
#endif
    Start(std::forward<Body>(body), std::forward<Args>(args)...);
  }
  template <class Body, class... Args>
  [[gnu::noinline]] explicit Thread(ThreadRole role, Body&& body, Args&&... args) {
    (void)role;
#ifndef LOCKDEP_DISABLED
    if (Scheduler* scheduler = CurrentScheduler()) {
      simulated_ = scheduler->StartThread(role.name, RoutineOf(std::forward<Body>(body), std::forward<Args>(args)...),
                                          reinterpret_cast<Site>(__builtin_return_address(0)) - 1);
      return;
    }
    role_ = NamedRole(role.name);
#endif
    Start(std::forward<Body>(body), std::forward<Args>(args)...);
  }

#ifndef LOCKDEP_DISABLED
  Thread(Thread&& other) noexcept
      : role_(other.role_),
        simulated_(std::exchange(other.simulated_, 0)),
        life_(std::move(other.life_)),
        thread_(std::move(other.thread_)) {}
  Thread& operator=(Thread&& other) noexcept {
    DropSimulated();
    role_ = other.role_;
    simulated_ = std::exchange(other.simulated_, 0);
    life_ = std::move(other.life_);
    thread_ = std::move(other.thread_);
    return *this;
  }
  ~Thread() { DropSimulated(); }

  // Waiting for the end while holding a lock is a dependency on what such threads ask for.
  LOCKDEP_HOT void join() {
    if (Scheduler* scheduler = simulated_ != 0 ? CurrentScheduler() : nullptr) {
      scheduler->Join(std::exchange(simulated_, 0), LOCKDEP_SITE());
      StayOnTheStack();
      return;
    }
    NoteJoin(role_, LOCKDEP_SITE());
    thread_.join();
    NoteJoined(life_.get());
  }
  void detach() {
    if (Scheduler* scheduler = simulated_ != 0 ? CurrentScheduler() : nullptr) {
      return scheduler->Detach(std::exchange(simulated_, 0));
    }
    thread_.detach();
  }
  bool joinable() const { return thread_.joinable() || simulated_ != 0; }
  // Of a simulated thread: a number of its own, not what std::this_thread::get_id() says on it.
  std::thread::id get_id() const {
    if (simulated_ == 0) return thread_.get_id();
    static_assert(sizeof(std::thread::id) == sizeof(simulated_));
    std::thread::id id;
    __builtin_memcpy(static_cast<void*>(&id), &simulated_, sizeof id);
    return id;
  }
#else
  void join() { thread_.join(); }
  void detach() { thread_.detach(); }
  bool joinable() const { return thread_.joinable(); }
  std::thread::id get_id() const { return thread_.get_id(); }
#endif
  std::thread::native_handle_type native_handle() { return thread_.native_handle(); }
  static unsigned hardware_concurrency() { return std::thread::hardware_concurrency(); }

 private:
#ifndef LOCKDEP_DISABLED
  // The start routine with its arguments, kept as std::thread keeps them.
  template <class Body, class... Args>
  class BoundRoutine final : public ThreadRoutine {
   public:
    explicit BoundRoutine(Body&& body, Args&&... args)
        : bound_(std::forward<Body>(body), std::forward<Args>(args)...) {}
    void Run() override {
      std::apply([](auto&&... parts) { std::invoke(std::forward<decltype(parts)>(parts)...); }, std::move(bound_));
    }

   private:
    std::tuple<std::decay_t<Body>, std::decay_t<Args>...> bound_;
  };
  template <class Body, class... Args>
  static std::unique_ptr<ThreadRoutine> RoutineOf(Body&& body, Args&&... args) {
    return std::make_unique<BoundRoutine<Body, Args...>>(std::forward<Body>(body), std::forward<Args>(args)...);
  }
  void DropSimulated() {
    if (Scheduler* scheduler = simulated_ != 0 ? CurrentScheduler() : nullptr) {
      scheduler->Orphan(std::exchange(simulated_, 0), LOCKDEP_SITE());
    }
  }

  // Contains the type's name, without run-time type information.
  template <class T>
  static const char* TypeName() {
    return __PRETTY_FUNCTION__;
  }
  template <class Body, class... Args>
  void Start(Body&& body, Args&&... args) {
    life_ = BirthOfThread();
    thread_ = std::thread(
        [](RoleId role, std::shared_ptr<ThreadLife>&& life, std::decay_t<Body>&& run, std::decay_t<Args>&&... with) {
          BeginThread(role, std::move(life));
          std::invoke(std::move(run), std::move(with)...);
        },
        role_, life_, std::forward<Body>(body), std::forward<Args>(args)...);
  }
  RoleId role_ = 0;
  Scheduler::ThreadNumber simulated_ = 0;
  std::shared_ptr<ThreadLife> life_;
#else
  template <class Body, class... Args>
  void Start(Body&& body, Args&&... args) {
    thread_ = std::thread(std::forward<Body>(body), std::forward<Args>(args)...);
  }
#endif
  std::thread thread_;
};

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep

#endif  // LOCKDEP_THREAD_H_
