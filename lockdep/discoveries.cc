#include "lockdep/discoveries.h"

#include <algorithm>

namespace lockdep {
namespace {

using Code = LockProgram::Code;

}  // namespace

Discoveries::Discoveries(const PackedProgram& program, Transitions& transitions, const SearchOptions& options)
    : program_(program),
      transitions_(transitions),
      options_(options),
      watches_races_(std::any_of(program.program.variables.begin(), program.program.variables.end(),
                                 [](const LockProgram::Variable& variable) { return variable.plain; })) {}

// --- Hangs ------------------------------------------------------------------------------------------

StuckSlots Discoveries::StuckIn(const Word* state) const { return StuckIn(state, ~std::uint64_t{0}); }

StuckSlots Discoveries::StuckIn(const Word* state, std::uint64_t slots) const {
  StuckSlots stuck;
  for (std::size_t i = 0; i < program_.slots.size(); ++i) {
    const int slot = static_cast<int>(i);
    if ((slots >> i & 1) == 0 || !transitions_.HasStarted(state, slot) || transitions_.HasEnded(state, slot)) continue;
    stuck.push_back({slot, transitions_.ActionOf(state, slot).at, false, HoldsIn(program_.slots[i], state)});
  }
  return stuck;
}

std::size_t Discoveries::NoteHang(const StuckSlots& stuck, std::uint64_t states, const MakePath& path) {
  result_.statistics.hang_states += states;
  const auto known = hang_of_.find(stuck);
  if (known != hang_of_.end()) {
    result_.hangs[known->second].states += states;
    return known->second;
  }
  if (result_.hangs.size() >= options_.hangs_max) return kNoHang;
  const std::size_t index = result_.hangs.size();
  hang_of_.insert({stuck, index});
  stuck_.push_back(stuck);
  paths_.push_back(path());
  ProgramHang& hang = result_.hangs.emplace_back();
  hang.states = states;
  Fill(hang, stuck, paths_.back());
  if (options_.stop && options_.stop(hang)) stopped_ = true;
  return index;
}

std::size_t Discoveries::HangOf(const StuckSlots& stuck) const {
  const auto known = hang_of_.find(stuck);
  return known == hang_of_.end() ? kNoHang : known->second;
}

void Discoveries::SetPath(std::size_t hang, const ProgramPath& path, bool minimal) {
  paths_[hang] = path;
  ProgramHang& filled = result_.hangs[hang];
  Fill(filled, stuck_[hang], path);
  filled.minimal = minimal;
}

void Discoveries::Fill(ProgramHang& hang, const StuckSlots& stuck, const ProgramPath& path) {
  PathRun run(program_, transitions_);
  run.DoAll(path);
  hang.schedule = run.schedule();
  std::vector<std::pair<int, bool>> by_number;
  for (const StuckSlot& each : stuck) by_number.emplace_back(run.numbers().NumberOf(each.slot), each.moves);
  std::sort(by_number.begin(), by_number.end());
  hang.stuck.clear();
  hang.moves.clear();
  for (const auto& [number, moves] : by_number) {
    hang.stuck.push_back(number);
    hang.moves.push_back(moves);
    hang.spinning = hang.spinning || moves;
  }
}

// --- Failures and races -----------------------------------------------------------------------------

void Discoveries::NoteFailure(const SlotStep& step, const MakePath& path) {
  if (!failed_.insert({program_.slots[step.slot].thread, step.op}).second) return;
  PathRun run(program_, transitions_);
  run.DoAll(path());
  run.DoAll({step});
  result_.failures.push_back({run.schedule(), LockProgram::kNone, {}});
}

void Discoveries::NoteRaces(const Word* state, const MakePath& path) {
  for (std::size_t v = 0; v < program_.variables.size(); ++v) {
    const int variable = static_cast<int>(v);
    if (!program_.program.variables[v].plain || raced_.contains(variable)) continue;
    const std::vector<Access> accesses = AccessesOf(state, variable);
    for (const Access& first : accesses) {
      for (const Access& second : accesses) {
        if (first.slot == second.slot || (!first.writes && !second.writes) || raced_.contains(variable)) continue;
        if (NoteRace(state, variable, first.slot, second.slot, path)) raced_.insert(variable);
      }
    }
  }
}

std::vector<Discoveries::Access> Discoveries::AccessesOf(const Word* state, int variable) const {
  std::vector<Access> accesses;
  for (std::size_t i = 0; i < program_.slots.size(); ++i) {
    const int slot = static_cast<int>(i);
    if (!transitions_.HasStarted(state, slot)) continue;
    const LockProgram::Op& op = *transitions_.ActionOf(state, slot).op;
    const bool writes = op.code == Code::kAssign && op.number == variable;
    const bool tests = op.code == Code::kAwait || op.code == Code::kJumpUnless ||
                       (op.code == Code::kAssert && op.lock == LockProgram::kNone);
    const bool reads = (op.code == Code::kAssign && op.expression.variable == variable) ||
                       (tests && (op.condition.variable == variable || op.condition.right.variable == variable));
    if (reads || writes) accesses.push_back({slot, writes});
  }
  return accesses;
}

// If `first` can go on.  Where `second` cannot go on then, it is an await that looks at the variable all the time.
bool Discoveries::NoteRace(const Word* state, int variable, int first, int second, const MakePath& path) {
  StepBuffer steps(program_.words);
  transitions_.Of(state, first, steps);
  if (steps.size() == 0) return false;
  PathRun run(program_, transitions_);
  run.DoAll(path());
  ProgramFailure race;
  race.variable = variable;
  const SlotStep looks = transitions_.StepOf(second, transitions_.ActionOf(state, second), StepResult::kDone);
  race.accesses = {run.numbers().ToProgram(steps.step(0)), run.numbers().ToProgram(looks)};
  run.DoAll({steps.step(0)});
  run.Do(looks);
  race.schedule = run.schedule();
  result_.races.push_back(std::move(race));
  return true;
}

}  // namespace lockdep
