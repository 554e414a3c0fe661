#include "lockdep/explore/vocabulary.h"

#include <algorithm>
#include <cctype>

namespace lockdep::explore {
std::string Quoted(std::string_view name, std::string_view also) {
  const auto in_word = [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_.-/#+[]").find(c) != std::string_view::npos || also.find(c) != std::string_view::npos;
  };
  if (!name.empty() && std::all_of(name.begin(), name.end(), in_word)) return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

ThreadUid Vocabulary::Thread(std::string_view name) {
  const auto [it, is_new] = thread_uids_.try_emplace(std::string(name), static_cast<ThreadUid>(threads_.size()));
  if (is_new) threads_.emplace_back(name);
  return it->second;
}

StepId Vocabulary::Id(const Step& step) {
  const auto [it, is_new] = step_ids_.try_emplace(step, static_cast<StepId>(steps_.size()));
  if (is_new) steps_.push_back(step);
  return it->second;
}

std::string Vocabulary::ObjectText(const Step& step) const {
  if (step.code == Code::kJoin) return threads_[step.object];
  return step.object == 0 ? "" : objects_[step.object].text;
}

std::string Vocabulary::OperationText(const Step& step) const {
  std::string text = Quoted(threads_[step.thread]) + ":" + WordOf(step.code, step.mode, step.kind);
  if (const std::string object = ObjectText(step); !object.empty()) {
    text += "(";
    text += Quoted(object, ":");
    text += ")";
  }
  return text;
}

std::string Vocabulary::StepText(const Step& step) const {
  std::string text = OperationText(step);
  switch (step.outcome) {
    case Outcome::kDone: break;
    case Outcome::kAnnounced: return text + "*";
    case Outcome::kNotGot: return text + "!";
    case Outcome::kSpurious: return text + "~";
  }
  if (step.code == Code::kSignal && step.argument != 0) return text + ">" + Quoted(threads_[step.argument - 1]);
  if (step.code == Code::kChoose) return text + "=" + std::to_string(step.argument);
  return text;
}

std::string Vocabulary::Words(const Step& step) const {
  std::string text = WordOf(step.code, step.mode, step.kind);
  if (const std::string object = ObjectText(step); !object.empty()) text += " " + object;
  switch (step.outcome) {
    case Outcome::kDone: break;
    case Outcome::kAnnounced: return text + " begins to wait";
    case Outcome::kNotGot: return text + (step.kind == Kind::kTrylock ? " fails" : " runs out of time");
    case Outcome::kSpurious: return text + " ends by itself";
  }
  if (step.code == Code::kSignal)
    return text + (step.argument == 0 ? " wakes nobody" : " wakes " + threads_[step.argument - 1]);
  if (step.code == Code::kChoose) return text + " " + std::to_string(step.argument);
  return text;
}

std::size_t Vocabulary::memory_bytes() const {
  return steps_.capacity() * sizeof(Step) + step_ids_.capacity() * (sizeof(Step) + sizeof(StepId) + 1) +
         objects_.capacity() * sizeof(ObjectName) + object_uids_.capacity() * (sizeof(Digest) + sizeof(ObjectUid) + 1);
}

}  // namespace lockdep::explore
