#include "lockdep/report_sides.h"

#include <algorithm>
#include <cstddef>

#include "lockdep/report_lines.h"
#include "lockdep/report_text.h"

namespace lockdep {
namespace {

// "a (exclusive, trylock)"; an event is not taken in any mode.
std::string LockWords(const ReportLines& lines, int lock, Mode mode, Kind kind) {
  const std::string& label = lines.Label(lock);
  if (lines.IsEvent(lock)) return label;
  return label + " (" + std::string(ToString(mode)) + ", " + std::string(ToString(kind)) + ')';
}

std::string HeldWords(const ReportLines& lines, int lock, Mode mode, Kind kind) {
  return (lines.IsEvent(lock) ? " has yet to do: " : " took ") + LockWords(lines, lock, mode, kind);
}

Side SideOf(const ReportLines& lines, const FindingEdge& edge) {
  Side side;
  side.who = ReportLines::Who(edge.thread, edge.role, edge.context);
  side.steps.push_back({side.who + HeldWords(lines, edge.held, edge.held_mode, edge.held_kind), &edge.held_at});
  side.steps.push_back({side.who + (lines.IsEvent(edge.wanted) ? " waits for " : " asks for ") +
                            LockWords(lines, edge.wanted, edge.wanted_mode, edge.wanted_kind),
                        &edge.wanted_at});
  return side;
}

Side SideOf(const ReportLines& lines, const Participant& participant) {
  Side side;
  side.who = ReportLines::Who(participant.thread, participant.role, participant.context);
  for (const AlsoHeld& held : participant.held) {
    side.steps.push_back({side.who + HeldWords(lines, held.lock, held.mode, held.kind), &held.at});
  }
  const std::string lock = participant.lock < 0 ? "" : lines.Label(participant.lock) + ": ";
  side.steps.push_back({lock + side.who + ' ' + participant.action, &participant.at});
  return side;
}

// Whether a link says the same already: of a cycle that hung, each participant is the wait of a link.
bool IsOfLink(const Finding& finding, const Participant& participant) {
  return std::any_of(finding.edges.begin(), finding.edges.end(), [&](const FindingEdge& edge) {
    return edge.thread == participant.thread && edge.wanted == participant.lock &&
           edge.wanted_at.file == participant.at.file && edge.wanted_at.line == participant.at.line;
  });
}

// With a full stop where there is none.
std::string Sentence(const std::string& text) { return text.empty() || text.back() == '.' ? text : text + '.'; }

}  // namespace

std::vector<Side> Sides(const Finding& finding) {
  const TextOptions options;
  const ReportLines lines(finding, options);
  std::vector<Side> sides;
  for (const FindingEdge& edge : finding.edges) sides.push_back(SideOf(lines, edge));
  for (const Participant& participant : finding.participants) {
    if (!IsOfLink(finding, participant)) sides.push_back(SideOf(lines, participant));
  }
  return sides;
}

std::vector<SideStep> HeldBeside(const Finding& finding) {
  const TextOptions options;
  const ReportLines lines(finding, options);
  std::vector<SideStep> steps;
  for (const FindingEdge& edge : finding.edges) {
    const std::string who = ReportLines::Who(edge.thread, edge.role, edge.context);
    for (const AlsoHeld& held : edge.also_held) {
      steps.push_back({who + " also held " + LockWords(lines, held.lock, held.mode, held.kind), &held.at});
    }
  }
  return steps;
}

const Place* MainPlace(const Finding& finding) {
  const auto closing = static_cast<std::size_t>(finding.closing_edge);
  if (finding.closing_edge >= 0 && closing < finding.edges.size() && !finding.edges[closing].wanted_at.file.empty()) {
    return &finding.edges[closing].wanted_at;
  }
  for (const Participant& participant : finding.participants) {
    if (finding.edges.empty() && !participant.at.file.empty()) return &participant.at;
  }
  for (const FindingEdge& edge : finding.edges) {
    for (const Place* place : {&edge.wanted_at, &edge.held_at}) {
      if (!place->file.empty()) return place;
    }
  }
  for (const Side& side : Sides(finding)) {
    for (const SideStep& step : side.steps) {
      if (!step.at->file.empty()) return step.at;
    }
  }
  return nullptr;
}

std::string FindingMessage(const Finding& finding) {
  std::string text = Sentence(Summary(finding));
  if (!finding.detail.empty()) text += ' ' + Sentence(finding.detail);
  for (const Reason& reason : finding.reasons) {
    text += ' ' + Sentence(std::string(ToString(reason.kind)) + ": " + reason.evidence.text());
  }
  for (std::size_t i = 0; i < finding.missing.size(); ++i) {
    text += (i == 0 ? " What would decide: " : "; ") + finding.missing[i].text();
  }
  return Sentence(text);
}

}  // namespace lockdep
