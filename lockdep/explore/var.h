// A variable that an exploration watches.
//
// Each access is a scheduling point.  Two accesses of different threads that nothing orders, of which one writes and
// one is plain, are a data race; the marked ones (Once, Update) race only with plain ones, as READ_ONCE, WRITE_ONCE and
// relaxed atomics do.  All accesses are sequentially consistent: orders that only weak memory shows are not explored,
// and a marked access orders nothing else.
//
// The values of arithmetic types, enumerations and strings are part of the state.  Of other types only who wrote
// last is, unless ValueDigest is specialised.
//
// Outside of explored code a Var is a variable, and all accesses of small trivial types are relaxed atomic: a race is
// for the explorer to find, and no undefined behaviour where a program with one really runs.
//
// Thread-safe where it really runs, for such types; thread-compatible for others.
// Cost outside: a thread-local load and a comparison each.
#ifndef LOCKDEP_EXPLORE_VAR_H_
#define LOCKDEP_EXPLORE_VAR_H_

#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "lockdep/checking.h"
#include "lockdep/explore/digest.h"
#include "lockdep/explore/operation.h"
#include "lockdep/lock_class.h"
#ifndef LOCKDEP_DISABLED
#include "lockdep/this_thread.h"
#endif

namespace lockdep::explore {

// How values of a type are told apart.  A specialisation returns the digest of a value; nothing: they are not.
template <class T>
struct ValueDigest {
  static std::optional<Digest> Of(const T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      std::uint64_t bits = 0;
      if constexpr (sizeof(T) <= sizeof(bits)) {
        std::memcpy(&bits, &value, sizeof(T));
        return Extend(Digest{}, bits);
      } else {
        return std::nullopt;
      }
    } else if constexpr (std::is_convertible_v<const T&, std::string_view> && !std::is_pointer_v<T>) {
      return Extend(Digest{}, std::string_view(value));
    } else {
      return std::nullopt;
    }
  }
};

#ifndef LOCKDEP_DISABLED
// On a simulated thread: what a Var tells its execution.
void VariableMade(const void* variable, const char* name, const Birth& birth, const std::optional<Digest>& value);
void VariableGone(const void* variable);
void BeforeAccess(const void* variable, Code code, std::uintptr_t site);
void AfterWrite(const void* variable, const std::optional<Digest>& value);
#endif

inline namespace LOCKDEP_CHECKING {

template <class T>
class Var {
 public:
  // `name` must stay valid.
  Var(T value = T(), const char* name = nullptr, Birth birth = Birth::Here()) : value_(std::move(value)) {
    (void)name;
    (void)birth;
#ifndef LOCKDEP_DISABLED
    if (Explored()) VariableMade(this, name, birth, ValueDigest<T>::Of(value_));
#endif
  }
  ~Var() {
#ifndef LOCKDEP_DISABLED
    if (Explored()) VariableGone(this);
#endif
  }
  Var(const Var&) = delete;

  // --- Plain ------------------------------------------------------------------------------------
  LOCKDEP_HOT T Read() const {
    Before(Code::kRead, LOCKDEP_SITE());
    return Load();
  }
  LOCKDEP_HOT void Write(T value) {
    Before(Code::kWrite, LOCKDEP_SITE());
    Store(std::move(value));
    After();
  }
  LOCKDEP_HOT operator T() const { return Read(); }
  LOCKDEP_HOT Var& operator=(T value) {
    Write(std::move(value));
    return *this;
  }
  LOCKDEP_HOT Var& operator=(const Var& other) {
    Write(other.Read());
    return *this;
  }
  // A read and then a write.
  LOCKDEP_HOT Var& operator+=(const T& more) {
    Write(static_cast<T>(Read() + more));
    return *this;
  }
  LOCKDEP_HOT Var& operator-=(const T& less) {
    Write(static_cast<T>(Read() - less));
    return *this;
  }
  LOCKDEP_HOT Var& operator++() { return *this += T{1}; }
  LOCKDEP_HOT Var& operator--() { return *this -= T{1}; }

  // --- Marked -----------------------------------------------------------------------------------
  LOCKDEP_HOT T ReadOnce() const {
    Before(Code::kReadOnce, LOCKDEP_SITE());
    return Load();
  }
  LOCKDEP_HOT void WriteOnce(T value) {
    Before(Code::kWriteOnce, LOCKDEP_SITE());
    Store(std::move(value));
    After();
  }
  // The value becomes change(value), in one step; returns the old one.
  template <class Change>
  LOCKDEP_HOT T Update(Change change) {
    Before(Code::kUpdate, LOCKDEP_SITE());
    if constexpr (kAtomic) {
      std::atomic_ref<T> value(value_);
      T old = value.load(std::memory_order_relaxed);
      while (!value.compare_exchange_weak(old, change(old), std::memory_order_acq_rel, std::memory_order_relaxed)) {
      }
      After();
      return old;
    } else {
      T old = value_;
      value_ = change(old);
      After();
      return old;
    }
  }

 private:
  static constexpr bool IsAtomic() {
    if constexpr (std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(void*)) {
      return std::atomic_ref<T>::is_always_lock_free;
    } else {
      return false;
    }
  }
  static constexpr bool kAtomic = IsAtomic();

  T Load() const {
    if constexpr (kAtomic) return std::atomic_ref<T>(value_).load(std::memory_order_relaxed);
    return value_;
  }
  void Store(T value) {
    if constexpr (kAtomic) {
      std::atomic_ref<T>(value_).store(value, std::memory_order_relaxed);
    } else {
      value_ = std::move(value);
    }
  }

#ifndef LOCKDEP_DISABLED
  static bool Explored() { return IsExplored(current_thread.load(std::memory_order_relaxed)); }
  LOCKDEP_HOT void Before(Code code, std::uintptr_t site) const {
    if (Explored()) BeforeAccess(this, code, site);
  }
  LOCKDEP_HOT void After() {
    if (Explored()) explore::AfterWrite(this, ValueDigest<T>::Of(value_));
  }
#else
  void Before(Code, std::uintptr_t) const {}
  void After() {}
#endif

  mutable T value_;  // mutable: std::atomic_ref takes no const
};

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_VAR_H_
