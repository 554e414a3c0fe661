#include "lockdep/hang.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <utility>

namespace lockdep {
namespace {

std::string AtLine(const Place& place) {
  return place.line == 0 ? "" : " (" + place.file + ":" + std::to_string(place.line) + ")";
}

class HangFinder {
 public:
  HangFinder(const Snapshot& snapshot, const std::string& source, const std::string& where)
      : snapshot_(snapshot), source_(source), where_(where), explained_(snapshot.threads.size(), false) {}

  std::vector<Finding> Run() {
    AddLockCycles();
    for (std::size_t i = 0; i < Count(); ++i) {
      explained_[i] = explained_[i] || WaitsForItself(static_cast<int>(i), true);
    }
    for (std::size_t i = 0; i < Count(); ++i) {
      if (explained_[i]) continue;
      const std::vector<int> cycle = ShortestCycle(static_cast<int>(i));
      if (!cycle.empty()) AddCycle(cycle);
    }
    // What is left leads to an explained thread, or to something that nobody is left to give.
    for (std::size_t i = 0; i < Count(); ++i) {
      if (!explained_[i] && IsAlone(static_cast<int>(i))) AddForsaken(static_cast<int>(i));
    }
    for (std::size_t i = 0; i < Count(); ++i) {
      if (!explained_[i] && !LeadsToExplained(static_cast<int>(i))) AddForsaken(static_cast<int>(i));
    }
    return Sorted();
  }

  bool complete() const { return complete_; }

  std::vector<Finding> RunForSelfDeadlocks() {
    for (std::size_t i = 0; i < Count(); ++i) {
      if (WaitsForItself(static_cast<int>(i), true)) AddCycle({static_cast<int>(i)});
    }
    for (Finding& finding : hangs_) {
      finding.kind = FindingKind::kSelfDeadlock;
      SetFingerprint(finding);
    }
    return Sorted();
  }

 private:
  std::vector<Finding> Sorted() {
    std::sort(hangs_.begin(), hangs_.end(),
              [](const Finding& a, const Finding& b) { return a.fingerprint < b.fingerprint; });
    return std::move(hangs_);
  }

  std::size_t Count() const { return snapshot_.threads.size(); }
  const WaitingThread& Thread(int i) const { return snapshot_.threads[static_cast<std::size_t>(i)]; }

  bool WaitsForItself(int thread, bool own_context) const {
    return std::any_of(Thread(thread).waits_for.begin(), Thread(thread).waits_for.end(), [&](const WaitsFor& link) {
      return link.thread == thread && !link.queued && link.own_context == own_context;
    });
  }

  // --- Cycles of locks ----------------------------------------------------------------------------
  // A thread waits for all that keep it from its lock, so each cycle is a reason of its own; the
  // shortest of those with the same locks is told.
  void AddLockCycles() {
    std::vector<std::vector<int>> cycles;
    for (std::size_t i = 0; i < Count(); ++i) {
      std::vector<int> path = {static_cast<int>(i)};
      Extend(path, cycles);
    }
    std::stable_sort(cycles.begin(), cycles.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
    for (const std::vector<int>& cycle : cycles) {
      if (!IsMadeOfShorter(cycle)) AddCycle(cycle);
    }
    std::set<std::pair<std::uint64_t, LinkForms>> seen;
    std::erase_if(hangs_, [&](const Finding& hang) {
      return !seen.insert({hang.fingerprint, LinkFormsOf(hang)}).second;
    });
  }

  // Whether something shorter says all there is to say.  Where two threads of the cycle wait for holders of the same
  // lock, one of them waits for both holders.  Where only one thread holds anything, it may wait for itself.
  bool IsMadeOfShorter(const std::vector<int>& cycle) const {
    std::set<int> wanted;
    int holder = -1;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      const int next = cycle[(i + 1) % cycle.size()];
      if (LinkBetween(cycle[i], next).queued) continue;
      if (!wanted.insert(Thread(cycle[i]).wants).second) return true;
      holder = next;
    }
    return wanted.size() == 1 && WaitsForItself(holder, true);
  }

  // All cycles that go on from the path and whose first thread is the least.
  void Extend(std::vector<int>& path, std::vector<std::vector<int>>& cycles) {
    const WaitingThread& last = Thread(path.back());
    if (snapshot_.objects[static_cast<std::size_t>(last.wants)].type == LockType::kCompletion) return;
    std::set<int> next;
    for (const WaitsFor& link : last.waits_for) {
      // Who took it in the same context and wants it again is a self-deadlock.
      if (link.thread == path.back() && (link.queued || link.own_context)) continue;
      if (link.thread >= path.front()) next.insert(link.thread);
    }
    for (const int thread : next) {
      if (++steps_ > kStepsMax) complete_ = false;
      if (!complete_) return;
      if (thread == path.front()) {
        cycles.push_back(path);
      } else if (std::find(path.begin(), path.end(), thread) == path.end()) {
        path.push_back(thread);
        Extend(path, cycles);
        path.pop_back();
      }
    }
  }

  // --- Other reasons ------------------------------------------------------------------------------
  // Nobody in the snapshot could give what it wants.
  bool IsAlone(int thread) const {
    return std::all_of(Thread(thread).waits_for.begin(), Thread(thread).waits_for.end(),
                       [](const WaitsFor& link) { return link.thread < 0; });
  }

  // The threads of a shortest closed path from `start`, or none.
  std::vector<int> ShortestCycle(int start) const {
    std::vector<int> from(Count(), -1);
    std::deque<int> queue = {start};
    while (!queue.empty()) {
      const int now = queue.front();
      queue.pop_front();
      for (const WaitsFor& link : Thread(now).waits_for) {
        if (link.thread < 0) continue;
        if (link.thread == start) return PathTo(from, start, now);
        if (explained_[link.thread] || from[link.thread] >= 0) continue;
        from[link.thread] = now;
        queue.push_back(link.thread);
      }
    }
    return {};
  }

  static std::vector<int> PathTo(const std::vector<int>& from, int start, int end) {
    std::vector<int> path;
    for (int now = end; now != start; now = from[now]) path.push_back(now);
    path.push_back(start);
    std::reverse(path.begin(), path.end());
    return path;
  }

  bool LeadsToExplained(int start) const {
    std::vector<bool> seen(Count(), false);
    std::deque<int> queue = {start};
    while (!queue.empty()) {
      const int now = queue.front();
      queue.pop_front();
      if (explained_[now]) return true;
      if (seen[now]) continue;
      seen[now] = true;
      for (const WaitsFor& link : Thread(now).waits_for) {
        if (link.thread >= 0) queue.push_back(link.thread);
      }
    }
    return false;
  }

  Finding Start() const {
    Finding hang;
    hang.kind = FindingKind::kHang;
    hang.source = source_;
    hang.verdict = Verdict::kReal;
    hang.strength = Strength::kExecuted;
    return hang;
  }

  // The index of an object in the finding; added at the end if it is new.
  int LockIn(Finding& hang, std::vector<int>& objects, int object) const {
    const auto it = std::find(objects.begin(), objects.end(), object);
    if (it != objects.end()) return static_cast<int>(it - objects.begin());
    objects.push_back(object);
    hang.locks.push_back(snapshot_.objects[static_cast<std::size_t>(object)]);
    return static_cast<int>(objects.size()) - 1;
  }

  const WaitsFor& LinkBetween(int waiter, int other) const {
    const WaitsFor* queued = nullptr;
    for (const WaitsFor& link : Thread(waiter).waits_for) {
      if (link.thread != other) continue;
      if (!link.queued) return link;
      queued = &link;
    }
    return *queued;
  }

  // A lock that its holder has under several subclasses is several nodes: a finding for each.
  void AddCycle(const std::vector<int>& cycle) {
    // A thread that is waited for only because it queues first holds nothing of the cycle.
    std::vector<Link> links;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      const int before = cycle[(i + cycle.size() - 1) % cycle.size()];
      if (LinkBetween(before, cycle[i]).queued) continue;
      links.push_back({cycle[i], Thread(before).wants, {}});
    }
    // Alone, it is named as it is wanted.
    if (links.size() > 1) {
      for (Link& link : links) link.subclasses = SubclassesHeld(Thread(link.thread), link.held);
    }
    std::vector<std::size_t> chosen(links.size(), 0);
    do {
      AddCycleOf(cycle, links, chosen);
    } while (NextChoice(links, chosen));
  }

  struct Link {
    int thread;
    int held;                     // the object that the one before wants
    std::vector<int> subclasses;  // under which it is held; empty: it is named as it is wanted
  };

  static std::vector<int> SubclassesHeld(const WaitingThread& thread, int object) {
    std::vector<int> subclasses;
    for (const HeldObject& held : thread.held) {
      const bool is_new = std::find(subclasses.begin(), subclasses.end(), held.subclass) == subclasses.end();
      if (held.object == object && is_new) subclasses.push_back(held.subclass);
    }
    return subclasses;
  }

  // Sets `chosen` to the next combination of subclasses; false after the last one.
  bool NextChoice(const std::vector<Link>& links, std::vector<std::size_t>& chosen) {
    for (std::size_t i = links.size(); i-- > 0;) {
      if (chosen[i] + 1 < links[i].subclasses.size()) {
        ++chosen[i];
        if (++steps_ > kStepsMax) complete_ = false;
        return complete_;
      }
      chosen[i] = 0;
    }
    return false;
  }

  void AddCycleOf(const std::vector<int>& cycle, const std::vector<Link>& links,
                  const std::vector<std::size_t>& chosen) {
    Finding hang = Start();
    std::vector<int> objects;
    // A lock of its own for each link: two threads of a cycle of events may want the same one.
    for (std::size_t i = 0; i < links.size(); ++i) {
      objects.push_back(links[i].held);
      hang.locks.push_back(snapshot_.objects[static_cast<std::size_t>(links[i].held)]);
      if (!links[i].subclasses.empty()) SetSubclass(links[i].subclasses[chosen[i]], hang.locks[i]);
    }
    hang.cycle_length = static_cast<int>(hang.locks.size());
    for (std::size_t i = 0; i < links.size(); ++i) {
      const std::vector<int>& subclasses = links[i].subclasses;
      AddEdge(hang, objects, links, i, subclasses.empty() ? std::nullopt : std::optional(subclasses[chosen[i]]));
    }
    if (links.size() == 1) SetSubclass(Thread(links[0].thread).wants_subclass, hang.locks[0]);
    std::vector<int> threads = cycle;
    std::sort(threads.begin(), threads.end());
    Finish(std::move(hang), objects, threads);
  }

  static void SetSubclass(int subclass, FindingLock& lock) {
    if (subclass >= 0) lock.subclass = subclass;
  }

  // The i-th thread holds what the one before wants, and wants its own.  `subclass`: under which it is held here; none:
  // whichever, the innermost is shown.
  void AddEdge(Finding& hang, std::vector<int>& objects, const std::vector<Link>& links, std::size_t i,
               std::optional<int> subclass) const {
    const WaitingThread& thread = Thread(links[i].thread);
    FindingEdge edge;
    edge.held = static_cast<int>(i);
    edge.wanted = static_cast<int>((i + 1) % links.size());
    edge.thread = thread.thread;
    edge.role = thread.role;
    edge.context = thread.context;
    edge.wanted_mode = thread.mode;
    edge.wanted_kind = thread.kind;
    edge.wanted_subclass = thread.wants_subclass;
    edge.wanted_at = thread.at;
    for (const HeldObject& held : thread.held) {
      if (held.object != links[i].held) {
        edge.also_held.push_back({LockIn(hang, objects, held.object), held.mode, held.kind, held.at});
      } else if (!subclass || held.subclass == *subclass) {
        edge.held_mode = held.mode;
        edge.held_kind = held.kind;
        edge.held_at = held.at;
      }
    }
    if (hang.closing_edge < 0 || thread.stamp > closing_stamp_) {
      closing_stamp_ = thread.stamp;
      hang.closing_edge = static_cast<int>(i);
    }
    hang.edges.push_back(std::move(edge));
  }

  // Nobody is left who could give what `first` wants.
  void AddForsaken(int first) {
    Finding hang = Start();
    std::vector<int> objects;
    LockIn(hang, objects, Thread(first).wants);
    SetSubclass(Thread(first).wants_subclass, hang.locks[0]);  // alone, it is named as it is wanted
    hang.cycle_length = 1;
    std::vector<int> threads;
    for (std::size_t i = 0; i < Count(); ++i) {
      if (Thread(static_cast<int>(i)).wants == Thread(first).wants) threads.push_back(static_cast<int>(i));
    }
    Finish(std::move(hang), objects, threads);
  }

  // Adds who takes part, and marks it as explained.
  void Finish(Finding hang, std::vector<int>& objects, const std::vector<int>& threads) {
    for (const int thread : threads) explained_[thread] = true;
    hang.detail = where_ + ", ";
    for (std::size_t i = 0; i < threads.size(); ++i) {
      hang.participants.push_back(ParticipantOf(hang, objects, threads[i]));
      const Participant& added = hang.participants.back();
      hang.detail += (i == 0 ? "" : "; ") + added.thread + " " + added.action;
    }
    hang.witness = Witness(threads);
    for (std::size_t i = 0; i < Count(); ++i) {
      const bool behind = !explained_[i] &&
                          std::any_of(Thread(static_cast<int>(i)).waits_for.begin(),
                                      Thread(static_cast<int>(i)).waits_for.end(), [&](const WaitsFor& link) {
                                        return std::find(threads.begin(), threads.end(), link.thread) != threads.end();
                                      });
      if (behind) hang.participants.push_back(ParticipantOf(hang, objects, static_cast<int>(i)));
    }
    SetFingerprint(hang);
    hangs_.push_back(std::move(hang));
  }

  Participant ParticipantOf(Finding& hang, std::vector<int>& objects, int index) const {
    const WaitingThread& thread = Thread(index);
    Participant participant;
    participant.thread = thread.thread;
    participant.role = thread.role;
    participant.context = thread.context;
    participant.lock = LockIn(hang, objects, thread.wants);
    participant.mode = thread.mode;
    participant.kind = thread.kind;
    participant.at = thread.at;
    participant.action =
        (thread.spins ? "tries again and again to get " : "waits for ") + thread.wants_text + AtLine(thread.at);
    for (const HeldObject& held : thread.held) {
      participant.held.push_back({LockIn(hang, objects, held.object), held.mode, held.kind, held.at});
    }
    participant.action += Whom(thread, index);
    return participant;
  }

  // ", held by t2 (x.workload:4)".
  std::string Whom(const WaitingThread& thread, int index) const {
    if (thread.waits_for.empty()) return ", which nobody is left to do";
    std::string text;
    for (const WaitsFor& link : thread.waits_for) {
      text += text.empty() ? ", " : " and ";
      if (link.thread < 0) {
        text += "held by " + link.name + ", which " + link.state;
      } else if (link.queued) {
        text += "behind " + Thread(link.thread).thread + ", which waits to write it";
      } else {
        const WaitingThread& other = Thread(link.thread);
        const auto held = std::find_if(other.held.begin(), other.held.end(),
                                       [&](const HeldObject& each) { return each.object == thread.wants; });
        text += (held == other.held.end() ? "which is for " : "held by ") +
                (link.thread == index ? "itself" : other.thread) +
                (held == other.held.end() ? " to do" : AtLine(held->at));
      }
    }
    return text;
  }

  // What the threads did that matters, in order.
  std::vector<Wording> Witness(const std::vector<int>& threads) const {
    std::set<std::pair<std::uint64_t, std::string>> steps;
    for (const int index : threads) {
      const WaitingThread& thread = Thread(index);
      for (const HeldObject& held : thread.held)
        steps.insert({held.stamp, thread.thread + ": " + held.step + AtLine(held.at)});
      steps.insert({thread.stamp, thread.thread + ": " + thread.step + AtLine(thread.at) +
                                      (thread.spins ? " again and again" : " waits")});
    }
    std::vector<Wording> witness;
    for (const auto& [stamp, step] : steps) witness.push_back(step);
    return witness;
  }

  const Snapshot& snapshot_;
  const std::string& source_;
  const std::string& where_;
  static constexpr std::size_t kStepsMax = 100'000;

  std::vector<bool> explained_;
  std::vector<Finding> hangs_;
  std::size_t steps_ = 0;  // of the search for cycles
  bool complete_ = true;
  mutable std::uint64_t closing_stamp_ = 0;
};

// The locks of a class may be of several types; without a class the type tells a lock from an event of its name.
bool SameNode(const FindingLock& a, const FindingLock& b) {
  return a.name == b.name && a.class_name == b.class_name && a.subclass == b.subclass &&
         (!a.class_name.empty() || a.type == b.type);
}

bool SameCycle(const Finding& finding, const Finding& hang) {
  const int length = finding.cycle_length;
  if (length != hang.cycle_length || finding.edges.size() != hang.edges.size() || finding.edges.empty()) return false;
  for (int shift = 0; shift < length; ++shift) {
    bool same = true;
    for (int i = 0; i < length; ++i) {
      same = same && SameNode(finding.locks[static_cast<std::size_t>(i)],
                              hang.locks[static_cast<std::size_t>((i + shift) % length)]);
    }
    if (same) return true;
  }
  return false;
}

const FindingLock& LockOf(const Finding& finding, int lock) { return finding.locks[static_cast<std::size_t>(lock)]; }

// A thread that only tries makes no order.  One that waits for a time, again and again, does.
bool OnlyWaits(const Finding& hang) {
  return std::none_of(hang.edges.begin(), hang.edges.end(),
                      [](const FindingEdge& edge) { return edge.wanted_kind == Kind::kTrylock; });
}

// Two instances, one inside the other, without an order.
bool IsNesting(const Finding& finding) {
  return finding.kind == FindingKind::kRecursive && !finding.edges.empty() &&
         finding.edges[0].held != finding.edges[0].wanted;
}

// A reader behind a writer that waits for it, not a wait for itself alone.
bool ReadsAgain(const Finding& hang) {
  return IsShared(hang.edges[0].held_mode) && IsShared(hang.edges[0].wanted_mode);
}

// The lock that the edge wants, under the subclass under which it wants it.
FindingLock AsWanted(const Finding& hang, const FindingEdge& edge) {
  FindingLock lock = LockOf(hang, edge.wanted);
  if (edge.wanted_subclass >= 0) lock.subclass = edge.wanted_subclass;
  return lock;
}

bool NestsIn(const Finding& finding, const Finding& hang) {
  if (!IsNesting(finding)) return false;
  const FindingEdge& link = finding.edges[0];
  return std::any_of(hang.edges.begin(), hang.edges.end(), [&](const FindingEdge& edge) {
    return edge.held != edge.wanted && edge.wanted_kind != Kind::kTrylock &&
           SameNode(LockOf(finding, link.held), LockOf(hang, edge.held)) &&
           SameNode(LockOf(finding, link.wanted), AsWanted(hang, edge));
  });
}

// One lock of the finding's node is read twice.  The finding may show two instances instead, one inside the
// other: all nestings of one node are one finding.
bool IsReadAgain(const Finding& finding, const Finding& hang) {
  return hang.cycle_length == 1 && hang.edges.size() == 1 && !finding.edges.empty() && ReadsAgain(hang) &&
         SameNode(LockOf(finding, finding.edges[0].wanted), LockOf(hang, 0));
}

bool IsSamePlace(const Place& a, const Place& b) { return a.line > 0 && a.line == b.line && a.file == b.file; }

// One thread asks again and again for what it holds: for itself, or behind a writer that waits for it.  A line may have
// several requests: the node has to be the same, too.
bool AsksAgainIn(const Finding& finding, const Finding& hang) {
  if (finding.edges.empty() || hang.cycle_length != 1 || !hang.edges.empty()) return false;
  const FindingEdge& link = finding.edges[0];
  if (!SameNode(LockOf(finding, link.wanted), LockOf(hang, 0))) return false;
  return std::any_of(hang.participants.begin(), hang.participants.end(), [&](const Participant& asks) {
    if (asks.lock != 0 || asks.kind == Kind::kBlocking || !IsSamePlace(asks.at, link.wanted_at)) return false;
    return std::any_of(asks.held.begin(), asks.held.end(), [&](const AlsoHeld& held) {
      return held.lock == asks.lock && IsSamePlace(held.at, link.held_at);
    });
  });
}

}  // namespace

LinkForms LinkFormsOf(const Finding& hang) {
  LinkForms forms;
  for (const FindingEdge& edge : hang.edges) {
    forms.push_back({edge.wanted_subclass, IsShared(edge.held_mode) ? 1 : 0, IsShared(edge.wanted_mode) ? 1 : 0,
                     static_cast<int>(edge.wanted_kind)});
  }
  return forms;
}

std::vector<Finding> Hangs(const Snapshot& snapshot, const std::string& source, const std::string& where,
                           bool* complete) {
  HangFinder finder(snapshot, source, where);
  std::vector<Finding> hangs = finder.Run();
  if (complete != nullptr) *complete = finder.complete();
  return hangs;
}

std::vector<Finding> SelfDeadlocks(const Snapshot& snapshot, const std::string& source, const std::string& where) {
  return HangFinder(snapshot, source, where).RunForSelfDeadlocks();
}

bool HappenedIn(const Finding& finding, const Finding& hang) {
  switch (finding.kind) {
    case FindingKind::kCircular: return hang.kind == FindingKind::kHang && OnlyWaits(hang) && SameCycle(finding, hang);
    case FindingKind::kRecursive:
      return NestsIn(finding, hang) || IsReadAgain(finding, hang) || AsksAgainIn(finding, hang);
    case FindingKind::kSelfDeadlock:
      return (SameCycle(finding, hang) && !ReadsAgain(hang)) || AsksAgainIn(finding, hang);
    default: return false;
  }
}

void Confirm(Finding& finding, const Finding& hang) {
  if ((IsNesting(finding) && NestsIn(finding, hang)) || AsksAgainIn(finding, hang)) {
    // One link of the hang; the others are not its own.
    finding.verdict = hang.verdict;
    finding.strength = hang.strength;
    finding.reasons.clear();
    finding.missing.clear();
    finding.witness = hang.witness;
    finding.schedule = hang.schedule;
    finding.detail = hang.detail;
    return;
  }
  const FindingKind kind = finding.kind;
  finding = hang;
  finding.kind = kind;
  SetFingerprint(finding);
}

bool ConfirmByHang(std::vector<Finding>& findings, const Finding& hang) {
  bool some = false;
  for (Finding& finding : findings) {
    if (!HappenedIn(finding, hang)) continue;
    Confirm(finding, hang);
    some = true;
  }
  return some;
}

}  // namespace lockdep
