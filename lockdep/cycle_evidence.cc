#include "lockdep/cycle_evidence.h"

#include <algorithm>
#include <set>

namespace lockdep {

RegistryPart::RegistryPart(const Registry& from, bool sites_are_code, Registry& to)
    : from_(from), sites_are_code_(sites_are_code), to_(to) {
  to.classes_ = from.classes_;
  to.roles_ = from.roles_;
}

LockId RegistryPart::Lock(LockId lock) {
  if (lock == 0) return 0;
  const auto [it, is_new] = locks_.try_emplace(lock, 0);
  if (!is_new) return it->second;
  LockRecord record = from_.lock(lock);
  record.name = Name(record.name);
  if (record.birth != 0) record.birth = static_cast<std::uint32_t>(to_.AddSite(from_.places_[record.birth]));
  it->second = static_cast<LockId>(to_.locks_.size());
  to_.locks_.push_back(record);
  if (record.name == 0 && record.birth == 0) to_.numbers_shown_[it->second] = lock;
  return it->second;
}

NameId RegistryPart::Name(NameId name) { return to_.AddName(from_.name(name)); }

Site RegistryPart::SiteOf(Site site) {
  if (sites_are_code_ || site == 0 || site >= from_.places_.size()) return site;
  return to_.AddSite(from_.places_[site]);
}

StackId RegistryPart::Stack(StackId stack) { return to_.AddStack(from_.stack(stack)); }

namespace {

// The contexts that matter, in their order.
std::vector<ContextId> ContextsOf(const DependencyGraph& graph, const std::vector<std::vector<NodeId>>& components) {
  std::set<ContextId> contexts;
  for (const std::vector<NodeId>& component : components) {
    for (const Link& link : graph.LinksIn(component)) contexts.insert(link.context);
    for (const LockId lock : graph.LocksWantedIn(component)) {
      for (const ContextId writer : graph.Writers(lock)) contexts.insert(writer);
    }
  }
  return {contexts.begin(), contexts.end()};
}

// Locks and nodes, so that they can be numbered in their order before anything mentions them.
struct Mentioned {
  std::set<LockId> locks;
  std::set<NodeId> nodes;
};

Mentioned MentionedBy(const DependencyGraph& graph, const std::vector<ContextId>& contexts) {
  Mentioned mentioned;
  for (const ContextId id : contexts) {
    const ContextRecord& context = graph.context(id);
    mentioned.locks.insert({context.wanted, context.nest});
    mentioned.nodes.insert(context.node);
    for (const HeldRef& held : graph.held(context)) {
      mentioned.locks.insert(held.lock);
      mentioned.nodes.insert(held.node);
    }
  }
  for (const NodeId node : mentioned.nodes) mentioned.locks.insert(graph.node(node).lock);
  return mentioned;
}

}  // namespace

void CopyComponents(const DependencyGraph& graph, const std::vector<std::vector<NodeId>>& components,
                    RegistryPart& names, CycleEvidence& part) {
  const std::vector<ContextId> contexts = ContextsOf(graph, components);
  const Mentioned mentioned = MentionedBy(graph, contexts);
  for (const LockId lock : mentioned.locks) names.Lock(lock);
  std::map<NodeId, NodeId> nodes;
  for (const NodeId node : mentioned.nodes) {
    nodes[node] = part.graph.AddNode(graph.node(node), names.Lock(graph.node(node).lock));
  }
  for (const ContextId id : contexts) {
    ContextRecord context = graph.context(id);
    std::vector<HeldRef> held;
    for (const HeldRef& ref : graph.held(context)) {
      held.push_back({names.Lock(ref.lock), nodes.at(ref.node), names.SiteOf(ref.site), ref.how, ref.caller});
    }
    context.wanted = names.Lock(context.wanted);
    context.node = nodes.at(context.node);
    context.site = names.SiteOf(context.site);
    context.stack = names.Stack(context.stack);
    context.nest = names.Lock(context.nest);
    context.thread = names.Name(context.thread);
    part.graph.AddContext(context, held);
  }
  for (const LockId lock : mentioned.locks) {
    if (lock != 0 && !graph.WritersComplete(lock)) part.graph.MarkWritersIncomplete(names.Lock(lock));
  }
  part.graph.CopyFlags(graph, nodes);
  for (const std::vector<NodeId>& component : components) {
    std::vector<NodeId> copy;
    for (const NodeId node : component) {
      // A node that is only tied to another one may have no link in the component.
      if (const auto it = nodes.find(node); it != nodes.end()) copy.push_back(it->second);
    }
    if (!copy.empty()) part.components.push_back(std::move(copy));
  }
}

}  // namespace lockdep
