#include "lockdep/kernel/report_phrase.h"

#include "lockdep/kernel/lock_text.h"
#include "lockdep/kernel/text.h"

namespace lockdep::kernel {
namespace {

enum class Where : std::uint8_t { kIn, kStart, kEnd };

struct Entry {
  std::string_view words;
  Where where;
  Phrase phrase;
};

// In this order: "unsafe" holds "safe".
constexpr Entry kEntries[] = {
    {"is trying to acquire lock:", Where::kEnd, Phrase::kWants},
    {"is trying to acquire:", Where::kEnd, Phrase::kWants},
    {"is trying to lock:", Where::kEnd, Phrase::kWants},
    {"just changed the state of lock:", Where::kEnd, Phrase::kWants},
    {"] takes:", Where::kEnd, Phrase::kWants},
    {"is trying to release lock (", Where::kIn, Phrase::kReleases},
    {"is trying to contend lock (", Where::kIn, Phrase::kReleases},
    {"is freeing memory", Where::kIn, Phrase::kFrees},
    {"but task is already holding lock:", Where::kIn, Phrase::kHolds},
    {"and this task is already holding:", Where::kIn, Phrase::kHolds},
    {"but now in release context of a crosslock", Where::kIn, Phrase::kHolds},
    {"but this task is not holding:", Where::kIn, Phrase::kNotHolding},
    {"which lock already depends on the new lock", Where::kIn, Phrase::kDepends},
    {"the existing dependency chain (in reverse order)", Where::kIn, Phrase::kChain},
    {"which would create a new lock dependency:", Where::kIn, Phrase::kNewDependency},
    {"but this new dependency connects a ", Where::kIn, Phrase::kSafeLock},
    {"but this lock took another, ", Where::kIn, Phrase::kTookUnsafe},
    {"but this lock was taken by another, ", Where::kIn, Phrase::kTakenBySafe},
    {"which became ", Where::kIn, Phrase::kSafeAt},
    {"and interrupts could create inverse lock ordering", Where::kIn, Phrase::kNothing},
    {"inconsistent {", Where::kStart, Phrase::kInconsistent},
    {"state was registered at:", Where::kEnd, Phrase::kRegistered},
    {"irq event stamp:", Where::kIn, Phrase::kNothing},
    {"other info that might help us debug this", Where::kIn, Phrase::kOtherInfo},
    {"Chain exists of:", Where::kStart, Phrase::kChainNames},
    {"unsafe locking scenario:", Where::kIn, Phrase::kScenario},
    {"locks held by ", Where::kIn, Phrase::kHeldList},
    {"lock held by ", Where::kIn, Phrase::kHeldList},
    {"lock(s) held by ", Where::kIn, Phrase::kHeldList},
    {"context-{", Where::kStart, Phrase::kWaitContext},
    {"stack backtrace:", Where::kStart, Phrase::kBacktrace},
    {"Call Trace:", Where::kStart, Phrase::kBacktrace},
    {"Call trace:", Where::kStart, Phrase::kBacktrace},
    {"Backtrace:", Where::kStart, Phrase::kBacktrace},
    {"*** DEADLOCK ***", Where::kIn, Phrase::kNothing},
    {"and the lock comparison function returns", Where::kIn, Phrase::kNothing},
    {"May be due to missing lock nesting notation", Where::kIn, Phrase::kNothing},
    {"is leaving the kernel with locks still held!", Where::kIn, Phrase::kNothing},
    {"is exiting with locks still held!", Where::kIn, Phrase::kNothing},
};

bool Matches(std::string_view text, const Entry& entry) {
  switch (entry.where) {
    case Where::kIn: return Contains(text, entry.words);
    case Where::kStart: return text.starts_with(entry.words);
    case Where::kEnd: return text.ends_with(entry.words);
  }
  return false;
}

// "to a HARDIRQ-irq-unsafe lock:" and the two headings of dependencies, whose middle varies.
std::optional<Phrase> IrqPhrase(std::string_view text) {
  if (text.starts_with("to a ") && text.ends_with("unsafe lock:")) return Phrase::kUnsafeLock;
  if (text.starts_with("the shortest dependencies between 2nd lock")) return Phrase::kSafeBlocks;
  if (text.starts_with("the dependencies between the lock to be acquired")) return Phrase::kUnsafeBlocks;
  if (text.starts_with("the dependencies between ")) return Phrase::kSafeBlocks;
  if (text.starts_with("the second lock's dependencies")) return Phrase::kUnsafeBlocks;
  if (text.ends_with("unsafe lock's dependencies:")) return Phrase::kUnsafeBlocks;
  if (text.ends_with("lock's dependencies:")) return Phrase::kSafeBlocks;
  return std::nullopt;
}

bool IsChainEntry(std::string_view text) { return ConsumeChainNumber(text).has_value(); }

}  // namespace

std::optional<Phrase> PhraseOf(std::string_view text) {
  if (IsChainEntry(text)) return Phrase::kChainEntry;
  if (text.starts_with("no locks held by ")) return Phrase::kNoLocksHeld;
  if (const std::optional<Phrase> irq = IrqPhrase(text)) return irq;
  for (const Entry& entry : kEntries) {
    if (!Matches(text, entry)) continue;
    if (entry.phrase != Phrase::kSafeAt) return entry.phrase;
    // A sentence of prose may hold these words; the report's ends with them.
    if (!text.ends_with("at:")) return std::nullopt;
    return Contains(text, "unsafe at:") ? Phrase::kUnsafeAt : Phrase::kSafeAt;
  }
  return std::nullopt;
}

std::string_view TaskOf(std::string_view text, std::string_view& context) {
  for (const std::string_view words :
       {" is trying to ", " just changed the state of lock:", " takes:", " is freeing memory"}) {
    const std::size_t at = text.find(words);
    if (at == std::string_view::npos) continue;
    std::string_view task = text.substr(0, at);
    const std::size_t counters = task.find(" [HC");
    if (counters != std::string_view::npos) {
      context = task.substr(counters + 1);
      task = task.substr(0, counters);
    }
    return task;
  }
  return {};
}

}  // namespace lockdep::kernel
