#include "workloads/scenario_report.h"

#include <cstring>
#include <type_traits>

namespace lockdep::workloads {
namespace {

// At the end, so that a report that was cut off is not taken for one.
constexpr std::uint64_t kEndMark = 0x6c6f636b64657031;

// Each type is visited by one function for both directions: the members are listed once.
class Writer {
 public:
  template <class Number>
  void Value(Number& number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void Text(std::string& text) {
    std::uint64_t size = text.size();
    Value(size);
    bytes_ += text;
  }
  template <class List>
  std::uint64_t Size(List& list) {
    std::uint64_t size = list.size();
    Value(size);
    return size;
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class Number>
  void Value(Number& number) {
    if (!Has(sizeof number)) return;
    std::memcpy(&number, bytes_.data(), sizeof number);
    bytes_.remove_prefix(sizeof number);
  }
  void Text(std::string& text) {
    std::uint64_t size = 0;
    Value(size);
    if (!Has(size)) return;
    text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
  }
  template <class List>
  std::uint64_t Size(List& list) {
    std::uint64_t size = 0;
    Value(size);
    // Each element has a byte at least.
    if (!Has(size)) return 0;
    list.resize(size);
    return size;
  }
  bool whole() const { return good_ && bytes_.empty(); }

 private:
  bool Has(std::uint64_t size) {
    good_ = good_ && size <= bytes_.size();
    return good_;
  }

  std::string_view bytes_;
  bool good_ = true;
};

template <class Way, class T>
void Visit(Way& way, T& value);

template <class Way, class... Each>
void Members(Way& way, Each&... members) {
  (Visit(way, members), ...);
}

template <class Way>
void Fields(Way& way, StackFrame& frame) {
  Members(way, frame.function, frame.file, frame.line, frame.inlined);
}
template <class Way>
void Fields(Way& way, Place& place) {
  Members(way, place.file, place.line, place.function, place.pcs, place.stack);
}
template <class Way>
void Fields(Way& way, FindingLock& lock) {
  Members(way, lock.name, lock.class_name, lock.subclass, lock.instance, lock.type, lock.stable_name);
}
template <class Way>
void Fields(Way& way, AlsoHeld& held) {
  Members(way, held.lock, held.mode, held.kind, held.at);
}
template <class Way>
void Fields(Way& way, FindingEdge& edge) {
  Members(way, edge.held, edge.held_mode, edge.held_kind, edge.wanted, edge.wanted_mode, edge.wanted_kind,
          edge.wanted_subclass, edge.thread, edge.role, edge.context, edge.held_at, edge.wanted_at, edge.also_held);
}
template <class Way>
void Fields(Way& way, Participant& participant) {
  Members(way, participant.thread, participant.role, participant.context, participant.action, participant.lock,
          participant.mode, participant.kind, participant.at, participant.held);
}
// Names in scripts need no numbers.
template <class Way>
void Fields(Way& way, Wording& wording) {
  std::string text = wording.text();
  Visit(way, text);
  wording = text;
}
template <class Way>
void Fields(Way& way, Reason& reason) {
  Members(way, reason.kind, reason.locks, reason.evidence);
}
template <class Way>
void Fields(Way& way, Finding& finding) {
  Members(way, finding.fingerprint, finding.fingerprint_weak, finding.kind, finding.source, finding.locks,
          finding.cycle_length, finding.edges, finding.closing_edge, finding.participants, finding.verdict,
          finding.strength, finding.reasons, finding.missing, finding.witness, finding.schedule, finding.detail);
}
template <class Way>
void Fields(Way& way, hotplug::OperationCount& count) {
  Members(way, count.text, count.done, count.errors);
}
template <class Way>
void Fields(Way& way, hotplug::StressResult& stress) {
  Members(way, stress.operations, stress.rounds, stress.seconds, stress.hung, stress.counts, stress.leaks);
}
template <class Way>
void Fields(Way& way, std::pair<std::string, std::uint64_t>& pair) {
  Members(way, pair.first, pair.second);
}
template <class Way>
void Fields(Way& way, ScenarioReport& report) {
  Members(way, report.happened, report.findings, report.broken, report.problems, report.notes, report.stress);
}

template <class Way, class T>
void VisitList(Way& way, std::vector<T>& list) {
  const std::uint64_t size = way.Size(list);
  for (std::uint64_t i = 0; i < size; ++i) Visit(way, list[i]);
}

template <class T>
inline constexpr bool kIsList = false;
template <class T>
inline constexpr bool kIsList<std::vector<T>> = true;

template <class Way, class T>
void Visit(Way& way, T& value) {
  if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
    way.Value(value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    way.Text(value);
  } else if constexpr (kIsList<T>) {
    VisitList(way, value);
  } else {
    Fields(way, value);
  }
}

}  // namespace

std::string ToBytes(const ScenarioReport& report) {
  Writer writer;
  ScenarioReport copy = report;
  Visit(writer, copy);
  std::uint64_t end = kEndMark;
  writer.Value(end);
  return writer.Take();
}

std::optional<ScenarioReport> ReportFromBytes(std::string_view bytes) {
  Reader reader(bytes);
  ScenarioReport report;
  Visit(reader, report);
  std::uint64_t end = 0;
  reader.Value(end);
  if (!reader.whole() || end != kEndMark) return std::nullopt;
  return report;
}

}  // namespace lockdep::workloads
