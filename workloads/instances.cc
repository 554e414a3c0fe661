#include "workloads/instances.h"

#include <string>
#include <utility>

#include "workloads/describe.h"

namespace lockdep::workloads {
namespace {

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

constexpr Site kNoSite = ~Site{0};

}  // namespace

Instances::Instances(const Program& program, Validator& validator) : program_(program), validator_(validator) {
  for (const ProgramClass& each : program.classes) {
    ClassInfo info;
    info.name = each.name;
    info.no_validate = each.no_validate;
    if (each.ordered) {
      info.compare = [](std::uint64_t held, std::uint64_t wanted) {
        return held < wanted ? -1 : held > wanted ? 1 : 0;
      };
    }
    classes_.push_back(validator.AddClass(std::move(info)));
  }
  for (const ProgramLock& each : program.locks) locks_.push_back(validator.AddLock(Describe(each)));
  stale_.assign(locks_.size(), false);
  for (const ProgramThread& each : program.threads) sites_.emplace_back(each.ops.size(), kNoSite);
  for (const ProgramRole& each : program.roles) roles_.push_back(validator.AddRole({each.name, each.single, false}));
  const auto add_event = [&](const std::string& name) {
    LockInfo info;
    info.name = name;
    info.type = LockType::kCompletion;
    return validator.AddLock(std::move(info));
  };
  for (const std::string& each : program.completions) completions_.push_back(add_event(each));
  for (const std::string& each : program.conditions) conditions_.push_back(add_event(each));
  for (const ProgramVariable& each : program.variables) variables_.push_back(add_event(each.name));
}

LockInfo Instances::Describe(const ProgramLock& lock) const {
  LockInfo info;
  info.name = lock.name;
  info.lock_class = lock.lock_class == kNone ? 0 : lock_class(lock.lock_class);
  info.type = lock.type;
  info.order = lock.order;
  info.no_validate = lock.no_validate;
  info.birth.file = program_.file;
  info.birth.line = lock.at.line;
  return info;
}

Site Instances::site(int thread, int op) {
  Site& site = sites_[Index(thread)][Index(op)];
  if (site == kNoSite) site = validator_.AddSite(PlaceOf(program_, program_.threads[Index(thread)], op));
  return site;
}

void Instances::Renew(int index) {
  locks_[Index(index)] = validator_.AddLock(Describe(program_.locks[Index(index)]));
  stale_[Index(index)] = false;
}

void Instances::StartRun() {
  for (std::size_t i = 0; i < stale_.size(); ++i) {
    if (stale_[i]) Renew(static_cast<int>(i));
  }
}

}  // namespace lockdep::workloads
