#include "lockdep/report_parts.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "lockdep/check.h"

namespace lockdep {
namespace {

std::string UpperCase(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

// " {shared, trylock}".
std::string How(Mode mode, Kind kind) {
  return " {" + std::string(ToString(mode)) + ", " + std::string(ToString(kind)) + '}';
}

}  // namespace

ReportParts::ReportParts(const Finding& finding, const TextOptions& options)
    : finding_(finding), options_(options), lines_(finding, options), holder_(finding.locks.size(), -1) {
  const int locks = static_cast<int>(finding.locks.size());
  for (std::size_t i = finding.edges.size(); i-- > 0;) {
    const FindingEdge& edge = finding.edges[i];
    LOCKDEP_CHECK(edge.held >= 0 && edge.held < locks && edge.wanted >= 0 && edge.wanted < locks);
    holder_[static_cast<std::size_t>(edge.held)] = static_cast<int>(i);
  }
}

std::string ReportParts::Chain(std::size_t start) const {
  const auto n = static_cast<std::size_t>(finding_.cycle_length);
  std::string text;
  for (std::size_t i = 0; i < n; ++i) text += lines_.Label(static_cast<int>((start + i) % n)) + " --> ";
  if (n == 0) return text;
  return IsClosed() ? text + lines_.Label(static_cast<int>(start)) : text.substr(0, text.size() - 5);
}

bool ReportParts::IsClosed() const {
  return finding_.kind == FindingKind::kCircular || finding_.kind == FindingKind::kHang ||
         finding_.kind == FindingKind::kLivelock;
}

// The link that was seen last, or the last one.
std::size_t ReportParts::ClosingEdge() const {
  const bool known =
      finding_.closing_edge >= 0 && static_cast<std::size_t>(finding_.closing_edge) < finding_.edges.size();
  return known ? static_cast<std::size_t>(finding_.closing_edge) : finding_.edges.size() - 1;
}

const FindingEdge& ReportParts::EdgeFromClosing(std::size_t offset) const {
  return finding_.edges[(ClosingEdge() + offset) % finding_.edges.size()];
}

const FindingEdge* ReportParts::Blocker(const FindingEdge& edge) const {
  const int holder = holder_[static_cast<std::size_t>(edge.wanted)];
  if (holder < 0 || &finding_.edges[static_cast<std::size_t>(holder)] == &edge) return nullptr;
  return &finding_.edges[static_cast<std::size_t>(holder)];
}

// "t1", or "t1 [1]" and "t1 [2]" where one thread makes several links.
std::vector<std::string> ReportParts::ColumnNames() const {
  std::map<std::string, int> uses;
  for (const FindingEdge& edge : finding_.edges) ++uses[edge.thread];
  std::map<std::string, int> seen;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
    const std::string& thread = EdgeFromClosing(i).thread;
    const std::string name = thread.empty() ? "CPU" + std::to_string(i) : thread;
    names.push_back(uses[thread] > 1 && !thread.empty() ? name + " [" + std::to_string(++seen[thread]) + ']' : name);
  }
  return names;
}

Colour ReportParts::VerdictColour() const {
  switch (finding_.verdict) {
    case Verdict::kReal:
    case Verdict::kPredicted: return Colour::kRed;
    case Verdict::kFalse: return Colour::kGreen;
    case Verdict::kUnknown: return Colour::kYellow;
  }
  return Colour::kNone;
}

std::string ReportParts::VerdictWords() const {
  std::string words = UpperCase(ToString(finding_.verdict));
  if (finding_.strength != Strength::kNone) words += " (" + std::string(ToString(finding_.strength)) + ')';
  return words;
}

void ReportParts::Header(const std::string& title) {
  lines_.Line(std::string(title.size(), '='));
  lines_.ColouredLine(VerdictColour(), title);
  const std::string claim = "verdict " + VerdictWords() + "  fingerprint " + FingerprintText(finding_.fingerprint) +
                            (finding_.fingerprint_weak ? " (weak)" : "");
  if (finding_.source.empty()) {
    lines_.Line(claim);
  } else if (finding_.source.size() + 2 + claim.size() <= kReportColumns) {
    lines_.Line(finding_.source + "  " + claim);
  } else {
    lines_.Line(finding_.source);
    lines_.Line(claim);
  }
  lines_.Line(std::string(title.size(), '-'));
}

void ReportParts::OtherInfo() {
  lines_.Line("other info that might help us debug this:");
  lines_.Line();
}

void ReportParts::TryingToAcquire(const FindingEdge& edge) {
  lines_.Line(Who(edge) + (lines_.IsEvent(edge.wanted) ? " is waiting for:" : " is trying to acquire lock:"));
  lines_.LockAt(" ", edge.wanted, edge.wanted_mode, edge.wanted_kind, edge.wanted_at);
  lines_.Line();
  if (lines_.IsEvent(edge.held)) {
    lines_.Line("but this task has yet to reach:");
    lines_.Line(' ' + lines_.Lock(edge.held));
  } else {
    lines_.Line("but task is already holding lock:");
    lines_.LockAt(" ", edge.held, edge.held_mode, edge.held_kind, edge.held_at);
  }
  lines_.Line();
}

void ReportParts::Link(std::size_t number, const FindingEdge& edge) {
  lines_.Line("-> #" + std::to_string(number) + ' ' + lines_.Lock(edge.wanted, edge.wanted_mode, edge.wanted_kind) +
              ", wanted by " + Who(edge));
  lines_.At(7, edge.wanted_at);
  if (lines_.IsEvent(edge.held)) {
    lines_.Line("   before " + lines_.Lock(edge.held));
  } else {
    lines_.Line("   while holding " + lines_.Lock(edge.held, edge.held_mode, edge.held_kind) + ", taken");
    lines_.At(7, edge.held_at);
  }
  lines_.Line();
}

void ReportParts::HeldAndWanted() {
  std::size_t width = 0;
  for (const FindingEdge& edge : finding_.edges) width = std::max(width, lines_.Label(edge.wanted).size());
  for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
    const FindingEdge& edge = EdgeFromClosing(i);
    const std::string& name = lines_.Label(edge.wanted);
    std::string text = "    " + name + std::string(width - name.size() + 2, ' ');
    if (const FindingEdge* const holder = Blocker(edge); holder != nullptr) {
      text += lines_.IsEvent(edge.wanted) ? "to be reached by "
                                          : "held" + How(holder->held_mode, holder->held_kind) + " by ";
      text += holder->thread + ',';
    }
    const std::string how = lines_.IsEvent(edge.wanted) ? " " : How(edge.wanted_mode, edge.wanted_kind) + ' ';
    const std::string wanted = "wanted" + how + "by " + edge.thread;
    if (text.size() + 1 + wanted.size() <= kReportColumns) {
      lines_.Line(text + ' ' + wanted);
    } else {
      lines_.Line(text);
      lines_.Line(std::string(width + 6, ' ') + wanted);
    }
  }
  lines_.Line();
}

void ReportParts::Scenario(std::string_view title, const std::vector<std::string>& columns,
                           const std::vector<ScenarioStep>& steps) {
  lines_.Line(title);
  lines_.Line();
  std::string table = FormatScenario(columns, steps);
  table.pop_back();
  lines_.Line(table);
  lines_.Line();
  const bool reached = finding_.verdict != Verdict::kFalse;
  lines_.Line(reached ? " *** DEADLOCK ***" : " *** NOT REACHED: see the verdict below ***");
  lines_.Line();
}

// Its part is told with the link.
bool ReportParts::MakesLink(const Participant& participant) const {
  return std::any_of(finding_.edges.begin(), finding_.edges.end(),
                     [&participant](const FindingEdge& edge) { return edge.thread == participant.thread; });
}

// The writers that make a reader wait for a reader: participants that want a
// lock of the cycle.
std::vector<const Participant*> ReportParts::Writers() const {
  std::vector<const Participant*> writers;
  for (const Participant& participant : finding_.participants) {
    const bool wants = participant.lock >= 0 && participant.lock < finding_.cycle_length;
    const bool is_writer = wants && participant.mode == Mode::kExclusive && !MakesLink(participant);
    if (is_writer) writers.push_back(&participant);
  }
  return writers;
}

// Why the request of `edge` does not go on.  `columns`: as ColumnNames.
std::string ReportParts::WaitsFor(const FindingEdge& edge, const std::vector<std::string>& columns) const {
  const FindingEdge* const holder = Blocker(edge);
  if (holder == nullptr) return "";
  const auto index = static_cast<std::size_t>(holder - finding_.edges.data());
  const std::string& name = columns[(index + finding_.edges.size() - ClosingEdge()) % finding_.edges.size()];
  const bool behind_writer = IsShared(edge.wanted_mode) && IsShared(holder->held_mode) && !lines_.IsEvent(edge.wanted);
  if (!behind_writer) return "waits for " + name;
  for (const Participant* const writer : Writers()) {
    if (writer->lock == edge.wanted) return "waits behind " + writer->thread;
  }
  return "waits only behind a writer that waits for " + name;
}

void ReportParts::CycleScenario(std::string_view title) {
  const std::size_t n = finding_.edges.size();
  std::vector<std::string> columns = ColumnNames();
  std::vector<ScenarioStep> steps;
  for (std::size_t i = 0; i < n; ++i) {
    const FindingEdge& edge = EdgeFromClosing(i);
    if (!lines_.IsEvent(edge.held))
      steps.push_back({i, lines_.Call(edge.held, edge.held_mode, edge.held_kind) + ';', ""});
  }
  for (const Participant* const writer : Writers()) {
    columns.push_back(writer->thread);
    steps.push_back({columns.size() - 1, lines_.Call(writer->lock, writer->mode, writer->kind) + ';', "waits"});
  }
  for (std::size_t i = 1; i <= n; ++i) {
    const FindingEdge& edge = EdgeFromClosing(i % n);
    steps.push_back(
        {i % n, lines_.Call(edge.wanted, edge.wanted_mode, edge.wanted_kind) + ';', WaitsFor(edge, columns)});
  }
  Scenario(title, columns, steps);
}

void ReportParts::HeldList(const Participant& participant) {
  const std::size_t count = participant.held.size();
  lines_.Line((count == 0 ? "no" : std::to_string(count)) + (count == 1 ? " lock" : " locks") + " held by " +
              Who(participant) + (count == 0 ? "." : ":"));
  for (std::size_t i = 0; i < count; ++i) {
    const AlsoHeld& held = participant.held[i];
    lines_.LockAt(" #" + std::to_string(i) + ": ", held.lock, held.mode, held.kind, held.at);
  }
  lines_.Line();
}

// Says so where a lock that is not of the cycle is held on several sides: a
// possible gate.
std::string ReportParts::AlsoHeldBy(int lock, const FindingEdge& by) const {
  if (lock < finding_.cycle_length) return "";
  std::set<std::string> others;
  for (const FindingEdge& edge : finding_.edges) {
    const bool holds = std::any_of(edge.also_held.begin(), edge.also_held.end(),
                                   [lock](const AlsoHeld& held) { return held.lock == lock; });
    if (holds && &edge != &by) others.insert(edge.thread);
  }
  std::string text;
  for (const std::string& other : others) text += (text.empty() ? "  <- also held by " : ", ") + other;
  return text;
}

void ReportParts::HeldByEdge(const FindingEdge& edge) {
  const std::size_t count = edge.also_held.size() + (lines_.IsEvent(edge.held) ? 0 : 1);
  lines_.Line((count == 0 ? "no" : std::to_string(count)) + (count == 1 ? " lock" : " locks") + " held by " +
              Who(edge) + " when it asked for " + lines_.Label(edge.wanted) + (count == 0 ? "." : ":"));
  if (!lines_.IsEvent(edge.held)) lines_.LockAt(" - ", edge.held, edge.held_mode, edge.held_kind, edge.held_at);
  for (const AlsoHeld& held : edge.also_held) {
    lines_.LockAt(" - ", held.lock, held.mode, held.kind, held.at, AlsoHeldBy(held.lock, edge));
  }
  lines_.Line();
}

void ReportParts::HeldByEdges() {
  std::string no_others;
  for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
    const FindingEdge& edge = EdgeFromClosing(i);
    if (i == 0 || !edge.also_held.empty()) {
      HeldByEdge(edge);
    } else {
      no_others += (no_others.empty() ? "" : ", ") + edge.thread;
    }
  }
  if (no_others.empty()) return;
  lines_.Wrapped("no other locks held by " + no_others + '.', 4);
  lines_.Line();
}

void ReportParts::Others(std::size_t first) {
  for (std::size_t i = first; i < finding_.participants.size(); ++i) {
    const Participant& participant = finding_.participants[i];
    if (MakesLink(participant)) continue;
    lines_.Wrapped(Who(participant) + ' ' + lines_.Short(participant.action) + ':', 4);
    if (participant.lock >= 0) {
      lines_.LockAndStack(participant.lock, participant.mode, participant.kind, participant.at);
    } else {
      lines_.At(1, participant.at);
    }
    lines_.Line();
    if (!participant.held.empty()) HeldList(participant);
  }
}

std::string ReportParts::VerdictSentence() const {
  const bool cycle_of_tasks = IsClosed() && !finding_.edges.empty();
  switch (finding_.verdict) {
    case Verdict::kReal:
      return cycle_of_tasks ? "it happened: the tasks waited for each other on "
                              "exactly these links."
                            : "it happened in this run.";
    case Verdict::kPredicted: return "a schedule reaches it; it was not executed.";
    case Verdict::kFalse:
      if (finding_.strength == Strength::kExhausted)
        return "every schedule of what was recorded was searched, and none "
               "reaches it.";
      if (finding_.strength == Strength::kDeclared) return "it cannot happen as long as what was declared holds.";
      return "no schedule of what was recorded reaches it.";
    case Verdict::kUnknown:
      return std::string("neither a schedule that reaches it is known nor a proof that none does") +
             (finding_.unpublished ? "; it does not count." : ".");
  }
  return "";
}

void ReportParts::VerdictAndReasons() {
  lines_.ColouredLine(VerdictColour(), "Verdict: " + VerdictWords() + ": " + VerdictSentence());
  for (std::size_t i = 0; i < finding_.reasons.size(); ++i) {
    const Reason& reason = finding_.reasons[i];
    std::string names;
    for (const int lock : reason.locks) names += (names.empty() ? "" : ", ") + lines_.Label(lock);
    const std::string word(ToString(reason.kind));
    lines_.Wrapped(std::string(i == 0 ? "  because " : "  and ") + word + (names.empty() ? "" : '(' + names + ')') +
                       ": " + lines_.Words(reason.evidence),
                   6);
  }
  for (const Wording& missing : finding_.missing) lines_.Wrapped("  missing: " + lines_.Words(missing), 6);
  if (finding_.witness.empty()) return;
  lines_.Line("Schedule:");
  for (std::size_t i = 0; i < finding_.witness.size(); ++i) {
    lines_.Wrapped("  " + std::to_string(i + 1) + ". " + lines_.Words(finding_.witness[i]), 6);
  }
}

}  // namespace lockdep
