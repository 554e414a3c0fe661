#include "lockdep/finding.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "lockdep/check.h"

namespace lockdep {
namespace {

// The enumerator that is printed as `word`, among those up to `last`.
template <typename Enum>
std::optional<Enum> FromString(std::string_view word, Enum last) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    if (ToString(value) == word) return value;
  }
  return std::nullopt;
}

// A closed cycle can be told from any of its locks on.  The locks of the other kinds stand in an
// order that means something: from the interrupt-safe lock to the unsafe one, wanted before held.
bool IsCycle(FindingKind kind) {
  switch (kind) {
    case FindingKind::kCircular:
    case FindingKind::kHang:
    case FindingKind::kLivelock: return true;
    case FindingKind::kRecursive:
    case FindingKind::kSelfDeadlock:
    case FindingKind::kUnbalancedUnlock:
    case FindingKind::kHeldLockFreed:
    case FindingKind::kHeldAtExit:
    case FindingKind::kIrqInversion:
    case FindingKind::kIrqUnsafeOrder:
    case FindingKind::kInconsistentState:
    case FindingKind::kWaitContext:
    case FindingKind::kNestedNotTaken:
    case FindingKind::kDataRace:
    case FindingKind::kInvariant: return false;
  }
  return false;
}

// "kn->count#70" -> "kn->count".
std::string_view WithoutVersion(std::string_view name) {
  const std::size_t hash = name.find_last_of('#');
  if (hash == std::string_view::npos || hash == 0 || hash + 1 == name.size()) return name;
  const std::string_view digits = name.substr(hash + 1);
  return digits.find_first_not_of("0123456789") == std::string_view::npos ? name.substr(0, hash) : name;
}

// The name of each lock of the cycle; where a name is an accident of the run, the functions that
// acquire the lock stand for it.
std::vector<std::string> StableNames(const Finding& finding) {
  const auto n = static_cast<std::size_t>(finding.cycle_length);
  std::vector<std::set<std::string>> functions(finding.locks.size());
  const auto add = [&functions](int lock, const Place& at) {
    if (lock >= 0) functions[static_cast<std::size_t>(lock)].insert(at.function);
  };
  for (const FindingEdge& edge : finding.edges) {
    add(edge.held, edge.held_at);
    add(edge.wanted, edge.wanted_at);
  }
  for (const Participant& participant : finding.participants) add(participant.lock, participant.at);

  std::vector<std::string> names;
  for (std::size_t i = 0; i < n; ++i) {
    if (finding.locks[i].stable_name) {
      names.push_back(finding.locks[i].name);
      continue;
    }
    std::string joined;
    for (const std::string& function : functions[i]) joined += (joined.empty() ? "" : ",") + function;
    names.push_back('{' + joined + '}');
  }
  return names;
}

// One lock as the fingerprint sees it, before ranks: `base` and `version` are small numbers that
// order like the names they stand for.
struct Element {
  int base = 0;
  int version = 0;
  int subclass = 0;
};

// The rank of each version of a name, in order of appearance; 1 is the first.
class Ranks {
 public:
  explicit Ranks(std::size_t versions) : rank_(versions, 0), next_(versions, 0) {}
  int RankOf(const Element& element) {
    int& rank = rank_[static_cast<std::size_t>(element.version)];
    if (rank == 0) rank = ++next_[static_cast<std::size_t>(element.base)];
    return rank;
  }

 private:
  std::vector<int> rank_;  // by version
  std::vector<int> next_;  // by base
};

class Signature {
 public:
  explicit Signature(const Finding& finding) {
    const std::vector<std::string> names = StableNames(finding);
    std::map<std::string, int> bases;
    std::map<std::string, int> versions;
    for (const std::string& name : names) {
      bases.emplace(WithoutVersion(name), 0);
      versions.emplace(name, 0);
    }
    for (auto& [base, number] : bases) {
      number = static_cast<int>(bases_.size());
      bases_.push_back(base);
    }
    int count = 0;
    for (auto& [version, number] : versions) number = count++;
    for (std::size_t i = 0; i < names.size(); ++i) {
      elements_.push_back(
          {bases[std::string(WithoutVersion(names[i]))], versions[names[i]], finding.locks[i].subclass});
    }
  }

  std::size_t size() const { return elements_.size(); }

  // Where a least rotation can start: at the least first lock, which always has rank 1.
  std::vector<std::size_t> Candidates() const {
    std::vector<std::size_t> candidates;
    const auto first = [this](std::size_t i) { return std::make_pair(elements_[i].base, elements_[i].subclass); };
    for (std::size_t i = 0; i < size(); ++i) {
      if (!candidates.empty() && first(i) < first(candidates.front())) candidates.clear();
      if (candidates.empty() || first(i) == first(candidates.front())) candidates.push_back(i);
    }
    return candidates;
  }

  // < 0, 0, > 0: the rotation that starts at a is less than, equal to, greater than that at b.
  // Ordered lock by lock, by name without version, then rank, then subclass.
  int Compare(std::size_t a, std::size_t b) const {
    Ranks ranks_a(size());
    Ranks ranks_b(size());
    for (std::size_t i = 0; i < size(); ++i) {
      const Element& x = elements_[(a + i) % size()];
      const Element& y = elements_[(b + i) % size()];
      const auto left = std::make_tuple(x.base, ranks_a.RankOf(x), x.subclass);
      const auto right = std::make_tuple(y.base, ranks_b.RankOf(y), y.subclass);
      if (left != right) return left < right ? -1 : 1;
    }
    return 0;
  }

  // The rotation that starts at `start` as text: each name and subclass on a line.
  std::string Text(std::size_t start) const {
    Ranks ranks(size());
    std::string text;
    for (std::size_t i = 0; i < size(); ++i) {
      const Element& element = elements_[(start + i) % size()];
      const int rank = ranks.RankOf(element);
      text += bases_[static_cast<std::size_t>(element.base)];
      if (rank > 1) text += '#' + std::to_string(rank);
      text += '/' + std::to_string(element.subclass) + '\n';
    }
    return text;
  }

 private:
  std::vector<std::string> bases_;
  std::vector<Element> elements_;
};

// Everything that tells two equally named positions of a cycle apart and does not change from run
// to run; so that each rotation of one cycle ends in the same one.
std::vector<std::string> PositionKey(const Finding& finding, std::size_t i) {
  const FindingLock& lock = finding.locks[i];
  std::vector<std::string> key = {lock.name, lock.class_name, lock.instance, std::string(ToString(lock.type))};
  if (i >= finding.edges.size()) return key;
  const FindingEdge& edge = finding.edges[i];
  const auto add_place = [&key](const Place& place) {
    key.insert(key.end(), {place.file, std::to_string(place.line), place.function});
  };
  const auto add_how = [&key](Mode mode, Kind kind) {
    key.insert(key.end(), {std::string(ToString(mode)), std::string(ToString(kind))});
  };
  key.insert(key.end(), {edge.thread, edge.role, std::string(ToString(edge.context))});
  add_how(edge.held_mode, edge.held_kind);
  add_place(edge.held_at);
  add_how(edge.wanted_mode, edge.wanted_kind);
  add_place(edge.wanted_at);
  key.emplace_back(static_cast<int>(i) == finding.closing_edge ? "closing" : "");
  for (const AlsoHeld& held : edge.also_held) {
    key.push_back(finding.locks[static_cast<std::size_t>(held.lock)].name);
    add_how(held.mode, held.kind);
    add_place(held.at);
  }
  return key;
}

// Where the least rotation starts.
std::size_t LeastRotation(const Finding& finding, const Signature& signature) {
  std::vector<std::size_t> best;
  for (const std::size_t start : signature.Candidates()) {
    const int order = best.empty() ? 0 : signature.Compare(start, best.front());
    if (order < 0) best.clear();
    if (order <= 0) best.push_back(start);
  }
  if (best.size() == 1) return best.front();
  const std::size_t n = signature.size();
  std::vector<std::vector<std::string>> keys;
  for (std::size_t i = 0; i < n; ++i) keys.push_back(PositionKey(finding, i));
  return *std::min_element(best.begin(), best.end(), [&keys, n](std::size_t a, std::size_t b) {
    for (std::size_t i = 0; i < n; ++i) {
      const auto& left = keys[(a + i) % n];
      const auto& right = keys[(b + i) % n];
      if (left != right) return left < right;
    }
    return false;
  });
}

// edges[i] goes from locks[i] to locks[i + 1], the last one back to locks[0].
bool EdgesClose(const Finding& finding) {
  const int n = finding.cycle_length;
  if (finding.edges.size() != static_cast<std::size_t>(n)) return false;
  for (int i = 0; i < n; ++i) {
    const FindingEdge& edge = finding.edges[static_cast<std::size_t>(i)];
    if (edge.held != i || edge.wanted != (i + 1) % n) return false;
  }
  return true;
}

void Rotate(Finding& finding, int start) {
  const int n = finding.cycle_length;
  const auto renumber = [n, start](int& lock) {
    if (lock >= 0 && lock < n) lock = (lock - start + n) % n;
  };
  const bool edges_close = EdgesClose(finding);
  std::rotate(finding.locks.begin(), finding.locks.begin() + start, finding.locks.begin() + n);
  if (edges_close) {
    std::rotate(finding.edges.begin(), finding.edges.begin() + start, finding.edges.end());
    renumber(finding.closing_edge);
  }
  for (FindingEdge& edge : finding.edges) {
    renumber(edge.held);
    renumber(edge.wanted);
    for (AlsoHeld& held : edge.also_held) renumber(held.lock);
  }
  for (Participant& participant : finding.participants) {
    renumber(participant.lock);
    for (AlsoHeld& held : participant.held) renumber(held.lock);
  }
  for (Reason& reason : finding.reasons) {
    for (int& lock : reason.locks) renumber(lock);
  }
}

// Source: Fowler, Noll, Vo, FNV-1a with 64 bits.
std::uint64_t Fnv1a(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

}  // namespace

std::string_view ToString(FindingKind kind) {
  switch (kind) {
    case FindingKind::kCircular: return "circular";
    case FindingKind::kRecursive: return "recursive";
    case FindingKind::kSelfDeadlock: return "self-deadlock";
    case FindingKind::kUnbalancedUnlock: return "unbalanced-unlock";
    case FindingKind::kHeldLockFreed: return "held-lock-freed";
    case FindingKind::kHeldAtExit: return "held-at-exit";
    case FindingKind::kIrqInversion: return "irq-inversion";
    case FindingKind::kIrqUnsafeOrder: return "irq-unsafe-order";
    case FindingKind::kInconsistentState: return "inconsistent-state";
    case FindingKind::kWaitContext: return "wait-context";
    case FindingKind::kNestedNotTaken: return "nested-not-taken";
    case FindingKind::kHang: return "hang";
    case FindingKind::kLivelock: return "livelock";
    case FindingKind::kDataRace: return "data-race";
    case FindingKind::kInvariant: return "invariant";
  }
  return "?";
}

std::string_view ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kReal: return "real";
    case Verdict::kPredicted: return "predicted";
    case Verdict::kFalse: return "false";
    case Verdict::kUnknown: return "unknown";
  }
  return "?";
}

std::string_view ToString(Strength strength) {
  switch (strength) {
    case Strength::kNone: return "none";
    case Strength::kExecuted: return "executed";
    case Strength::kExhausted: return "exhausted";
    case Strength::kTrace: return "trace";
    case Strength::kDeclared: return "declared";
  }
  return "?";
}

std::string_view ToString(ReasonKind reason) {
  switch (reason) {
    case ReasonKind::kExclusiveGate: return "exclusive-gate";
    case ReasonKind::kInheritedGate: return "inherited-gate";
    case ReasonKind::kTrylockBackoff: return "trylock-backoff";
    case ReasonKind::kTimed: return "timed";
    case ReasonKind::kSameThread: return "same-thread";
    case ReasonKind::kCreateJoinOrder: return "create-join-order";
    case ReasonKind::kForcedOrder: return "forced-order";
    case ReasonKind::kClassAliasing: return "class-aliasing";
    case ReasonKind::kNoWriter: return "no-writer";
    case ReasonKind::kReadRead: return "read-read";
    case ReasonKind::kRecursiveRead: return "recursive-read";
    case ReasonKind::kDeclaredOrder: return "declared-order";
    case ReasonKind::kCannotRunConcurrently: return "cannot-run-concurrently";
  }
  return "?";
}

std::optional<FindingKind> FindingKindFromString(std::string_view word) {
  return FromString(word, FindingKind::kInvariant);
}

std::optional<Verdict> VerdictFromString(std::string_view word) { return FromString(word, Verdict::kUnknown); }

std::optional<ReasonKind> ReasonKindFromString(std::string_view word) {
  return FromString(word, ReasonKind::kCannotRunConcurrently);
}

bool HangsWhenItHappens(FindingKind kind) {
  return kind == FindingKind::kCircular || kind == FindingKind::kRecursive || kind == FindingKind::kSelfDeadlock;
}

bool IsHang(FindingKind kind) { return kind == FindingKind::kHang || kind == FindingKind::kSelfDeadlock; }

void SetFingerprint(Finding& finding) {
  LOCKDEP_CHECK(finding.cycle_length >= 0);
  LOCKDEP_CHECK(static_cast<std::size_t>(finding.cycle_length) <= finding.locks.size());
  std::string text(ToString(finding.kind));
  text += '\n';
  finding.fingerprint_weak = false;
  if (finding.cycle_length == 0) {
    finding.fingerprint = Fnv1a(text + finding.detail);
    return;
  }
  const Signature signature(finding);
  const std::size_t start = IsCycle(finding.kind) ? LeastRotation(finding, signature) : 0;
  finding.fingerprint = Fnv1a(text + signature.Text(start));
  Rotate(finding, static_cast<int>(start));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    finding.fingerprint_weak = finding.fingerprint_weak || !finding.locks[i].stable_name;
  }
}

std::string Summary(const Finding& finding) {
  const auto name = [&finding](int index) {
    const FindingLock& lock = finding.locks[static_cast<std::size_t>(index)];
    return lock.name + (lock.subclass == 0 ? "" : "/" + std::to_string(lock.subclass)) +
           (lock.instance.empty() ? "" : " (" + lock.instance + ")");
  };
  std::string text(ToString(finding.kind));
  const int own = std::min(finding.cycle_length, static_cast<int>(finding.locks.size()));
  for (int i = 0; i < own; ++i) text += (i == 0 ? " " : " -> ") + name(i);
  text += ", verdict " + std::string(ToString(finding.verdict));
  for (std::size_t i = 0; i < finding.reasons.size(); ++i) {
    const Reason& reason = finding.reasons[i];
    text += (i == 0 ? " because " : " and ") + std::string(ToString(reason.kind));
    for (std::size_t k = 0; k < reason.locks.size(); ++k) text += (k == 0 ? "(" : ", ") + name(reason.locks[k]);
    if (!reason.locks.empty()) text += ")";
  }
  return text;
}

std::string FingerprintText(std::uint64_t fingerprint) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(fingerprint));
  return text;
}

Wording MissingOf(Doubt doubt, const Wording& lock) {
  switch (doubt) {
    case Doubt::kSemaphore: return "that " + lock + " works as a lock: it is a semaphore, which any thread may post";
    case Doubt::kGivenBack:
      return "that who takes " + lock +
             " has it until it gives it back: another thread, or something unseen, has given it back";
    case Doubt::kIdentity:
      return "that " + lock +
             " is one lock all the time: no init or destroy function was called for it, and another one may have come "
             "to lie in its memory";
    case Doubt::kNone: break;
  }
  return "";
}

}  // namespace lockdep
