// A queue of at most so many items, as a user would write it, and two ways to get it wrong.
//
// BoundedQueue is right.  OneConditionQueue has both kinds of waiters on one condition and wakes one of them: the
// signal may go to one that can do nothing with it.  IfQueue looks once where it has to look again.
//
// Thread-safe.
#ifndef TESTS_LOCKDEP_EXPLORE_BOUNDED_QUEUE_H_
#define TESTS_LOCKDEP_EXPLORE_BOUNDED_QUEUE_H_

#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>

#include "lockdep/explore/explore.h"
#include "lockdep/lockdep.h"

namespace lockdep::explore {

template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t size_max) : size_max_(size_max) {}

  void Push(T item) {
    std::unique_lock<Mutex> lock(mu_);
    while (items_.size() == size_max_) not_full_.wait(lock);
    items_.push_back(std::move(item));
    not_empty_.notify_one();
  }
  T Pop() {
    std::unique_lock<Mutex> lock(mu_);
    while (items_.empty()) not_empty_.wait(lock);
    T item = std::move(items_.front());
    items_.pop_front();
    not_full_.notify_one();
    return item;
  }

 private:
  const std::size_t size_max_;
  Mutex mu_{"mu"};
  CondVar not_full_{"not_full"}, not_empty_{"not_empty"};
  std::deque<T> items_;
};

template <class T>
class OneConditionQueue {
 public:
  explicit OneConditionQueue(std::size_t size_max) : size_max_(size_max) {}

  void Push(T item) {
    std::unique_lock<Mutex> lock(mu_);
    while (items_.size() == size_max_) changed_.wait(lock);
    items_.push_back(std::move(item));
    changed_.notify_one();
  }
  T Pop() {
    std::unique_lock<Mutex> lock(mu_);
    while (items_.empty()) changed_.wait(lock);
    T item = std::move(items_.front());
    items_.pop_front();
    changed_.notify_one();
    return item;
  }

 private:
  const std::size_t size_max_;
  Mutex mu_{"mu"};
  CondVar changed_{"changed"};
  std::deque<T> items_;
};

template <class T>
class IfQueue {
 public:
  explicit IfQueue(std::size_t size_max) : size_max_(size_max) {}

  void Push(T item) {
    std::unique_lock<Mutex> lock(mu_);
    if (items_.size() == size_max_) not_full_.wait(lock);
    Check(items_.size() < size_max_, "there is room");
    items_.push_back(std::move(item));
    not_empty_.notify_one();
  }
  T Pop() {
    std::unique_lock<Mutex> lock(mu_);
    if (items_.empty()) not_empty_.wait(lock);
    Check(!items_.empty(), "there is an item");
    T item = std::move(items_.front());
    items_.pop_front();
    not_full_.notify_one();
    return item;
  }

 private:
  const std::size_t size_max_;
  Mutex mu_{"mu"};
  CondVar not_full_{"not_full"}, not_empty_{"not_empty"};
  std::deque<T> items_;
};

}  // namespace lockdep::explore

#endif  // TESTS_LOCKDEP_EXPLORE_BOUNDED_QUEUE_H_
