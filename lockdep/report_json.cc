#include "lockdep/report_json.h"

#include <cstddef>

namespace lockdep {
namespace {

using Json = nlohmann::ordered_json;

template <typename Enum>
std::string Word(Enum value) {
  return std::string(ToString(value));
}

// A list by applying `convert` to each item; [] for none, never null.
template <typename Item, typename Convert>
Json List(const std::vector<Item>& items, Convert convert) {
  Json list = Json::array();
  for (const Item& item : items) list.push_back(convert(item));
  return list;
}

Json FrameToJson(const StackFrame& frame) {
  return {{"function", frame.function}, {"file", frame.file}, {"line", frame.line}, {"inlined", frame.inlined}};
}

Json PlaceToJson(const Place& place) {
  return {{"file", place.file},
          {"line", place.line},
          {"function", place.function},
          {"stack", List(place.stack, FrameToJson)}};
}

Json HeldToJson(const AlsoHeld& held) {
  return {{"lock", held.lock}, {"mode", Word(held.mode)}, {"kind", Word(held.kind)}, {"at", PlaceToJson(held.at)}};
}

Json LockToJson(const FindingLock& lock, std::size_t id) {
  return {{"id", id},
          {"name", lock.name},
          {"class", lock.class_name},
          {"subclass", lock.subclass},
          {"instance", lock.instance},
          {"type", Word(lock.type)}};
}

Json EdgeToJson(const FindingEdge& edge) {
  return {{"held", edge.held},
          {"held_mode", Word(edge.held_mode)},
          {"held_kind", Word(edge.held_kind)},
          {"wanted", edge.wanted},
          {"wanted_mode", Word(edge.wanted_mode)},
          {"wanted_kind", Word(edge.wanted_kind)},
          {"thread", edge.thread},
          {"role", edge.role},
          {"context", Word(edge.context)},
          {"held_at", PlaceToJson(edge.held_at)},
          {"wanted_at", PlaceToJson(edge.wanted_at)},
          {"also_held", List(edge.also_held, HeldToJson)}};
}

Json ParticipantToJson(const Participant& participant) {
  return {{"thread", participant.thread},
          {"role", participant.role},
          {"context", Word(participant.context)},
          {"action", participant.action},
          {"lock", participant.lock},
          {"mode", Word(participant.mode)},
          {"kind", Word(participant.kind)},
          {"at", PlaceToJson(participant.at)},
          {"held", List(participant.held, HeldToJson)}};
}

std::string TextOf(const Wording& wording) { return wording.text(); }

Json ReasonToJson(const Reason& reason) {
  return {{"reason", Word(reason.kind)}, {"locks", reason.locks}, {"evidence", reason.evidence.text()}};
}

Json Summary(const std::vector<Finding>& findings) {
  Json summary = {{"findings", findings.size()}};
  for (const Verdict verdict : {Verdict::kReal, Verdict::kPredicted, Verdict::kFalse, Verdict::kUnknown}) {
    std::size_t count = 0;
    for (const Finding& finding : findings) count += finding.verdict == verdict ? 1 : 0;
    summary[Word(verdict)] = count;
  }
  return summary;
}

}  // namespace

Json ToJson(const Finding& finding) {
  Json locks = Json::array();
  for (const FindingLock& lock : finding.locks) locks.push_back(LockToJson(lock, locks.size()));
  return {{"fingerprint", FingerprintText(finding.fingerprint)},
          {"fingerprint_weak", finding.fingerprint_weak},
          {"kind", Word(finding.kind)},
          {"source", finding.source},
          {"locks", std::move(locks)},
          {"cycle_length", finding.cycle_length},
          {"edges", List(finding.edges, EdgeToJson)},
          {"closing_edge", finding.closing_edge},
          {"participants", List(finding.participants, ParticipantToJson)},
          {"verdict", Word(finding.verdict)},
          {"strength", Word(finding.strength)},
          {"reasons", List(finding.reasons, ReasonToJson)},
          {"missing", List(finding.missing, TextOf)},
          {"witness", List(finding.witness, TextOf)},
          {"schedule", finding.schedule.empty() ? Json(nullptr) : Json(finding.schedule)},
          {"detail", finding.detail}};
}

Json ToJson(const JsonDocument& document) {
  return {{"schema", kJsonSchemaVersion},
          {"tool", "lockdep"},
          {"version", LOCKDEP_VERSION},
          {"findings", List(document.findings, [](const Finding& finding) { return ToJson(finding); })},
          {"scripts", document.scripts},
          {"runs", document.runs},
          {"notes", document.notes},
          {"summary", Summary(document.findings)}};
}

std::string FormatJson(const Json& json) {
  return json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + '\n';
}

}  // namespace lockdep
