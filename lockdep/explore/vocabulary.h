// The threads, objects and steps that the executions of one exploration have in common, by number and by
// name.
//
// A thread is who started it and the how-manieth it was; an object is who made it and the how-manieth.  So the
// same thread has the same number in every execution, whatever the schedule was.
//
// Names in a schedule are one word; those that are none are quoted, with \" and \\.
//
// Thread-confined.
#ifndef LOCKDEP_EXPLORE_VOCABULARY_H_
#define LOCKDEP_EXPLORE_VOCABULARY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/explore/digest.h"
#include "lockdep/explore/operation.h"
#include "lockdep/finding.h"

namespace lockdep::explore {

using ThreadUid = std::uint32_t;
using ObjectUid = std::uint32_t;
using StepId = std::uint32_t;

struct ObjectName {
  FindingLock lock;  // as findings have it
  std::string text;  // as schedules have it
};

class Vocabulary {
 public:
  Vocabulary() = default;
  Vocabulary(const Vocabulary&) = delete;
  Vocabulary& operator=(const Vocabulary&) = delete;

  ThreadUid Thread(std::string_view name);
  const std::string& ThreadName(ThreadUid thread) const { return threads_[thread]; }
  std::size_t thread_count() const { return threads_.size(); }

  // The number of an object, named at its first appearance by `name()`.  Never 0.
  template <typename Name>
  ObjectUid Object(const Digest& identity, Name name) {
    const auto [it, is_new] = object_uids_.try_emplace(identity, static_cast<ObjectUid>(objects_.size()));
    if (is_new) objects_.push_back(name());
    return it->second;
  }
  const ObjectName& NameOf(ObjectUid object) const { return objects_[object]; }

  StepId Id(const Step& step);
  const Step& StepOf(StepId id) const { return steps_[id]; }

  // "t1:lock(a)", without what came of it.
  std::string OperationText(const Step& step) const;
  // "t1:trylock(a)!": `!` not got, `*` began to wait, `~` woke by itself, `>t2` woke t2, `=1` chose 1.
  std::string StepText(const Step& step) const;
  // For people: "trylock a fails".
  std::string Words(const Step& step) const;

  std::size_t memory_bytes() const;

 private:
  std::string ObjectText(const Step& step) const;

  absl::flat_hash_map<std::string, ThreadUid> thread_uids_;
  std::vector<std::string> threads_;
  absl::flat_hash_map<Digest, ObjectUid> object_uids_;
  std::vector<ObjectName> objects_{1};
  absl::flat_hash_map<Step, StepId> step_ids_;
  std::vector<Step> steps_;
};

// `name`, quoted if it is not one word of letters, digits, _.-/#+[] and the characters of `also`.
std::string Quoted(std::string_view name, std::string_view also = "");

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_VOCABULARY_H_
