#include "lockdep/kernel/report_cycle.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>

#include "lockdep/kernel/lock_text.h"

namespace lockdep::kernel {
namespace {

ReportedLink Link(const LockText& lock, bool gap) {
  ReportedLink link;
  link.held = lock;
  link.gap = gap;
  return link;
}

// What an entry says of the link that wants its lock.
void Ask(const ChainEntry& entry, ReportedLink& link) {
  link.wanted_at = entry.trace;
  link.thread = entry.thread;
  if (!entry.holding) return;
  link.how_held = entry.holding;
  link.how_wanted = entry.lock;
}

// From the entries that are shown, by number; #0 and #N also from the first lines.
ReportedCycle FromChain(const KernelReport& report) {
  std::vector<const ChainEntry*> entries;
  for (const ChainEntry& entry : report.chain) entries.push_back(&entry);
  std::stable_sort(entries.begin(), entries.end(),
                   [](const ChainEntry* a, const ChainEntry* b) { return a->number < b->number; });
  ReportedCycle cycle;
  if (entries.front()->number != 0 && report.wanted)
    cycle.links.push_back(Link(*report.wanted, entries.front()->number > 1));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool last = i + 1 == entries.size();
    ReportedLink link = Link(entries[i]->lock, !last && entries[i + 1]->number != entries[i]->number + 1);
    // The trace of an entry tells how its own lock was taken, so it belongs to the link before.
    if (!cycle.links.empty()) Ask(*entries[i], cycle.links.back());
    cycle.links.push_back(std::move(link));
  }
  if (entries.front()->number == 0) Ask(*entries.front(), cycle.links.back());
  if (report.held && cycle.links.back().held.Label() != report.held->Label()) {
    cycle.links.back().gap = true;
    if (!cycle.links.empty()) cycle.links.back().wanted_at.clear();
    cycle.links.push_back(Link(*report.held, false));
  }
  return cycle;
}

// "a --> b --> c": the first, the last but one, and the last; between the first two there may be others.
ReportedCycle FromNames(const KernelReport& report) {
  ReportedCycle cycle;
  const std::vector<std::string>& names = report.chain_names;
  for (std::size_t i = 0; i < names.size(); ++i)
    cycle.links.push_back(Link(NamedLock(names[i]), i == 0 && names.size() > 2));
  return cycle;
}

ReportedCycle FromFirstLines(const KernelReport& report) {
  ReportedCycle cycle;
  if (report.wanted) cycle.links.push_back(Link(*report.wanted, true));
  if (!report.held) return cycle;
  cycle.links.push_back(Link(*report.held, false));
  // A scenario without "Chain exists of:" is that of a cycle of two locks (print_circular_lock_scenario).
  if (report.scenario.size() == 4 && cycle.links.size() == 2) {
    const std::set<std::string> steps(report.scenario.begin(), report.scenario.end());
    cycle.links.front().gap = steps.size() != 2;
  }
  return cycle;
}

}  // namespace

bool ReportedCycle::IsComplete() const {
  if (links.size() < 2) return false;
  return std::none_of(links.begin(), links.end(), [](const ReportedLink& link) { return link.gap; });
}

ReportedCycle CycleOf(const KernelReport& report) {
  ReportedCycle cycle = !report.chain.empty()           ? FromChain(report)
                        : report.chain_names.size() > 1 ? FromNames(report)
                                                        : FromFirstLines(report);
  if (!cycle.links.empty() && cycle.links.back().wanted_at.empty()) cycle.links.back().wanted_at = report.backtrace;
  return cycle;
}

}  // namespace lockdep::kernel
