// The findings of a program, by brute force from the definitions in lockdep/README.md.
//
// The second opinion about lockdep::Validator: every definition is written down as a loop over everything that could
// fulfil it.  Exists only for tests; shares no code with the validator beyond the vocabulary.
//
// Readings of the definitions, where more than one is possible:
//   * A lock that is wanted while the same instance is held is no dependency, whatever the subclasses.
//   * An instance cycle projects on the nodes of its *held* locks (class and subclass under which they are held).
//   * The reasons of a `false` cycle are all reasons that hold for any of its instance cycles in which each instance is
//     wanted and held as the same node; `class-aliasing` is the reason if there is none.
//   * Several findings of one kind over the same nodes are one, with the least refuted verdict.
//   * "A shorter finding on a subset of its nodes" compares lengths of lists and sets of nodes.
//
// Pure functions.
// Cost: exponential in the number of locks and requests; meant for a handful of each.
#ifndef TESTS_REFERENCE_REFERENCE_FINDINGS_H_
#define TESTS_REFERENCE_REFERENCE_FINDINGS_H_

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/finding.h"
#include "tests/reference/program.h"

namespace lockdep::reference {

// One request by a blocking or timed call, and what was held then.
struct RequestContext {
  int role = 0;
  int wanted = 0;
  int subclass = 0;
  Mode mode = Mode::kExclusive;
  Kind kind = Kind::kBlocking;
  int nest = -1;
  std::vector<Hold> held;
  friend auto operator<=>(const RequestContext&, const RequestContext&) = default;
};

std::vector<RequestContext> ContextsOf(const Program& program);

// Kind and nodes; the nodes of a cycle in their least rotation.
using FindingKey = std::pair<FindingKind, std::vector<std::string>>;

struct Claim {
  Verdict verdict = Verdict::kUnknown;
  std::set<ReasonKind> reasons;
  friend bool operator==(const Claim&, const Claim&) = default;
};

using Claims = std::map<FindingKey, Claim>;

enum class World : std::uint8_t { kOpen, kClosed };

// The circular, recursive and self-deadlock findings.
Claims ReferenceFindings(const Program& program, World world);

std::vector<std::string> LeastRotation(std::vector<std::string> nodes);

// One line per finding, for messages.
std::string Describe(const Claims& claims);

}  // namespace lockdep::reference

#endif  // TESTS_REFERENCE_REFERENCE_FINDINGS_H_
