#include "lockdep/recorded_hangs.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "lockdep/hang.h"

namespace lockdep {

using recording::HeldEntry;

namespace {

int ObjectOf(RecordedWorld& world, Snapshot& snapshot, std::map<LockId, int>& objects, std::uint32_t lock) {
  const RecordedLock& known = world.LockOf(lock);
  const auto [it, is_new] = objects.try_emplace(known.id, static_cast<int>(snapshot.objects.size()));
  if (is_new) snapshot.objects.push_back(known.described);
  return it->second;
}

}  // namespace

void AddHang(const recording::HangRecord& hang_record, RecordedWorld& world, const std::string& source,
             std::vector<Finding>& findings) {
  Snapshot snapshot;
  std::map<LockId, int> objects;
  const std::vector<const recording::HangThread*> threads = ThreadsOf(hang_record);
  std::uint64_t stamp = 0;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    const recording::HangThread& each = *threads[i];
    const RecordedThread& thread = world.ThreadOf(each.thread);
    WaitingThread waiting;
    waiting.thread = thread.name;
    waiting.role = thread.role_name;
    waiting.at = world.PlaceOf(each.wanted.where);
    if (each.joins != 0) {
      const RecordedThread& joined = world.ThreadOf(each.joins);
      FindingLock end;
      end.name = "end of " + joined.role_name;  // as the validator calls it
      end.type = LockType::kThreadEnd;
      waiting.wants = static_cast<int>(snapshot.objects.size());
      snapshot.objects.push_back(std::move(end));
      waiting.wants_text = "the end of " + joined.name;
      waiting.step = "join " + joined.name;
    } else {
      waiting.wants = ObjectOf(world, snapshot, objects, each.wanted.lock);
      waiting.wants_text = snapshot.objects[static_cast<std::size_t>(waiting.wants)].name;
      const How how = world.HowOf(world.LockOf(each.wanted.lock).id, each.wanted.how);
      waiting.mode = how.mode();
      waiting.kind = how.kind();
      waiting.step = "lock " + waiting.wants_text;
    }
    for (const HeldEntry& entry : HeldOf(each)) {
      HeldObject held;
      held.object = ObjectOf(world, snapshot, objects, entry.lock);
      const How held_how = world.HowOf(world.LockOf(entry.lock).id, entry.how);
      held.mode = held_how.mode();
      held.kind = held_how.kind();
      held.at = world.PlaceOf(entry.where);
      held.stamp = ++stamp;
      held.step = "lock " + snapshot.objects[static_cast<std::size_t>(held.object)].name;
      waiting.held.push_back(std::move(held));
    }
    if ((hang_record.head.flags & recording::HangRecord::kLeftByFork) != 0) {
      waiting.waits_for.push_back({-1, "a thread of the parent process", false, false,
                                   "held it when this process was forked, and is not in it"});
    } else {
      const std::size_t next = (i + 1) % threads.size();
      const bool queued = threads[next]->blocks == recording::HangThread::kQueued;
      waiting.waits_for.push_back({static_cast<int>(next), "", queued, threads.size() == 1, ""});
    }
    snapshot.threads.push_back(std::move(waiting));
  }
  for (WaitingThread& waiting : snapshot.threads) waiting.stamp = ++stamp;
  std::vector<Finding> hangs = Hangs(snapshot, source, "in this run");
  for (Finding& alone : SelfDeadlocks(snapshot, source, "in this run")) hangs.push_back(std::move(alone));
  for (Finding& hang : hangs) {
    if (ConfirmByHang(findings, hang)) continue;
    const bool known = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
      return finding.kind == hang.kind && finding.fingerprint == hang.fingerprint;
    });
    if (!known) findings.push_back(std::move(hang));
  }
}

std::string DescribeStatus(const recording::HangRecord& status, RecordedWorld& world) {
  const std::vector<const recording::HangThread*> threads = ThreadsOf(status);
  std::string text = std::to_string(threads.size()) + (threads.size() == 1 ? " thread\n" : " threads\n");
  for (const recording::HangThread* each : threads) {
    text += "  " + world.ThreadText(each->thread);
    if (each->joins != 0 || each->wanted.lock != 0) {
      text += " waits for " +
              (each->joins != 0 ? "the end of " + world.ThreadText(each->joins)
                                : world.LockOf(each->wanted.lock).described.name) +
              ", in " + world.PlaceText(each->wanted.where) + ", and";
    }
    if (each->blocks == recording::kChanging) {
      text += " takes and gives back locks\n";
      continue;
    }
    text += each->held == 0 ? " holds nothing\n" : " holds\n";
    for (const HeldEntry& entry : HeldOf(*each)) {
      const RecordedLock& lock = world.LockOf(entry.lock);
      text += "    " + lock.described.name + ", " + std::string(ToString(world.HowOf(lock.id, entry.how).mode())) +
              ", taken in " + world.PlaceText(entry.where) + '\n';
    }
  }
  return text;
}

}  // namespace lockdep
