#include "lockdep/canonical_recording.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "lockdep/held_locks.h"
#include "lockdep/module_map.h"
#include "lockdep/record_fields.h"
#include "lockdep/recorded_facts.h"

namespace lockdep {
namespace {

using recording::RecordHead;
using recording::RecordType;

constexpr std::uint64_t kOffsetMask = (std::uint64_t{1} << ModuleMap::kOffsetBits) - 1;

// Whether the recorder counts it: RecordingHeader::chains.
bool IsCountedChain(const RecordHead& head) {
  if (head.type != RecordType::kChain || (head.flags & recording::kOpened) != 0) return false;
  const auto& chain = As<recording::ChainRecord>(&head);
  return chain.held != 0 || How{chain.wanted.how}.counts_alone();
}

constexpr std::uint64_t AddressIn(std::size_t file, std::uint64_t offset) {
  return static_cast<std::uint64_t>(file + 1) << ModuleMap::kOffsetBits | offset;
}

// A record of our own, with nothing behind what it says.
class Copy {
 public:
  explicit Copy(const RecordHead* head) : words_((ContentBytes(head) + 7) / 8) {
    std::memcpy(words_.data(), head, ContentBytes(head));
    this->head()->bytes = static_cast<std::uint32_t>(words_.size() * 8);
  }
  RecordHead* head() { return reinterpret_cast<RecordHead*>(words_.data()); }
  std::string_view bytes() const { return {reinterpret_cast<const char*>(words_.data()), words_.size() * 8}; }

 private:
  std::vector<std::uint64_t> words_;
};

// Frames around a site are followed up to the first that lies in no file.
template <class Visitor>
void EachAddress(recording::Where& where, Visitor& visitor) {
  visitor.Address(where.site);
  bool known = true;
  for (std::uint64_t& above : where.above) {
    if (known) visitor.Address(above);
    known = known && above != 0;
    if (!known) above = 0;
  }
}

// Bytes that nobody reads.
struct PaddingCleaner {
  static void Clean(RecordHead* head) {
    const auto clean = [](recording::HeldEntry* entries, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) entries[i].padding = 0;
    };
    if (head->type == RecordType::kChain) {
      auto& chain = AsMutable<recording::ChainRecord>(head);
      clean(&chain.wanted, 1);
      clean(reinterpret_cast<recording::HeldEntry*>(&chain + 1), chain.held);
    } else if (head->type == RecordType::kEpisode) {
      AsMutable<recording::EpisodeRecord>(head).padding = 0;
    } else if (head->type == RecordType::kMisuse) {
      auto& misuse = AsMutable<recording::MisuseRecord>(head);
      clean(&misuse.lock, 1);
      clean(reinterpret_cast<recording::HeldEntry*>(&misuse + 1), misuse.held);
    } else if (head->type == RecordType::kQuiet) {
      AsMutable<recording::QuietRecord>(head).padding = 0;
    } else if (head->type == RecordType::kNoLock) {
      AsMutable<recording::NoLockRecord>(head).padding = 0;
    } else if (head->type == RecordType::kRole) {
      AsMutable<recording::RoleRecord>(head).padding = 0;
    }
  }
};

// Three passes: records in the order of writing are resolved (what does a number or an address mean at that time);
// threads get an order; the records are written in it, with new numbers.
class Canonicalizer {
 public:
  explicit Canonicalizer(const Recording& recording) : recording_(recording), facts_(recording) {}

  std::string Run() {
    for (const RecordHead* head : recording_.records()) Resolve(head);
    // Hangs are told after all else.
    for (const RecordHead* head : recording_.records()) {
      if (head->type == RecordType::kHang) hangs_.push_back(Resolved(head));
    }
    NumberModules();
    NumberThreads();
    WriteModules();
    for (Role& role : roles_) {
      if (role.record && role.built_in != 0) Write(role);
    }
    WriteThreads();
    for (Copy& order : orders_) Write(std::move(order));
    for (Copy& hang : hangs_) Write(std::move(hang));
    return Head() + records_;
  }

 private:
  // What stands behind a number, from one description of it to the next.
  struct Lock {
    std::optional<Copy> record;  // none: it was gone before it could be described
    std::optional<Copy> name, class_name, no_lock;
    std::uint32_t number = 0;  // 0: not mentioned yet
  };
  struct Role {
    std::optional<Copy> record;
    std::uint32_t built_in = 0;  // kMainRole, kForeignRole, or 0
    std::uint32_t number = 0;
  };
  struct Item {
    enum class Kind : std::uint8_t { kRecord, kStart, kJoin };
    Kind kind = Kind::kRecord;
    std::uint32_t thread = 0;  // that is started or joined
    std::optional<Copy> record;
  };
  struct Thread {
    std::optional<Copy> record;  // none: it was not described
    std::vector<Item> items;
    bool is_root = true;  // no item of another thread starts it
    bool is_main = false;
    bool ended = false;
    std::uint32_t number = 0;
    bool written = false;                // all of it
    std::vector<std::uint32_t> waiters;  // threads that join it next
  };
  struct Module {
    ModuleMap::File file;
    std::uint64_t begin = 0;  // offsets
    std::uint64_t end = 0;
    bool used = false;
    std::size_t number = 0;
  };

  // --- Resolving: indices in place of numbers, of threads plus one, because 0 is none ------------------

  struct Resolver {
    Canonicalizer& self;
    void Thread(std::uint32_t& number) { number = self.ThreadOf(number) + 1; }
    void Lock(std::uint32_t& id) { id = self.LockOf(id); }
    void Role(std::uint32_t& id) { id = self.RoleOf(id); }
    void Address(std::uint64_t& address) { address = self.Resolved(address); }
    void Where(recording::Where& where) { EachAddress(where, *this); }
  };

  Copy Resolved(const RecordHead* head) {
    Copy copy(head);
    PaddingCleaner::Clean(copy.head());
    Resolver resolver{*this};
    VisitFields(copy.head(), resolver);
    return copy;
  }

  void Resolve(const RecordHead* head) {
    switch (head->type) {
      case RecordType::kModule: AddModule(As<recording::ModuleRecord>(head)); break;
      case RecordType::kLock: AddLock(head); break;
      case RecordType::kRole: AddRole(head); break;
      case RecordType::kThread: StartThread(head); break;
      case RecordType::kJoin: JoinThread(head); break;
      case RecordType::kThreadEnd:
        threads_[AddRecord(head, As<recording::ThreadEndRecord>(head).thread)].ended = true;
        break;
      case RecordType::kChain: AddRecord(head, As<recording::ChainRecord>(head).thread); break;
      case RecordType::kEpisode: AddRecord(head, As<recording::EpisodeRecord>(head).thread); break;
      case RecordType::kMisuse: AddRecord(head, As<recording::MisuseRecord>(head).thread); break;
      case RecordType::kQuiet: AddRecord(head, As<recording::QuietRecord>(head).thread); break;
      case RecordType::kName: {
        const auto& name = As<recording::NameRecord>(head);
        Lock& lock = locks_[LockOf(name.lock)];
        Copy copy = Resolved(head);  // the last one counts
        ((head->flags & recording::NameRecord::kOfClass) != 0 ? lock.class_name : lock.name) = std::move(copy);
        break;
      }
      case RecordType::kNoLock: {
        const std::uint32_t index = LockOf(As<recording::NoLockRecord>(head).lock);
        locks_[index].no_lock = Resolved(head);
        break;
      }
      case RecordType::kOrder: orders_.push_back(Resolved(head)); break;
      case RecordType::kHang:
      case RecordType::kStatus:
      case RecordType::kHeldLong: break;
    }
  }

  void AddModule(const recording::ModuleRecord& record) {
    map_.Follow(record);
    if ((record.head.flags & recording::ModuleRecord::kUnloaded) != 0) return;
    const ModuleMap::File& file = map_.files().back();
    // A file that is mapped again is the same file.
    const auto [it, is_new] =
        module_ids_.try_emplace({file.build_id, file.path, file.fixed}, static_cast<std::uint32_t>(modules_.size()));
    module_of_file_.push_back(it->second);
    std::uint64_t begin = file.begin - file.bias;
    std::uint64_t end = file.end - file.bias;
    if (begin > kOffsetMask) begin = 0;
    if (end > kOffsetMask + 1 || end <= begin) end = kOffsetMask + 1;
    if (is_new) {
      modules_.push_back({file, begin, end});
    } else {
      Module& module = modules_[it->second];
      module.begin = std::min(module.begin, begin);
      module.end = std::max(module.end, end);
    }
  }

  std::uint64_t Resolved(std::uint64_t address) {
    const std::optional<ModuleMap::Found> found = map_.Find(address);
    if (!found) return 0;
    const std::uint32_t module = module_of_file_[found->file];
    modules_[module].used = true;
    return AddressIn(module, found->offset);
  }

  void AddLock(const RecordHead* head) {
    Copy copy = Resolved(head);
    auto& record = AsMutable<recording::LockRecord>(copy.head());
    const bool on_stack = (head->flags & recording::LockRecord::kOnStack) != 0;
    record.address = on_stack ? 0 : Resolved(record.address);
    lock_of_[record.id] = static_cast<std::uint32_t>(locks_.size());
    locks_.emplace_back();
    locks_.back().record = std::move(copy);
  }
  std::uint32_t LockOf(std::uint32_t id) {
    const auto [it, is_new] = lock_of_.try_emplace(id, static_cast<std::uint32_t>(locks_.size()));
    if (is_new) locks_.emplace_back();
    return it->second;
  }

  void AddRole(const RecordHead* head) {
    Copy copy = Resolved(head);
    const std::uint32_t id = As<recording::RoleRecord>(head).id;
    // Which threads had it at once is not to be seen any more when their records are in another order.
    if (facts_.of_two_at_once.contains(id)) {
      copy.head()->flags &= static_cast<std::uint16_t>(~recording::RoleRecord::kDeclaredSingle);
    }
    const bool built_in = id == recording::kMainRole || id == recording::kForeignRole;
    if (built_in && role_of_.contains(id)) return;
    role_of_[id] = static_cast<std::uint32_t>(roles_.size());
    roles_.push_back({std::move(copy), built_in ? id : 0});
  }
  std::uint32_t RoleOf(std::uint32_t id) {
    const auto [it, is_new] = role_of_.try_emplace(id, static_cast<std::uint32_t>(roles_.size()));
    if (is_new) {
      const bool built_in = id == recording::kMainRole || id == recording::kForeignRole;
      roles_.push_back({std::nullopt, built_in ? id : 0});
    }
    return it->second;
  }

  std::uint32_t NewThread(std::uint32_t number) {
    const auto index = static_cast<std::uint32_t>(threads_.size());
    thread_of_[number] = index;
    threads_.emplace_back();
    return index;
  }
  bool IsThere(std::uint32_t number) const {
    const auto it = thread_of_.find(number);
    return it != thread_of_.end() && !threads_[it->second].ended;
  }
  // A number stands for one thread until that has ended.
  std::uint32_t ThreadOf(std::uint32_t number) { return IsThere(number) ? thread_of_[number] : NewThread(number); }

  std::uint32_t AddRecord(const RecordHead* head, std::uint32_t number) {
    const std::uint32_t thread = ThreadOf(number);
    threads_[thread].items.push_back({Item::Kind::kRecord, 0, Resolved(head)});
    return thread;
  }

  void StartThread(const RecordHead* head) {
    const auto& record = As<recording::ThreadRecord>(head);
    if (IsThere(record.number)) return;
    const bool known = (head->flags & recording::ThreadRecord::kOriginKnown) != 0;
    const bool has_creator = known && record.creator != 0 && IsThere(record.creator);
    Copy copy(head);
    auto& changed = AsMutable<recording::ThreadRecord>(copy.head());
    changed.role = RoleOf(record.role);
    const std::uint32_t creator = has_creator ? thread_of_[record.creator] : 0;
    const std::uint32_t index = NewThread(record.number);
    if (!has_creator) {
      // One whose creator was not seen is of unknown origin.
      if (!known || record.creator != 0) changed.head.flags = 0;
      changed.creator = 0;
      changed.creator_marks = 0;
    }
    changed.number = index + 1;
    Thread& thread = threads_[index];
    thread.is_main = record.role == recording::kMainRole;
    thread.is_root = !has_creator;
    if (has_creator) {
      changed.creator = creator + 1;
      threads_[creator].items.push_back({Item::Kind::kStart, index, std::nullopt});
    }
    thread.record = std::move(copy);
  }

  void JoinThread(const RecordHead* head) {
    const auto& record = As<recording::JoinRecord>(head);
    const auto joined = thread_of_.find(record.joined);
    const bool has_ended = joined != thread_of_.end() && threads_[joined->second].ended;
    const std::uint32_t joined_index = has_ended ? joined->second : 0;
    const std::uint32_t thread = ThreadOf(record.thread);
    if (!has_ended) return;  // nothing is known of it
    Copy copy(head);
    auto& changed = AsMutable<recording::JoinRecord>(copy.head());
    changed.thread = thread + 1;
    changed.joined = joined_index + 1;
    threads_[thread].items.push_back({Item::Kind::kJoin, joined_index, std::move(copy)});
  }

  // --- Orders ------------------------------------------------------------------------------------------

  void NumberModules() {
    std::vector<Module*> used;
    for (Module& module : modules_) {
      if (module.used) used.push_back(&module);
    }
    std::sort(used.begin(), used.end(), [](const Module* a, const Module* b) {
      return std::tie(a->file.build_id, a->file.path, a->file.fixed) <
             std::tie(b->file.build_id, b->file.path, b->file.fixed);
    });
    for (std::size_t i = 0; i < used.size(); ++i) used[i]->number = i;
    sorted_modules_ = std::move(used);
  }

  std::uint64_t Final(std::uint64_t address) const {
    if (address == 0) return 0;
    return AddressIn(modules_[(address >> ModuleMap::kOffsetBits) - 1].number, address & kOffsetMask);
  }

  // What a thread does, whatever the numbers of its locks.
  struct Hasher {
    Canonicalizer& self;
    std::uint64_t hash = 0;
    void Mix(std::uint64_t word) { hash = MixBits(hash ^ word, 0x9e3779b97f4a7c15ULL); }
    void Thread(std::uint32_t& index) { index = 0; }
    void Lock(std::uint32_t& index) {
      if (self.locks_[index].record) {
        const auto& lock = As<recording::LockRecord>(self.locks_[index].record->head());
        Mix(self.Final(lock.address));
        Mix(self.Final(lock.birth.site));
        Mix(lock.head.flags);
      }
      index = 0;
    }
    void Role(std::uint32_t& index) {
      if (self.roles_[index].record) {
        const auto& role = As<recording::RoleRecord>(self.roles_[index].record->head());
        Mix(self.Final(role.start_routine));
        for (const std::uint64_t frame : FramesOf(role)) Mix(self.Final(frame));
      }
      Mix(self.roles_[index].built_in);
      index = 0;
    }
    void Address(std::uint64_t& address) { address = self.Final(address); }
    void Where(recording::Where& where) { EachAddress(where, *this); }
    void Add(Copy record) {
      VisitFields(record.head(), *this);
      Mix(HashOf(record.bytes()));
    }
  };

  std::uint64_t HashOfThread(const Thread& thread) {
    Hasher hasher{*this};
    if (thread.record) hasher.Add(*thread.record);
    for (const Item& item : thread.items) {
      hasher.Mix(static_cast<std::uint64_t>(item.kind));
      if (item.kind == Item::Kind::kRecord) hasher.Add(*item.record);
    }
    return hasher.hash;
  }

  // Threads that nobody started, the main one first; each followed by those that it started, and theirs.
  void NumberThreads() {
    std::vector<std::tuple<bool, std::uint64_t, std::uint32_t>> roots;
    for (std::uint32_t i = 0; i < threads_.size(); ++i) {
      if (threads_[i].is_root) roots.emplace_back(!threads_[i].is_main, HashOfThread(threads_[i]), i);
    }
    std::sort(roots.begin(), roots.end());
    std::vector<std::uint32_t> next;
    for (auto root = roots.rbegin(); root != roots.rend(); ++root) next.push_back(std::get<2>(*root));
    while (!next.empty()) {
      Thread& thread = threads_[next.back()];
      by_number_.push_back(next.back());
      next.pop_back();
      thread.number = static_cast<std::uint32_t>(by_number_.size());
      for (auto item = thread.items.rbegin(); item != thread.items.rend(); ++item) {
        if (item->kind == Item::Kind::kStart) next.push_back(item->thread);
      }
    }
  }

  // --- Writing ------------------------------------------------------------------------------------------

  // What is mentioned for the first time is written before the record that mentions it.
  struct Renumberer {
    Canonicalizer& self;
    void Thread(std::uint32_t& index) { index = self.threads_[index - 1].number; }
    void Lock(std::uint32_t& index) {
      Canonicalizer::Lock& lock = self.locks_[index];
      if (lock.number == 0) {
        lock.number = ++self.last_lock_;
        if (lock.record) self.Write(lock);
        for (std::optional<Copy>* note : {&lock.name, &lock.class_name, &lock.no_lock}) {
          if (*note) self.Write(**note);
        }
      }
      index = lock.number;
    }
    void Role(std::uint32_t& index) {
      Canonicalizer::Role& role = self.roles_[index];
      if (role.number == 0) {
        role.number = role.built_in != 0 ? role.built_in : ++self.last_role_;
        if (role.record) self.Write(role);
      }
      index = role.number;
    }
    void Address(std::uint64_t& address) { address = self.Final(address); }
    void Where(recording::Where& where) { EachAddress(where, *this); }
  };

  void Write(Copy record) {
    Renumberer renumberer{*this};
    VisitFields(record.head(), renumberer);
    records_ += record.bytes();
  }
  void Write(Lock& lock) {
    auto& record = AsMutable<recording::LockRecord>(lock.record->head());
    record.address = Final(record.address);
    record.id = lock.number;
    ++described_locks_;
    Write(*std::move(lock.record));
  }
  void Write(Role& role) {
    if (role.number == 0) role.number = role.built_in;
    AsMutable<recording::RoleRecord>(role.record->head()).id = role.number;
    Write(*std::exchange(role.record, std::nullopt));  // once is enough
  }

  void WriteModules() {
    for (const Module* module : sorted_modules_) {
      recording::ModuleRecord record{};
      const std::string behind = module->file.build_id + module->file.path;
      const std::size_t bytes = (sizeof record + behind.size() + 7) / 8 * 8;
      record.head = {static_cast<std::uint32_t>(bytes), RecordType::kModule,
                     module->file.fixed ? recording::ModuleRecord::kFixed : std::uint16_t{0}};
      record.bias = AddressIn(module->number, 0);
      record.begin = record.bias + module->begin;
      record.end = record.bias + module->end;
      record.build_id_bytes = static_cast<std::uint32_t>(module->file.build_id.size());
      record.path_bytes = static_cast<std::uint32_t>(module->file.path.size());
      std::string text(reinterpret_cast<const char*>(&record), sizeof record);
      text += behind;
      text.resize(bytes);
      records_ += text;
    }
  }

  using Ready = std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>>;  // numbers

  // Goes on with the least thread that can, as far as it can.  The order of writing shows that one always can.
  void WriteThreads() {
    Ready ready;
    std::vector<std::size_t> next(threads_.size(), 0);
    for (Thread& thread : threads_) {
      if (!thread.is_root) continue;
      ready.push(thread.number);
    }
    while (!ready.empty()) {
      const std::uint32_t index = by_number_[ready.top() - 1];
      ready.pop();
      Thread& thread = threads_[index];
      if (next[index] == 0 && thread.is_root && thread.record) Write(*std::exchange(thread.record, std::nullopt));
      GoOn(index, next[index], ready);
    }
  }

  void GoOn(std::uint32_t index, std::size_t& next, Ready& ready) {
    Thread& thread = threads_[index];
    for (; next < thread.items.size(); ++next) {
      Item& item = thread.items[next];
      if (item.kind == Item::Kind::kStart) {
        Thread& started = threads_[item.thread];
        ++started_;
        Write(*std::exchange(started.record, std::nullopt));
        ready.push(started.number);
        continue;
      }
      if (item.kind == Item::Kind::kJoin && !threads_[item.thread].written) {
        threads_[item.thread].waiters.push_back(thread.number);
        return;
      }
      if (IsCountedChain(*item.record->head())) ++chains_;
      Write(*std::move(item.record));
    }
    thread.written = true;
    for (const std::uint32_t waiter : thread.waiters) ready.push(waiter);
  }

  std::string Head() const {
    const recording::RecordingHeader& header = recording_.header();
    std::string program = recording_.program();
    CanonicalHead head{};
    head.lost_events = header.lost_events;
    head.capped = header.capped;
    head.full = recording_.damage().empty() ? header.full : recording::kDamaged;
    head.program_bytes = static_cast<std::uint32_t>(program.size());
    head.asks_for_futexes = (header.futex_calls != 0 ? 1 : 0) | std::uint64_t{header.imports} << 1;
    head.threads = started_;
    head.locks = described_locks_;
    head.chains = chains_;
    program.resize((program.size() + 7) / 8 * 8);
    return std::string(reinterpret_cast<const char*>(&head), sizeof head) + program;
  }

  const Recording& recording_;
  const RecordedFacts facts_;
  ModuleMap map_;
  std::map<std::tuple<std::string, std::string, bool>, std::uint32_t> module_ids_;
  std::vector<std::uint32_t> module_of_file_;
  std::vector<Module> modules_;
  std::vector<Module*> sorted_modules_;
  absl::flat_hash_map<std::uint32_t, std::uint32_t> lock_of_, role_of_, thread_of_;
  std::vector<Lock> locks_;
  std::vector<Role> roles_;
  std::vector<Thread> threads_;
  std::vector<std::uint32_t> by_number_;  // threads, the first one has number 1
  std::vector<Copy> orders_;
  std::vector<Copy> hangs_;

  std::string records_;
  std::uint32_t last_lock_ = 0;
  std::uint32_t last_role_ = recording::kForeignRole;
  std::uint64_t started_ = 0, described_locks_ = 0, chains_ = 0;
};

}  // namespace

std::string CanonicalBytes(const Recording& recording) { return Canonicalizer(recording).Run(); }

absl::StatusOr<Recording> FromCanonicalBytes(const std::string& name, std::string_view bytes) {
  CanonicalHead head;
  if (bytes.size() < sizeof head) return absl::InvalidArgumentError(name + ": is too short");
  std::memcpy(&head, bytes.data(), sizeof head);
  const std::string_view behind = bytes.substr(sizeof head);
  recording::RecordingHeader header{};
  const std::size_t program_bytes = (std::size_t{head.program_bytes} + 7) / 8 * 8;
  if (head.program_bytes >= sizeof header.program || program_bytes > behind.size()) {
    return absl::InvalidArgumentError(name + ": the name of its program is too long");
  }
  std::memcpy(header.magic, recording::kMagic, sizeof header.magic);
  header.version = recording::kVersion;
  header.header_bytes = recording::kHeaderBytes;
  header.used = behind.size() - program_bytes;
  header.lost_events = head.lost_events;
  header.capped = head.capped;
  header.full = head.full;
  header.futex_calls = head.asks_for_futexes & 1;
  header.imports = static_cast<std::uint32_t>(head.asks_for_futexes >> 1);
  header.threads = static_cast<std::uint32_t>(head.threads);
  header.locks = head.locks;
  header.chains = head.chains;
  std::memcpy(header.program, behind.data(), head.program_bytes);
  std::string whole(recording::kHeaderBytes, '\0');
  std::memcpy(whole.data(), &header, sizeof header);
  whole += behind.substr(program_bytes);
  absl::StatusOr<Recording> recording = Recording::Parse(name, whole);
  if (recording.ok() && !recording->damage().empty()) return absl::InvalidArgumentError(recording->damage());
  return recording;
}

std::uint64_t HashOf(std::string_view bytes) {
  std::uint64_t hash = bytes.size();
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t count = std::min<std::size_t>(bytes.size(), sizeof word);
    std::memcpy(&word, bytes.data(), count);
    hash = MixBits(hash ^ word, 0xa0761d6478bd642fULL);
    bytes.remove_prefix(count);
  }
  return hash;
}

}  // namespace lockdep
