// A finding: a fact about the lock orders that were seen, and our claim about it, the verdict.
//
// Plain data, self-contained: names and places are copied in, so a Finding outlives the validator
// that made it.  Code addresses in a Place are resolved later by Symbolize (lockdep/symbolize.h),
// because nothing may be symbolized while the graph mutex is held.
#ifndef LOCKDEP_FINDING_H_
#define LOCKDEP_FINDING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lockdep/acquisition.h"
#include "lockdep/wording.h"

namespace lockdep {

enum class FindingKind : std::uint8_t {
  kCircular,          // a closed strong path of dependencies
  kRecursive,         // two instances of one class nested without a declared order
  kSelfDeadlock,      // a thread wants what it already holds
  kUnbalancedUnlock,  // a thread releases what it does not hold
  kHeldLockFreed,     // a lock destroyed, re-initialised or freed while held
  kHeldAtExit,        // a thread (or handler) ends holding a lock
  kIrqInversion,      // interrupt-safe lock leads to an unsafe one over several dependencies
  kIrqUnsafeOrder,    // interrupt-safe lock leads to an unsafe one directly
  kInconsistentState, // one lock taken in an interrupt and with that interrupt enabled
  kWaitContext,       // a lock that may sleep taken where nothing may
  kNestedNotTaken,    // the outer lock named by a nest annotation is not held
  kHang,              // threads that wait for each other, now
  kLivelock,
  kDataRace,
  kInvariant,
};

enum class Verdict : std::uint8_t {
  kReal,       // a hang happened whose wait-for cycle consists of this finding's links
  kPredicted,  // a schedule reaches it; it was not executed
  kFalse,      // no schedule of what was recorded reaches it; `reasons` say why
  kUnknown,    // anything else; `missing` names what would decide
};

enum class Strength : std::uint8_t { kNone, kExecuted, kExhausted, kTrace, kDeclared };

enum class ReasonKind : std::uint8_t {
  kExclusiveGate,           // a lock held exclusively on one side and in any mode on another
  kInheritedGate,
  kTrylockBackoff,          // the gate is only tried, so it closes no cycle of its own
  kTimed,                   // a wait that ends by itself
  kSameThread,              // one thread makes two of the links
  kCreateJoinOrder,
  kForcedOrder,
  kClassAliasing,           // one class, but never the same instance on both sides
  kNoWriter,                // a reader waits for a reader only behind a writer; none exists
  kReadRead,                // writers exist, but none can queue between these readers
  kRecursiveRead,
  kDeclaredOrder,
  kCannotRunConcurrently,
};

// The words of the JSON output: "circular", "self-deadlock", ... ; "real", ...; "none",
// "executed", ...; "exclusive-gate", ...
std::string_view ToString(FindingKind kind);
std::string_view ToString(Verdict verdict);
std::string_view ToString(Strength strength);
std::string_view ToString(ReasonKind reason);
std::optional<FindingKind> FindingKindFromString(std::string_view word);
std::optional<Verdict> VerdictFromString(std::string_view word);
std::optional<ReasonKind> ReasonKindFromString(std::string_view word);

// Whether a finding of the kind is an order of locks: threads that take them so at once wait for each other.
bool HangsWhenItHappens(FindingKind kind);
// Whether a finding of the kind says that threads wait, and nothing can end it.
bool IsHang(FindingKind kind);

struct StackFrame {
  std::string function;
  std::string file;
  int line = 0;
  bool inlined = false;
};

// Where something was done.  Either file and line are known from the start (scripts), or `pcs`
// holds return addresses, innermost first, from which Symbolize fills the rest.
struct Place {
  std::string file;
  int line = 0;
  std::string function;
  std::vector<std::uintptr_t> pcs;
  std::vector<StackFrame> stack;
};

// Why no verdict rests on a lock: what would is `unknown`.
enum class Doubt : std::uint8_t {
  kNone,
  kIdentity,   // its end could not be seen: two that lay at one address may have been taken for one
  kSemaphore,  // it is used as a lock, as far as was seen; a thread that did not wait for it may post it
  kGivenBack,  // a thread that did not hold it gave it back, or something unseen: who took it may not have it any more
};
// What has to be shown of a lock that is in doubt.
Wording MissingOf(Doubt doubt, const Wording& lock);

struct FindingLock {
  std::string name;        // the class's name, else the lock's own
  std::string class_name;  // empty where the lock has no class
  int subclass = 0;
  std::string instance;    // the instance, where a class has several: "o[1]", else empty
  LockType type = LockType::kMutex;
  bool stable_name = true; // false: named after the place that constructed it
  Doubt doubt = Doubt::kNone;
  std::uint32_t id = 0;    // of the instance, or of one, in the validator that found it

  Wording Named() const { return {name, id}; }
};

struct AlsoHeld {
  int lock = 0;  // index into Finding::locks
  Mode mode = Mode::kExclusive;
  Kind kind = Kind::kBlocking;
  Place at;
};

// One link of a cycle: `held` was held when `wanted` was asked for.
struct FindingEdge {
  int held = 0;    // index into Finding::locks
  Mode held_mode = Mode::kExclusive;
  Kind held_kind = Kind::kBlocking;
  int wanted = 0;  // index into Finding::locks
  Mode wanted_mode = Mode::kExclusive;
  Kind wanted_kind = Kind::kBlocking;
  int wanted_subclass = -1;  // of a hang: under which it wants it; -1: as in Finding::locks
  std::string thread;
  std::string role;
  Context context = Context::kTask;
  Place held_at;
  Place wanted_at;
  std::vector<AlsoHeld> also_held;  // other locks held at the request, outermost first
};

// One thing a thread did, for findings that are not (only) made of links.
struct Participant {
  std::string thread;
  std::string role;
  Context context = Context::kTask;
  std::string action;   // "takes it in hardirq", "releases it", "ends", "waits for it", ...
  int lock = -1;        // index into Finding::locks, or -1
  Mode mode = Mode::kExclusive;
  Kind kind = Kind::kBlocking;
  Place at;
  std::vector<AlsoHeld> held;  // all locks held then, outermost first
};

struct Reason {
  ReasonKind kind = ReasonKind::kExclusiveGate;
  std::vector<int> locks;  // indices into Finding::locks
  Wording evidence;        // one sentence a person understands
};

struct Finding {
  std::uint64_t fingerprint = 0;
  bool fingerprint_weak = false;
  FindingKind kind = FindingKind::kCircular;
  std::string source;                // script, program or log it comes from
  // The cycle's locks first, in the fingerprint's rotation (for a cycle: edges[i] goes from
  // locks[i] to locks[i+1], the last one back to locks[0]); then others that edges mention.
  std::vector<FindingLock> locks;
  int cycle_length = 0;              // how many of `locks` are the finding's own
  std::vector<FindingEdge> edges;
  int closing_edge = -1;             // the link seen last, as an index into edges; -1: none
  std::vector<Participant> participants;
  Verdict verdict = Verdict::kUnknown;
  Strength strength = Strength::kNone;
  std::vector<Reason> reasons;
  std::vector<Wording> missing;      // for kUnknown: the evidence that would decide
  // One side takes a new lock whose maker had done nothing by which others could know of it, as far as was seen.
  bool unpublished = false;
  std::vector<Wording> witness;      // for kReal and kPredicted: one line per step
  std::string schedule;              // one line that `lockdep explore --schedule` replays; may be empty
  std::string detail;                // one sentence, kind-specific; may be empty
};

// Fingerprint version 1 of `kind` over the first `cycle_length` locks: the FNV-1a hash of the kind
// and the least rotation of (name, subclass).  Names that differ only in a kernel-style "#N" suffix
// (none counts as one) are told apart by their rank of appearance in that rotation, so the same
// classes numbered otherwise by another boot give the same fingerprint.  A lock without a stable
// name contributes the sorted functions of the edges and participants that acquire it.  No modes,
// lines, roles, sites or addresses, so it is the same from run to run.
//
// Only closed cycles (circular, hang, livelock) are rotated; the locks of the other kinds stand in
// an order that means something and are hashed in it.  A finding without locks hashes `detail`.
//
// Also rotates locks, edges and closing_edge into that rotation, renumbers every index into
// `locks`, and sets fingerprint_weak.  Each rotation of one cycle becomes the same Finding.
// Idempotent.  A weak fingerprint needs function names: Symbolize sets it again.
void SetFingerprint(Finding& finding);

// "circular a -> b, verdict false because exclusive-gate(g)".
std::string Summary(const Finding& finding);

// 16 hex digits, as reports, JSON and baselines write a fingerprint.
std::string FingerprintText(std::uint64_t fingerprint);

}  // namespace lockdep

#endif  // LOCKDEP_FINDING_H_
