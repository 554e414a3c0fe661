#include "lockdep/program_path.h"

#include <algorithm>
#include <cstdint>

#include "lockdep/check.h"

namespace lockdep {

PathRun::PathRun(const PackedProgram& program, Transitions& transitions)
    : program_(program),
      transitions_(transitions),
      buffer_(program.words),
      state_(transitions.Initial()),
      numbers_(program, transitions) {}

bool PathRun::Do(const SlotStep& step) {
  buffer_.Clear();
  transitions_.Of(state_.data(), step.slot, buffer_);
  for (std::size_t i = 0; i < buffer_.size(); ++i) {
    if (buffer_.step(i) != step) continue;
    numbers_.Append(step, schedule_);
    state_.assign(buffer_.state(i), buffer_.state(i) + program_.words);
    numbers_.Follow(state_.data());
    return true;
  }
  return false;
}

void PathRun::DoAll(const ProgramPath& path) {
  for (const SlotStep& step : path) {
    const bool done = Do(step);
    LOCKDEP_CHECK(done);
  }
}

ProgramPath WithFewerSwitches(const PackedProgram& program, Transitions& transitions, const ProgramPath& path) {
  PathRun original(program, transitions);
  original.DoAll(path);
  PathRun run(program, transitions);
  ProgramPath rest = path;
  ProgramPath result;
  while (!rest.empty()) {
    // Only the first step that is left of each slot can be next; the slot that went last rather than others.
    std::uint64_t seen = 0;
    const auto same = std::find_if(rest.begin(), rest.end(), [&](const SlotStep& step) {
      return !result.empty() && step.slot == result.back().slot;
    });
    auto next = same != rest.end() && run.Do(*same) ? same : rest.end();
    for (auto step = rest.begin(); next == rest.end() && step != rest.end(); ++step) {
      const bool first = (seen >> step->slot & 1) == 0;
      seen |= std::uint64_t{1} << step->slot;
      if (first && step != same && run.Do(*step)) next = step;
    }
    if (next == rest.end()) return path;
    result.push_back(*next);
    rest.erase(next);
  }
  const bool same_end = std::equal(run.state(), run.state() + program.words, original.state());
  return same_end && SwitchesOf(result) < SwitchesOf(path) ? result : path;
}

int SwitchesOf(const ProgramPath& path) {
  int switches = 0;
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (path[i].slot != path[i - 1].slot) ++switches;
  }
  return switches;
}

}  // namespace lockdep
