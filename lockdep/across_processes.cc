#include "lockdep/across_processes.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/canonical_recording.h"
#include "lockdep/check.h"
#include "lockdep/circular_findings.h"
#include "lockdep/dependency_graph.h"
#include "lockdep/evidence.h"
#include "lockdep/files_of_processes.h"
#include "lockdep/record_fields.h"
#include "lockdep/recorded_code.h"
#include "lockdep/recorded_doubts.h"
#include "lockdep/recorded_facts.h"
#include "lockdep/recorded_names.h"
#include "lockdep/registry.h"
#include "lockdep/stable_names.h"
#include "lockdep/strong_components.h"
#include "lockdep/symbolize.h"
#include "lockdep/valid_utf8.h"

namespace lockdep {
namespace {

using recording::HeldEntry;
using recording::LockRecord;
using recording::RecordHead;
using recording::RecordType;

constexpr const char* kMissing =
    "one process with all of it: the sides were seen in different processes (or runs); no run has both";
constexpr std::uint64_t kSearchSteps = 2'000'000;

// A record with what it mentions in numbers of all processes.
using Words = std::vector<std::uint64_t>;

struct SharedLock {
  Words record;                // a LockRecord with such addresses; empty: it was gone before it was described
  Words shape;                 // the same in every process, also where it is another lock
  std::string name;            // that its program gave it
  Doubt doubt = Doubt::kNone;  // the greatest of all processes
  LockId id = 0;               // in the registry
};
struct SharedRole {
  Words record;
  std::string name;  // that its program gave it; else made when it is wanted
  LockId end = 0;    // the lock that stands for the end of its threads; 0: nobody waits for that
  bool described = false;
};
struct SharedEntry {
  std::size_t lock = 0;
  How how;
  recording::Where where;
};
struct SharedChain {
  std::size_t process = 0;
  std::size_t role = 0;
  std::uint32_t thread = 0;
  bool of_join = false;
  std::size_t joined = 0;  // a role
  SharedEntry wanted;
  std::vector<SharedEntry> held;
  Words frames;
};

class Search {
 public:
  // What was left out may be what is missing.
  Search(const MergedRecording& merged, const std::string& source)
      : source_(source), lost_events_(merged.left_out() ? 1 : 0) {
    // What is no lock in one process is none in any.
    std::vector<std::pair<Recording, std::uint64_t>> recordings;
    for (const auto& [hash, bytes] : merged.processes()) {
      absl::StatusOr<Recording> recording = FromCanonicalBytes("a process", bytes);
      LOCKDEP_CHECK(recording.ok());
      NoteNoLocks(*recording);
      recordings.emplace_back(*std::move(recording), hash);
    }
    for (const auto& [recording, hash] : recordings) Read(recording, hash);
  }

  AcrossProcesses Run() {
    if (names_.size() < 2) return {};
    FindOrigins();
    FindComponents();
    for (std::size_t i = 0; i < chains_.size(); ++i) {
      if (MayBeInCycle(chains_[i])) AddContext(chains_[i], origins_[i]);
    }
    BuilderOptions options{source_, false, false, "", lost_events_};
    const CircularSearch search(graph_, registry_, options, nullptr, &role_origins_);
    AcrossProcesses result;
    for (const std::vector<NodeId>& component : graph_.CyclicComponents()) {
      CircularFindings found = search.In(component, kSearchSteps);
      if (!found.note.empty()) result.notes.push_back(std::move(found.note));
      for (auto& [cycle, finding] : found.findings) {
        if (finding.verdict == Verdict::kFalse && finding.reasons.empty()) continue;  // judged elsewhere
        FindingBuilder::CapByDoubt(finding);
        doubts_.Cap(finding);
        if (finding.verdict == Verdict::kUnknown) finding.missing.insert(finding.missing.begin(), kMissing);
        Symbolize(finding, [this](std::uintptr_t pc) { return files_.Code().FramesAt(pc); });
        result.findings.push_back(std::move(finding));
      }
    }
    Evidence::Sort(result.findings);
    return result;
  }

 private:
  // --- Reading: numbers of one process become those of all -------------------------------------------------

  // Of the process that is read.
  struct Process {
    ModuleMap modules;
    std::vector<std::size_t> file_numbers;
    absl::flat_hash_map<std::uint32_t, std::size_t> locks, roles;
    absl::flat_hash_map<std::uint32_t, std::size_t> role_of_thread;
    std::set<std::string> ambiguous;  // stable names that two of its locks have
    std::optional<RecordedFacts> facts;
  };

  // Where its files are, before anything that it says is looked at.
  void Begin(const Recording& recording) {
    process_ = {};
    process_.facts.emplace(recording);
    for (const RecordHead* head : recording.records()) {
      if (head->type == RecordType::kModule) Follow(As<recording::ModuleRecord>(head));
    }
  }

  void NoteNoLocks(const Recording& recording) {
    Begin(recording);
    for (const RecordHead* head : recording.records()) {
      if (head->type != RecordType::kLock) continue;
      const auto& lock = As<recording::LockRecord>(head);
      if (!process_.facts->no_locks.contains(lock.id)) continue;
      if (const std::optional<std::string> name = StableName(lock); name) no_locks_.insert(*name);
    }
  }

  void Read(const Recording& recording, std::uint64_t hash) {
    const recording::RecordingHeader& header = recording.header();
    lost_events_ += header.lost_events + header.capped + (header.full != 0 ? 1 : 0);
    const std::string program = recording.program();
    char short_hash[16];
    std::snprintf(short_hash, sizeof short_hash, "/%06x", static_cast<unsigned>(hash >> 40));
    names_.push_back(program.substr(program.rfind('/') + 1) + short_hash);
    Begin(recording);
    std::set<std::string> seen;
    for (const RecordHead* head : recording.records()) {
      if (head->type != RecordType::kLock) continue;
      const std::optional<std::string> name = StableName(As<recording::LockRecord>(head));
      if (name && no_locks_.contains(*name)) process_.facts->no_locks.insert(As<recording::LockRecord>(head).id);
      if (name && !seen.insert(*name).second) process_.ambiguous.insert(*name);
    }
    for (const RecordHead* head : recording.records()) {
      switch (head->type) {
        case RecordType::kLock: AddLock(As<recording::LockRecord>(head)); break;
        case RecordType::kRole: AddRole(As<recording::RoleRecord>(head)); break;
        case RecordType::kThread: {
          const auto& thread = As<recording::ThreadRecord>(head);
          process_.role_of_thread[thread.number] = RoleOf(thread.role);
          break;
        }
        case RecordType::kChain: AddChain(As<recording::ChainRecord>(head)); break;
        case RecordType::kModule:
        case RecordType::kThreadEnd:
        case RecordType::kJoin:
        case RecordType::kEpisode:
        case RecordType::kMisuse:
        case RecordType::kHang:
        case RecordType::kQuiet:
        case RecordType::kStatus:
        case RecordType::kHeldLong:
        case RecordType::kName:
        case RecordType::kOrder:
        case RecordType::kNoLock: break;
      }
    }
  }

  // A name that the program gave is that of one lock, wherever it lies.
  std::optional<std::string> StableName(const recording::LockRecord& lock) const {
    const auto name = process_.facts->names.find(lock.id);
    return name != process_.facts->names.end() ? "called " + name->second : StableNameOf(lock, process_.modules);
  }

  void Follow(const recording::ModuleRecord& module) {
    process_.modules.Follow(module);
    if ((module.head.flags & recording::ModuleRecord::kUnloaded) != 0) return;
    process_.file_numbers.push_back(files_.Add(process_.modules.files().back()));
  }

  std::uint64_t Shared(std::uint64_t address) const {
    const std::optional<ModuleMap::Found> found = process_.modules.Find(address);
    return found ? FilesOfProcesses::AddressIn(*found, process_.file_numbers[found->file]) : 0;
  }
  recording::Where Shared(recording::Where where) const {
    where.site = Shared(where.site);
    for (std::uint64_t& above : where.above) above = Shared(above);
    return where;
  }

  template <class T>
  static Words WordsOf(const T& record, std::span<const std::uint64_t> behind = {}) {
    static_assert(sizeof(T) % 8 == 0);
    Words words(sizeof(T) / 8);
    std::memcpy(words.data(), &record, sizeof record);
    words.insert(words.end(), behind.begin(), behind.end());
    return words;
  }

  void AddLock(const recording::LockRecord& record) {
    recording::LockRecord shared = record;
    shared.id = 0;
    shared.head.bytes = sizeof shared;
    shared.birth = Shared(record.birth);
    const bool on_stack = (record.head.flags & recording::LockRecord::kOnStack) != 0;
    shared.address = on_stack ? 0 : Shared(record.address);
    SharedLock lock;
    lock.record = WordsOf(shared);
    const bool seen_to_begin = (record.head.flags & LockRecord::kInitSeen) != 0 || shared.address != 0;
    const bool is_semaphore = (record.head.flags & LockRecord::kSemaphore) != 0;
    if (!seen_to_begin) lock.doubt = Doubt::kIdentity;
    if (is_semaphore) lock.doubt = Doubt::kSemaphore;
    if (process_.facts->given_back_by_others.contains(record.id)) lock.doubt = Doubt::kGivenBack;
    if (const auto given = process_.facts->names.find(record.id); given != process_.facts->names.end())
      lock.name = given->second;
    lock.shape = {shared.address, shared.type, shared.address == 0 ? shared.birth.site : 0,
                  lock.name.empty() ? 0 : HashOf(lock.name)};
    const std::optional<std::string> name = StableName(record);
    if (!name || process_.ambiguous.contains(*name)) {
      process_.locks[record.id] = locks_.size();
      locks_.push_back(std::move(lock));
      return;
    }
    const auto [it, is_new] =
        by_stable_name_.try_emplace(*name + " type " + std::to_string(record.type), locks_.size());
    process_.locks[record.id] = it->second;
    if (is_new) {
      locks_.push_back(std::move(lock));
    } else {
      locks_[it->second].doubt = std::max(locks_[it->second].doubt, lock.doubt);
    }
  }
  std::size_t LockOf(std::uint32_t id) {
    const auto [it, is_new] = process_.locks.try_emplace(id, locks_.size());
    if (is_new) {
      locks_.emplace_back();
      locks_.back().doubt = Doubt::kIdentity;
    }
    return it->second;
  }

  // Roles are one by start routine and the place that creates the thread.
  void AddRole(const recording::RoleRecord& record) {
    recording::RoleRecord shared = record;
    shared.start_routine = Shared(record.start_routine);
    Words frames;
    for (const std::uint64_t frame : FramesOf(record)) frames.push_back(Shared(frame));
    const bool built_in = record.id == recording::kMainRole || record.id == recording::kForeignRole;
    const std::string given_name = ValidUtf8(NameOf(record));
    shared.name_bytes = 0;
    const std::uint64_t stacks = shared.head.flags & recording::RoleRecord::kSeveralStacks;
    const Words key{built_in ? record.id : 0, stacks, shared.start_routine, frames.empty() ? 0 : frames.front(),
                    given_name.empty() ? 0 : HashOf(given_name)};
    const auto [it, is_new] = role_of_key_.try_emplace(key, roles_.size());
    process_.roles[record.id] = it->second;
    if (!is_new) return;
    if (!built_in) shared.id = recording::kForeignRole + 1;
    shared.head.bytes = static_cast<std::uint32_t>(sizeof shared + frames.size() * 8);
    roles_.push_back({WordsOf(shared, frames), given_name, 0, false});
  }
  std::size_t RoleOf(std::uint32_t id) {
    const auto [it, is_new] = process_.roles.try_emplace(id, roles_.size());
    if (is_new) roles_.emplace_back();
    return it->second;
  }

  SharedEntry EntryOf(const HeldEntry& entry, std::size_t lock) const {
    return {lock, RecordedHow(entry.how), Shared(entry.where)};
  }

  void AddChain(const recording::ChainRecord& record) {
    SharedChain chain;
    chain.process = names_.size() - 1;
    chain.thread = record.thread;
    const auto role = process_.role_of_thread.find(record.thread);
    chain.role = role != process_.role_of_thread.end() ? role->second : RoleOf(recording::kForeignRole);
    chain.of_join = (record.head.flags & recording::kOfJoin) != 0;
    if ((record.head.flags & recording::kOpened) != 0) return;
    if (!chain.of_join && process_.facts->no_locks.contains(record.wanted.lock)) return;
    const std::span<const HeldEntry> held = lockdep::HeldOf(record);
    // A handler runs in any thread, and holds nothing of what it interrupted.
    const bool in_handler = record.signal != 0 && !chain.of_join;
    if (in_handler) chain.role = RoleOf(recording::kForeignRole);
    for (const HeldEntry& entry : held.subspan(in_handler ? std::min<std::size_t>(record.below, held.size()) : 0)) {
      if (process_.facts->no_locks.contains(entry.lock)) continue;
      // Who asks for it again may not have it any more.
      const bool again = !chain.of_join && entry.lock == record.wanted.lock;
      if (again && process_.facts->given_back_by_others.contains(entry.lock)) continue;
      chain.held.push_back(EntryOf(entry, LockOf(entry.lock)));
    }
    if (chain.held.empty()) return;
    if (chain.of_join) {
      chain.joined = RoleOf(record.wanted.lock);
      chain.wanted = EntryOf(record.wanted, 0);
      chain.wanted.how = How::Of(Mode::kExclusive);
      joined_roles_.insert(chain.joined);
    } else {
      chain.wanted = EntryOf(record.wanted, LockOf(record.wanted.lock));
      if (chain.wanted.how.kind() == Kind::kTrylock) return;  // waits for nobody
    }
    for (const std::uint64_t frame : FramesOf(record)) chain.frames.push_back(Shared(frame));
    chains_.push_back(std::move(chain));
  }

  // --- In which processes what was seen -------------------------------------------------------------------------

  // What a chain is in every process, by its places and by what its locks are in each.
  Words ShapeOf(const SharedChain& chain) const {
    Words shape{chain.role, chain.of_join ? 1U : 0U, chain.joined, SiteOf(chain)};
    const auto add = [&](const SharedEntry& entry, bool is_lock) {
      shape.push_back(entry.how.bits);
      if (!is_lock) return;
      const Words& lock = locks_[entry.lock].shape;
      shape.push_back(lock.size());
      shape.insert(shape.end(), lock.begin(), lock.end());
    };
    add(chain.wanted, !chain.of_join);
    for (const SharedEntry& entry : chain.held) {
      add(entry, true);
      shape.push_back(entry.where.site);
    }
    return shape;
  }
  static std::uint64_t SiteOf(const SharedChain& chain) {
    return chain.frames.empty() ? chain.wanted.where.site : chain.frames.front();
  }

  void FindOrigins() {
    std::map<Words, std::set<std::size_t>> processes_of;
    std::vector<Words> shapes;
    for (const SharedChain& chain : chains_) {
      shapes.push_back(ShapeOf(chain));
      processes_of[shapes.back()].insert(chain.process);
    }
    std::map<std::set<std::size_t>, std::uint32_t> numbers;
    for (const Words& shape : shapes) {
      const auto number = static_cast<std::uint32_t>(numbers.size() + 1);
      origins_.push_back(numbers.try_emplace(processes_of[shape], number).first->second);
    }
  }

  // --- The graph -------------------------------------------------------------------------------------------------

  // Where locks are held for each other in a circle, by locks alone: what is in none need not be described.
  std::uint32_t EndOf(std::size_t role) const { return static_cast<std::uint32_t>(locks_.size() + role); }
  std::uint32_t WantedOf(const SharedChain& chain) const {
    return chain.of_join ? EndOf(chain.joined) : static_cast<std::uint32_t>(chain.wanted.lock);
  }
  std::vector<std::uint32_t> HeldOf(const SharedChain& chain) const {
    std::vector<std::uint32_t> held;
    if (joined_roles_.contains(chain.role)) held.push_back(EndOf(chain.role));
    for (const SharedEntry& entry : chain.held) held.push_back(static_cast<std::uint32_t>(entry.lock));
    return held;
  }
  void FindComponents() {
    const std::size_t nodes = locks_.size() + roles_.size();
    std::vector<std::vector<std::uint32_t>> wanted_under(nodes);
    for (const SharedChain& chain : chains_) {
      for (const std::uint32_t held : HeldOf(chain)) wanted_under[held].push_back(WantedOf(chain));
    }
    component_.assign(nodes, 0);
    std::size_t last = 0;
    ForEachStrongComponent(
        static_cast<std::uint32_t>(nodes),
        [&](std::uint32_t node) -> const std::vector<std::uint32_t>& { return wanted_under[node]; },
        [](std::uint32_t) { return true; },
        [&](std::span<const std::uint32_t> component) {
          ++last;
          for (const std::uint32_t node : component) component_[node] = component.size() > 1 ? last : 0;
        });
  }
  bool MayBeInCycle(const SharedChain& chain) const {
    const std::size_t component = component_[WantedOf(chain)];
    const std::vector<std::uint32_t> held = HeldOf(chain);
    return component != 0 &&
           std::any_of(held.begin(), held.end(), [&](std::uint32_t each) { return component_[each] == component; });
  }

  LockId Described(std::size_t index) {
    SharedLock& lock = locks_[index];
    if (lock.id != 0) return lock.id;
    LockInfo info;
    if (lock.record.empty()) {
      info.name = "a lock that is gone";
    } else {
      info = InfoOf(*reinterpret_cast<const recording::LockRecord*>(lock.record.data()), files_.Code());
    }
    if (!lock.name.empty()) info.name = lock.name;
    if (info.doubt == Doubt::kNone) info.doubt = lock.doubt;
    lock.id = registry_.AddLock(info);
    const std::uint16_t flags =
        lock.record.empty() ? 0 : reinterpret_cast<const LockRecord*>(lock.record.data())->head.flags;
    if ((flags & LockRecord::kShared) != 0) doubts_.NoteShared(lock.id);
    if ((flags & LockRecord::kRobust) != 0) doubts_.NoteRobust(lock.id, info.name.empty() ? "a lock" : info.name);
    return lock.id;
  }
  SharedRole& DescribedRole(std::size_t index) {
    SharedRole& role = roles_[index];
    if (role.described) return role;
    role.described = true;
    if (role.name.empty())
      role.name = role.record.empty()
                      ? "a role that was not recorded"
                      : InfoOf(*reinterpret_cast<const recording::RoleRecord*>(role.record.data()), files_.Code()).name;
    if (!joined_roles_.contains(index)) return role;
    LockInfo info;
    info.name = "end of " + role.name;
    info.type = LockType::kThreadEnd;
    role.end = registry_.AddLock(info);
    return role;
  }

  bool RunsOnSeveralStacks(std::size_t role) const {
    const Words& record = roles_[role].record;
    if (record.empty()) return false;
    const auto& described = *reinterpret_cast<const recording::RoleRecord*>(record.data());
    return (described.head.flags & recording::RoleRecord::kSeveralStacks) != 0;
  }

  RoleId RoleIn(std::size_t role, std::uint32_t origin) {
    const auto [it, is_new] = role_ids_.try_emplace({role, origin}, 0);
    if (!is_new) return it->second;
    RoleInfo info;
    info.name = DescribedRole(role).name;
    info.several_stacks = RunsOnSeveralStacks(role);
    it->second = registry_.AddRole(std::move(info));
    role_origins_.resize(it->second + 1, 0);
    role_origins_[it->second] = origin;
    return it->second;
  }

  Site AddSite(std::vector<std::uintptr_t> pcs) {
    if (pcs.empty()) return 0;
    Place place;
    place.pcs = std::move(pcs);
    return registry_.AddSite(place);
  }

  HeldRef Held(LockId lock, How how, Site site) { return {lock, graph_.NodeOf(lock, 0), site, how, 0}; }

  void AddContext(const SharedChain& chain, std::uint32_t origin) {
    const RoleId role = RoleIn(chain.role, origin);
    // One of each is enough; which other locks a process has is not to be forgotten, so by locks, not by shape.
    Words key{role, chain.of_join ? 1U : 0U, chain.of_join ? chain.joined : chain.wanted.lock, chain.wanted.how.bits,
              SiteOf(chain)};
    for (const SharedEntry& entry : chain.held) {
      key.insert(key.end(), {entry.lock, entry.how.bits, entry.where.site});
    }
    if (!known_.insert(std::move(key)).second) return;
    RecordedCode& code = files_.Code();
    std::vector<HeldRef> held;
    // As a thread holds its own end, from start to end.
    if (const LockId end = DescribedRole(chain.role).end; end != 0)
      held.push_back(Held(end, How::Of(Mode::kShared), 0));
    for (const SharedEntry& entry : chain.held) {
      held.push_back(Held(Described(entry.lock), entry.how, AddSite(code.Stack(entry.where))));
    }
    ContextRecord context;
    context.wanted = chain.of_join ? DescribedRole(chain.joined).end : Described(chain.wanted.lock);
    context.node = graph_.NodeOf(context.wanted, 0);
    context.site = AddSite(code.Stack(chain.frames));
    context.role = role;
    context.thread = registry_.AddName(ThreadName(chain));
    context.how = chain.wanted.how;
    graph_.AddContext(context, held);
  }

  std::string ThreadName(const SharedChain& chain) const {
    const std::string& role = roles_[chain.role].name;
    return (role == "main" ? role : "thread " + std::to_string(chain.thread)) + " of " + names_[chain.process];
  }

  const std::string source_;
  std::uint64_t lost_events_;
  std::vector<std::string> names_;  // of processes
  Process process_;
  FilesOfProcesses files_;
  std::vector<SharedLock> locks_;
  std::vector<SharedRole> roles_;
  std::map<std::string, std::size_t> by_stable_name_;
  std::set<std::string> no_locks_;  // stable names of what some process shows to be none
  std::map<Words, std::size_t> role_of_key_;
  std::set<std::size_t> joined_roles_;
  std::vector<SharedChain> chains_;
  std::vector<std::uint32_t> origins_;  // of chains
  std::vector<std::size_t> component_;  // of locks, and of the ends of roles; 0: in no circle

  RecordedDoubts doubts_{{}};
  Registry registry_;
  DependencyGraph graph_{registry_};
  std::map<std::pair<std::size_t, std::uint32_t>, RoleId> role_ids_;
  RoleOrigins role_origins_{0};
  std::set<Words> known_;
};

}  // namespace

AcrossProcesses FindAcrossProcesses(const MergedRecording& merged, const std::string& source) {
  return Search(merged, source).Run();
}

}  // namespace lockdep
