// What the numbers and addresses of one recording mean to a validator: locks, roles, threads, places.
//
// Records are told in their order; what is asked for then is as it was at that record.  Who mentions what was never
// described gets the least that can be said: a lock that may be any, a thread of which nobody knows where it came from.
//
// Thread-confined; the validator and the code outlive it.
#ifndef LOCKDEP_RECORDED_WORLD_H_
#define LOCKDEP_RECORDED_WORLD_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/recorded_code.h"
#include "lockdep/recorded_facts.h"
#include "lockdep/recording.h"
#include "lockdep/validator.h"

namespace lockdep {

struct RecordedLock {
  LockId id = 0;
  FindingLock described;
  std::uint32_t kind = 0;  // of the same class, or made at the same place
  bool shared = false;     // among processes
  bool robust = false;
};

struct RecordedThread {
  ThreadState* state = nullptr;  // null: it has ended
  std::string name;
  std::string role_name;
  ThreadOrigin end;
  bool quiet = false;  // it was in the middle of nothing when the recording ended
  // The past before the thread first waited for what is no lock.
  ThreadPast::Ref past_before_open;
};

struct RecordedWorldOptions {
  bool classes = false;          // locks belong to the classes that the program declares
  bool classes_by_site = false;  // and others to one for each place that locks are made at
  bool threads_as_seen = false;  // a thread that was started once is declared to be the only one of its role
};

class RecordedWorld {
 public:
  RecordedWorld(const RecordedFacts& facts, RecordedCode& code, Validator& validator, RecordedWorldOptions options);
  ~RecordedWorld();
  RecordedWorld(const RecordedWorld&) = delete;
  RecordedWorld& operator=(const RecordedWorld&) = delete;

  // Of files, locks, roles and threads; others are not looked at.
  void Follow(const recording::RecordHead* head);

  const RecordedLock& LockOf(std::uint32_t id);
  RoleId RoleOf(std::uint32_t id);
  // The thread runs, whatever was said of it.
  RecordedThread& ThreadOf(std::uint32_t number);
  std::map<std::uint32_t, RecordedThread>& threads() { return threads_; }
  // A thread of a role of its own, of which nobody knows who starts it and how many there are.
  ThreadState& AnyThread(const std::string& role);
  // The thread has waited for something that is no lock.
  void OpenPast(RecordedThread& thread);

  How HowOf(LockId lock, std::uint16_t bits) const;
  Site SiteOf(std::vector<std::uintptr_t> pcs);
  Place PlaceOf(const recording::Where& where);
  void Symbolize(Finding& finding);

  // Texts for people.
  std::string ThreadText(std::uint32_t number);                                   // "thread 2 (Work)"
  std::string PlaceText(const recording::Where& where);                           // "Work at x.cc:12"
  const std::vector<std::string>& contradicted() const { return contradicted_; }  // roles that were declared single

 private:
  struct Role {
    RoleId id = 0;
    std::string name;
  };

  void AddLock(const recording::LockRecord& record);
  std::uint32_t KindOf(std::uint32_t lock, const std::string& place);
  ClassId ClassOf(std::uint32_t lock, const std::string& birth);
  void AddRole(const recording::RoleRecord& record);
  const Role& KnownRole(std::uint32_t id);
  void StartThread(const recording::ThreadRecord& record);
  void EndThread(const recording::ThreadEndRecord& record);
  void JoinThread(const recording::JoinRecord& record);

  const RecordedFacts& facts_;
  RecordedCode& code_;
  Validator& validator_;
  const RecordedWorldOptions options_;

  absl::flat_hash_map<std::uint32_t, RecordedLock> locks_;
  absl::flat_hash_map<std::string, std::uint32_t> kinds_;
  absl::flat_hash_map<std::string, ClassId> classes_;
  absl::flat_hash_map<std::uint32_t, Role> roles_;
  absl::flat_hash_map<std::string, int> role_names_;
  std::vector<std::string> contradicted_;
  std::map<std::uint32_t, RecordedThread> threads_;
  std::map<std::string, ThreadState*> any_threads_;  // by roles
};

}  // namespace lockdep

#endif  // LOCKDEP_RECORDED_WORLD_H_
