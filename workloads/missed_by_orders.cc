#include "workloads/missed_by_orders.h"

#include <algorithm>

namespace lockdep::workloads {
namespace {

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

std::string NodeOf(const FindingLock& lock) {
  return lock.subclass == 0 ? lock.name : lock.name + "/" + std::to_string(lock.subclass);
}

// Under whatever subclass it was wanted: the finding names it as it is held.
bool IsWanted(const FindingLock& lock, const std::string& node) {
  return node == lock.name || (!lock.class_name.empty() && node.starts_with(lock.name + "/"));
}

class Explainer {
 public:
  Explainer(const Program& program, const Finding& hang, const OrderPassResult& orders)
      : program_(program), hang_(hang), orders_(orders) {}

  std::string Run() {
    for (const FindingEdge& edge : hang_.edges) Add(WhyMissed(edge));
    if (hang_.edges.empty() && !hang_.locks.empty()) Add(WhyForsaken(hang_.locks[0]));
    return text_;
  }

 private:
  void Add(const std::string& why) {
    if (why.empty() || std::find(said_.begin(), said_.end(), why) != said_.end()) return;
    said_.push_back(why);
    text_ += (text_.empty() ? "" : "; ") + why;
  }

  const FindingLock& Lock(int lock) const { return hang_.locks[Index(lock)]; }

  // What is waited for that is no lock: "done is a completion".
  std::string WhatEvent(const FindingLock& lock) const {
    if (lock.type != LockType::kCompletion) return "";
    const auto& completions = program_.completions;
    const auto& conditions = program_.conditions;
    if (std::find(completions.begin(), completions.end(), lock.name) != completions.end())
      return lock.name + " is a completion";
    if (std::find(conditions.begin(), conditions.end(), lock.name) != conditions.end())
      return lock.name + " is a condition";
    return lock.name + " is a variable";
  }

  std::string WhyForsaken(const FindingLock& lock) const {
    const std::string event = WhatEvent(lock);
    if (!event.empty()) return event;
    return lock.type == LockType::kThreadEnd ? "nobody is left to come to the " + lock.name
                                             : "nobody is left to release " + lock.name;
  }

  std::string NotValidated(const FindingLock& lock) const {
    for (const ProgramClass& each : program_.classes) {
      if (each.no_validate && each.name == lock.class_name) return "the class " + each.name + " is not validated";
    }
    const std::string& name = lock.instance.empty() ? lock.name : lock.instance;
    for (const ProgramLock& each : program_.locks) {
      if (each.no_validate && each.name == name) return name + " is not validated";
    }
    return "";
  }

  std::string WhyMissed(const FindingEdge& edge) const {
    const FindingLock& held = Lock(edge.held);
    const FindingLock& wanted = Lock(edge.wanted);
    for (const FindingLock* lock : {&wanted, &held}) {
      if (std::string event = WhatEvent(*lock); !event.empty()) return event;
      if (std::string why = NotValidated(*lock); !why.empty()) return why;
    }
    if (edge.wanted_kind == Kind::kTrylock) return edge.thread + " only tries " + wanted.name;
    if (edge.held == edge.wanted && edge.context != Context::kTask)
      return "the " + std::string(ToString(edge.context)) + " waits for what it interrupted";
    if (IsRecorded(held, wanted)) return "";
    return "the order pass did not see " + edge.thread + " want " + wanted.name + " (" + edge.wanted_at.file + ":" +
           std::to_string(edge.wanted_at.line) + ") while it holds " + held.name;
  }

  bool IsRecorded(const FindingLock& held, const FindingLock& wanted) const {
    const bool order = std::any_of(orders_.dependencies.begin(), orders_.dependencies.end(), [&](const auto& each) {
      return each.first == NodeOf(held) && IsWanted(wanted, each.second);
    });
    // Two instances of one node make no dependency; they are a nesting.
    return order || (NodeOf(held) == NodeOf(wanted) &&
                     std::any_of(orders_.findings.begin(), orders_.findings.end(), [&](const Finding& each) {
                       return each.kind == FindingKind::kRecursive && NodeOf(each.locks[0]) == NodeOf(held);
                     }));
  }

  const Program& program_;
  const Finding& hang_;
  const OrderPassResult& orders_;
  std::vector<std::string> said_;
  std::string text_;
};

}  // namespace

std::string WhyMissedByOrders(const Program& program, const Finding& hang, const OrderPassResult& orders) {
  return Explainer(program, hang, orders).Run();
}

}  // namespace lockdep::workloads
