#include "lockdep/explore/report.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "lockdep/check.h"
#include "lockdep/symbolize.h"

namespace lockdep::explore {
namespace {

// What is below the body and the threads' routines is of no interest.
Place PlaceAt(const std::vector<std::uintptr_t>& stack) {
  Place place;
  place.pcs = stack;
  if (stack.empty() || stack[0] == 0) return {};
  Symbolize(place);
  const auto ours = std::find_if(place.stack.begin(), place.stack.end(), [](const StackFrame& frame) {
    return frame.function == "lockdep::explore::Execution::RunToEnd";
  });
  if (ours != place.stack.begin()) place.stack.erase(ours, place.stack.end());
  return place;
}

std::string AtLine(const Place& place) {
  return place.line == 0 ? "" : " (" + place.file + ":" + std::to_string(place.line) + ")";
}

// Something can be done with the thread, other than that it wakes up by itself.
bool CanGoOn(const Execution& execution, Runner runner) {
  std::vector<Choice> choices;
  execution.AppendChoices(choices);
  return std::any_of(choices.begin(), choices.end(), [&](const Choice& choice) {
    return choice.runner == runner && choice.outcome != Outcome::kSpurious;
  });
}

class SnapshotMaker {
 public:
  SnapshotMaker(const Execution& execution, const Vocabulary& vocabulary, std::size_t loop, bool with_places)
      : execution_(execution), vocabulary_(vocabulary), loop_(loop), with_places_(with_places) {}

  Snapshot Run() {
    for (std::size_t i = 0; i < execution_.thread_count(); ++i) {
      if (execution_.Rests(execution_.thread(i))) continue;
      index_[static_cast<Runner>(i)] = static_cast<int>(index_.size());
    }
    for (const auto& [runner, index] : index_) snapshot_.threads.push_back(Describe(execution_.thread(runner)));
    // Who waits for something that somebody must do: those whom it keeps from doing anything.
    for (const auto& [runner, index] : index_) {
      const Code code = execution_.thread(runner).pending.code;
      if (code == Code::kSleep || code == Code::kWaitFor) AddKeptBy(runner);
    }
    return std::move(snapshot_);
  }

 private:
  int ObjectIndex(ObjectUid uid, unsigned subclass) {
    const auto [it, is_new] = objects_.try_emplace({uid, subclass}, static_cast<int>(snapshot_.objects.size()));
    if (is_new) {
      snapshot_.objects.push_back(vocabulary_.NameOf(uid).lock);
      if (!snapshot_.objects.back().class_name.empty()) snapshot_.objects.back().subclass = static_cast<int>(subclass);
    }
    return it->second;
  }

  // A lock is the same object by whatever subclass it is wanted: that by which it is held, if it is.
  int LockIndex(const Object& object, unsigned subclass) {
    for (std::size_t i = 0; i < execution_.thread_count(); ++i) {
      for (const Hold& hold : execution_.thread(i).holds) {
        if (hold.object == &object) subclass = hold.how.subclass();
      }
    }
    return ObjectIndex(object.uid, subclass);
  }

  int EndIndex(ThreadUid thread) {
    const auto [it, is_new] = ends_.try_emplace(thread, static_cast<int>(snapshot_.objects.size()));
    if (is_new) {
      FindingLock end;
      end.name = "end of " + vocabulary_.ThreadName(thread);
      end.type = LockType::kThreadEnd;
      snapshot_.objects.push_back(std::move(end));
    }
    return it->second;
  }

  WaitingThread Describe(const SimulatedThread& thread) {
    WaitingThread result;
    result.thread = vocabulary_.ThreadName(thread.uid);
    result.stamp = 2 * thread.since + 1;
    for (const Hold& hold : thread.holds) {
      HeldObject held;
      held.object = LockIndex(*hold.object, hold.how.subclass());
      held.mode = hold.mode;
      held.kind = hold.kind;
      if (with_places_) held.at = PlaceAt(hold.stack);
      held.stamp = 2 * hold.step;
      held.step = WordOf(Code::kTake, hold.asked, hold.kind) + " " + vocabulary_.NameOf(hold.object->uid).text;
      result.held.push_back(std::move(held));
    }
    if (loop_ > 0 && CanGoOn(execution_, thread.runner)) {
      DescribeSpin(thread, result);
    } else {
      DescribeWait(thread, thread.pending, thread.stack, result);
    }
    return result;
  }

  // Its last step in the loop that got nothing, or else read something, or else any.
  void DescribeSpin(const SimulatedThread& thread, WaitingThread& result) {
    const auto& trail = execution_.trail();
    std::optional<std::size_t> best;
    int best_rank = -1;
    for (std::size_t i = trail.size() - loop_; i < trail.size(); ++i) {
      const Step& step = trail[i].step;
      if (step.thread != thread.uid) continue;
      const int rank = step.outcome == Outcome::kNotGot ? 2 : IsAccess(step.code) ? 1 : 0;
      if (rank < best_rank) continue;
      best_rank = rank;
      best = i;
    }
    if (!best) return DescribeWait(thread, thread.pending, thread.stack, result);
    result.stamp = 2 * (*best + 1) + 1;
    DescribeWait(thread, trail[*best].operation, trail[*best].stack, result);
  }

  void DescribeWait(const SimulatedThread& thread, const Operation& op, const std::vector<std::uintptr_t>& stack,
                    WaitingThread& result) {
    if (with_places_) result.at = PlaceAt(stack);
    result.mode = op.mode;
    result.kind = op.kind;
    const std::string word = WordOf(op.code, op.mode, op.kind);
    if (op.code == Code::kJoin) {
      const SimulatedThread& target = execution_.thread(op.target);
      const std::string& name = vocabulary_.ThreadName(target.uid);
      result.wants = EndIndex(target.uid);
      result.wants_text = "the end of " + name;
      result.step = "join " + name;
      AddLink(op.target, false, result);
      return;
    }
    if (op.object == nullptr) {
      result.wants = EndIndex(thread.uid);
      result.wants_text = "others";
      result.step = word;
      return;
    }
    const std::string& name = vocabulary_.NameOf(op.object->uid).text;
    result.wants = op.code == Code::kTake ? LockIndex(*op.object, op.how.subclass()) : ObjectIndex(op.object->uid, 0);
    result.wants_text = op.code == Code::kSleep ? "a signal of " + name : name;
    result.step = word + " " + name;
    if (op.code != Code::kTake) return;
    for (const Blocker& blocker : WhoBlocks(op.object->lock_type, op.object->lock, thread.runner, op.mode)) {
      AddLink(blocker.runner, blocker.queued, result);
    }
  }

  void AddLink(Runner runner, bool queued, WaitingThread& result) const {
    WaitsFor link;
    const auto it = index_.find(runner);
    link.thread = it == index_.end() ? -1 : it->second;
    link.name = vocabulary_.ThreadName(execution_.thread(runner).uid);
    if (!execution_.thread(runner).ended) link.state = "goes round for ever";
    link.queued = queued;
    result.waits_for.push_back(std::move(link));
  }

  // Threads that cannot go on, in the end, because of something that `sleeper` holds.
  void AddKeptBy(Runner sleeper) {
    const int self = index_.at(sleeper);
    std::set<int> kept;
    for (bool grew = true; grew;) {
      grew = false;
      for (const auto& [runner, index] : index_) {
        if (index == self || kept.contains(index)) continue;
        const WaitingThread& thread = snapshot_.threads[static_cast<std::size_t>(index)];
        const bool joins = execution_.thread(runner).pending.code == Code::kJoin;
        for (const WaitsFor& link : thread.waits_for) {
          if (!kept.contains(link.thread) && (link.thread != self || joins)) continue;
          grew = kept.insert(index).second || grew;
        }
      }
    }
    for (const int index : kept) {
      WaitsFor link;
      link.thread = index;
      link.name = snapshot_.threads[static_cast<std::size_t>(index)].thread;
      snapshot_.threads[static_cast<std::size_t>(self)].waits_for.push_back(std::move(link));
    }
  }

  const Execution& execution_;
  const Vocabulary& vocabulary_;
  const std::size_t loop_;
  const bool with_places_;
  Snapshot snapshot_;
  std::map<Runner, int> index_;  // of those that do not rest
  std::map<std::pair<ObjectUid, unsigned>, int> objects_;
  std::map<ThreadUid, int> ends_;
};

class Reporter {
 public:
  Reporter(Execution& execution, const std::string& source, std::vector<std::string>& errors)
      : execution_(execution), vocabulary_(execution.vocabulary()), source_(source), errors_(errors) {}

  void Add(const Found& found) {
    if (!RunAgain(found)) return;
    const std::size_t all = execution_.trail().size();
    switch (found.what) {
      case Found::What::kHang:
        for (Finding& hang : HangFindings()) Finish(found, std::move(hang), all);
        return;
      case Found::What::kLivelock: return Finish(found, Livelock(), all);
      case Found::What::kProblem: return Finish(found, OfProblem(), all);
      case Found::What::kRace:
        // What is part of the second access, such as a join behind it, is left out.
        for (const Race& race : races_) Finish(found, OfRace(race), race.second.step);
        return;
    }
  }

  std::vector<Reached> Take() {
    std::vector<Reached> result;
    for (auto& [key, reached] : reached_) result.push_back(std::move(reached));
    return result;
  }

 private:
  // `shown`: so many steps of the trail lead there.
  void Finish(const Found& found, Finding finding, std::size_t shown) {
    const std::vector<ScheduleStep> steps = Steps(found, shown);
    finding.source = source_;
    finding.verdict = Verdict::kReal;
    finding.strength = Strength::kExecuted;
    finding.schedule = ScheduleLine(execution_, vocabulary_, shown, loop_, found.what == Found::What::kHang);
    if (finding.witness.empty()) finding.witness = Witness(steps);
    SetFingerprint(finding);
    Keep({std::move(finding), steps, found.minimal});
  }

  // Hangs first.
  static int Rank(const Finding& finding) { return IsHang(finding.kind) ? 0 : 1; }
  static std::size_t SwitchesOf(const Reached& reached) {
    std::size_t switches = 0;
    for (std::size_t i = 1; i < reached.steps.size(); ++i)
      switches += reached.steps[i].thread != reached.steps[i - 1].thread ? 1 : 0;
    return switches;
  }
  void Keep(Reached reached) {
    const std::pair<int, std::uint64_t> key{Rank(reached.finding), reached.finding.fingerprint};
    const auto it = reached_.find(key);
    if (it == reached_.end()) {
      reached_.emplace(key, std::move(reached));
    } else if (std::pair(SwitchesOf(reached), reached.steps.size()) <
               std::pair(SwitchesOf(it->second), it->second.steps.size())) {
      it->second = std::move(reached);
    }
  }

  // The trail has more steps than the schedule: those that are part of the one before.
  bool RunAgain(const Found& found) {
    execution_.Begin(true);
    races_.clear();
    loop_ = 0;
    std::size_t loop_begin = 0;
    for (std::size_t i = 0; i < found.schedule.size(); ++i) {
      const Step& step = found.schedule[i];
      if (i + found.loop == found.schedule.size()) loop_begin = execution_.trail().size();
      const std::optional<Choice> choice = execution_.problem() ? std::nullopt : execution_.Find(step);
      if (!choice) {
        errors_.push_back(
            "not deterministic at operation " + std::to_string(execution_.steps() + 1) + ": expected " +
            vocabulary_.StepText(step) + ", found " +
            (execution_.problem() ? execution_.problem()->text : WhatIsFound(execution_, vocabulary_, step)));
        return false;
      }
      last_chosen_ = execution_.trail().size();
      execution_.Do(*choice);
      for (Race& race : execution_.TakeRaces()) races_.push_back(race);
    }
    if (found.loop > 0) loop_ = execution_.trail().size() - loop_begin;
    return true;
  }

  std::vector<Finding> HangFindings() {
    std::vector<Finding> hangs = Hangs(SnapshotOf(execution_, vocabulary_, loop_, true), source_, "in the model");
    for (Finding& hang : hangs) {
      // Who waits for itself, not for a writer that waits for it, has a kind of its own.
      const bool alone = hang.edges.size() == 1 && hang.edges[0].held == hang.edges[0].wanted &&
                         (!IsShared(hang.edges[0].held_mode) || !IsShared(hang.edges[0].wanted_mode));
      if (alone) hang.kind = FindingKind::kSelfDeadlock;
    }
    if (hangs.empty())
      errors_.push_back("a hang could not be described: " +
                        ScheduleLine(execution_, vocabulary_, execution_.trail().size(), loop_, true));
    return hangs;
  }

  Finding Livelock() {
    Finding finding;
    finding.kind = FindingKind::kLivelock;
    std::set<ThreadUid> seen;
    const auto& trail = execution_.trail();
    for (std::size_t i = trail.size(); i-- > trail.size() - loop_;) {
      const Step& step = trail[i].step;
      const bool tells = step.outcome == Outcome::kNotGot || IsAccess(step.code);
      if (!tells || !seen.insert(step.thread).second) continue;
      finding.participants.insert(finding.participants.begin(), ParticipantAt(trail[i], Again(step)));
    }
    for (std::size_t i = trail.size() - loop_; i < trail.size(); ++i) {
      if (seen.insert(trail[i].step.thread).second)
        finding.participants.push_back(ParticipantAt(trail[i], Again(trail[i].step)));
    }
    for (const Participant& each : finding.participants) {
      finding.detail += (finding.detail.empty() ? "" : "; ") + each.thread + " " + each.action;
    }
    finding.detail += ": they can go round for ever, although they could leave";
    return finding;
  }

  std::string Again(const Step& step) const { return "does '" + vocabulary_.Words(step) + "' again and again"; }

  Participant ParticipantAt(const Execution::Trail& at, std::string action) const {
    Participant participant;
    participant.thread = vocabulary_.ThreadName(at.step.thread);
    participant.action = std::move(action);
    participant.at = PlaceAt(at.stack);
    return participant;
  }

  Finding OfProblem() const {
    const Problem& problem = *execution_.problem();
    Finding finding;
    finding.kind = *problem.kind;
    finding.detail = problem.text;
    Participant participant;
    participant.thread = problem.thread_name;
    participant.action = problem.action;
    participant.at = PlaceAt(problem.stack);
    if (problem.object != 0) {
      finding.locks.push_back(vocabulary_.NameOf(problem.object).lock);
      finding.cycle_length = 1;
      participant.lock = 0;
      participant.mode = problem.mode;
    }
    if (problem.thread_name.empty() && last_chosen_ < execution_.trail().size()) {
      const Execution::Trail& last = execution_.trail()[last_chosen_];
      participant = ParticipantAt(last, "breaks it by '" + vocabulary_.Words(last.step) + "'");
    }
    finding.participants = {std::move(participant)};
    return finding;
  }

  Finding OfRace(const Race& race) const {
    const std::string& name = vocabulary_.NameOf(race.object->uid).text;
    Finding finding;
    finding.kind = FindingKind::kDataRace;
    for (const Access* access : {&race.first, &race.second}) {
      const bool writes = IsWrite(access->code);
      const Execution::Trail& at = execution_.trail()[access->step - 1];
      finding.participants.push_back(ParticipantAt(at, (writes ? "writes " : "reads ") + name));
      finding.detail += (finding.detail.empty() ? name + " is " : " and ") + (writes ? "written by " : "read by ") +
                        finding.participants.back().thread;
    }
    finding.detail += ", unordered";
    return finding;
  }

  std::vector<ScheduleStep> Steps(const Found& found, std::size_t shown) const {
    std::vector<ScheduleStep> steps;
    for (std::size_t i = 0; i < shown; ++i) {
      const Execution::Trail& each = execution_.trail()[i];
      steps.push_back(
          {vocabulary_.ThreadName(each.step.thread), vocabulary_.Words(each.step), PlaceAt(each.stack), false});
    }
    if (found.what != Found::What::kHang) return steps;
    for (std::size_t i = 0; i < execution_.thread_count(); ++i) {
      const SimulatedThread& thread = execution_.thread(i);
      if (execution_.Rests(thread) || CanGoOn(execution_, thread.runner)) continue;
      steps.push_back({vocabulary_.ThreadName(thread.uid), vocabulary_.Words(execution_.PendingStep(thread)),
                       PlaceAt(thread.stack), true});
    }
    return steps;
  }

  static std::vector<Wording> Witness(const std::vector<ScheduleStep>& steps) {
    std::vector<Wording> witness;
    for (const ScheduleStep& step : steps) witness.push_back(step.thread + ": " + step.text + AtLine(step.at));
    return witness;
  }

  Execution& execution_;
  Vocabulary& vocabulary_;
  const std::string& source_;
  std::vector<std::string>& errors_;
  std::vector<Race> races_;
  std::size_t loop_ = 0;         // steps of the trail
  std::size_t last_chosen_ = 0;  // index into the trail; behind it is what belongs to that step
  std::map<std::pair<int, std::uint64_t>, Reached> reached_;
};

}  // namespace

Snapshot SnapshotOf(const Execution& execution, const Vocabulary& vocabulary, std::size_t loop, bool with_places) {
  return SnapshotMaker(execution, vocabulary, loop, with_places).Run();
}

std::string ScheduleLine(const Execution& execution, const Vocabulary& vocabulary, std::size_t shown, std::size_t loop,
                         bool hangs) {
  std::string line;
  const auto& trail = execution.trail();
  const auto add = [&](const std::string& word) { line += (line.empty() ? "" : " ") + word; };
  for (std::size_t i = 0; i < shown; ++i) {
    if (loop > 0 && i == trail.size() - loop) add("(");
    add(vocabulary.StepText(trail[i].step));
  }
  if (loop > 0) add(")");
  if (!hangs) return line;
  for (std::size_t i = 0; i < execution.thread_count(); ++i) {
    const SimulatedThread& thread = execution.thread(i);
    if (execution.Rests(thread) || thread.announced || CanGoOn(execution, thread.runner)) continue;
    add(vocabulary.OperationText(execution.PendingStep(thread)) + "*");
  }
  return line;
}

std::vector<Reached> Report(Execution& execution, const std::vector<Found>& found, const std::string& source,
                            std::vector<std::string>& errors) {
  Reporter reporter(execution, source, errors);
  for (const Found& each : found) reporter.Add(each);
  return reporter.Take();
}

}  // namespace lockdep::explore
