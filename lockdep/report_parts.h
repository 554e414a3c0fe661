// What the text reports of several kinds of finding have in common: header, links, scenario, lists
// of held locks, verdict.
//
// Thread-compatible: guard with whoever builds the report.
#ifndef LOCKDEP_REPORT_PARTS_H_
#define LOCKDEP_REPORT_PARTS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/report_lines.h"
#include "lockdep/report_scenario.h"
#include "lockdep/report_text.h"

namespace lockdep {

class ReportParts {
 public:
  // Both must outlive this.
  ReportParts(const Finding& finding, const TextOptions& options);

  // --- What the finding is made of --------------------------------------------------------------
  // The locks in one line, from the lock `start` on: "a --> b --> a".
  std::string Chain(std::size_t start) const;
  // The link `offset` places behind the one that was seen last (or the last one).
  // REQUIRES: there are links.
  const FindingEdge& EdgeFromClosing(std::size_t offset) const;
  static std::string Who(const FindingEdge& edge) { return ReportLines::Who(edge.thread, edge.role, edge.context); }
  static std::string Who(const Participant& p) { return ReportLines::Who(p.thread, p.role, p.context); }
  // The link that holds what `edge` wants; null if no other link does.
  const FindingEdge* Blocker(const FindingEdge& edge) const;

  // --- Parts --------------------------------------------------------------------------------------
  void Header(const std::string& title);
  void OtherInfo();
  // "t1 is trying to acquire lock: ... but task is already holding lock: ...".
  void TryingToAcquire(const FindingEdge& edge);
  // One link, both sides: "-> #1 (b){exclusive, blocking}, wanted by t1 ...".
  void Link(std::size_t number, const FindingEdge& edge);
  // How each lock of the cycle is held and wanted, which the kernel's report does not say.
  void HeldAndWanted();
  void Scenario(std::string_view title, const std::vector<std::string>& columns,
                const std::vector<ScenarioStep>& steps);
  // Each participant takes its held lock, then asks for its wanted one; the closing one asks last.
  void CycleScenario(std::string_view title);
  // "2 locks held by t1:" and the locks, outermost first.
  void HeldList(const Participant& participant);
  // The same for a link.  Not numbered: where its own lock stands among the others is not recorded.
  void HeldByEdge(const FindingEdge& edge);
  // The closing thread's locks, as in the kernel's report; of the others those who held more than
  // the lock of their link.
  void HeldByEdges();
  // Everything that is known of the participants that have no part in a kind's own sentences.
  void Others(std::size_t first);
  void VerdictAndReasons();

 protected:
  const Finding& finding_;
  const TextOptions& options_;
  ReportLines lines_;

 private:
  bool IsClosed() const;
  std::size_t ClosingEdge() const;
  std::vector<std::string> ColumnNames() const;
  bool MakesLink(const Participant& participant) const;
  std::vector<const Participant*> Writers() const;
  std::string WaitsFor(const FindingEdge& edge, const std::vector<std::string>& columns) const;
  std::string AlsoHeldBy(int lock, const FindingEdge& by) const;
  Colour VerdictColour() const;
  std::string VerdictWords() const;
  std::string VerdictSentence() const;

  std::vector<int> holder_;  // by lock: the first link that holds it, or -1
};

}  // namespace lockdep

#endif  // LOCKDEP_REPORT_PARTS_H_
