#include "lockdep/symbolize.h"

#include <cxxabi.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "lockdep/own_mutex.h"

#if LOCKDEP_HAVE_LIBDW
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <unistd.h>
#endif

namespace lockdep {
namespace {

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

// The demangled function name; `symbol` itself if it is not a C++ one.
std::string Demangle(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, Free> demangled(abi::__cxa_demangle(symbol, nullptr, nullptr, &status));
  return status == 0 ? FunctionName(demangled.get()) : std::string(symbol);
}

// What the dynamic linker knows: an exported symbol, or the offset in the module.
StackFrame DynamicFrame(std::uintptr_t pc) {
  StackFrame frame;
  Dl_info info{};
  char offset[32];
  if (dladdr(reinterpret_cast<void*>(pc), &info) == 0 || info.dli_fname == nullptr) {
    std::snprintf(offset, sizeof offset, "0x%zx", static_cast<std::size_t>(pc));
    frame.function = offset;
  } else if (info.dli_sname != nullptr) {
    frame.function = Demangle(info.dli_sname);
  } else {
    std::snprintf(offset, sizeof offset, "+0x%zx",
                  static_cast<std::size_t>(pc - reinterpret_cast<std::uintptr_t>(info.dli_fbase)));
    frame.function = std::filesystem::path(info.dli_fname).filename().string() + offset;
  }
  return frame;
}

#if LOCKDEP_HAVE_LIBDW

std::string CleanPath(const char* path) { return std::filesystem::path(path).lexically_normal().string(); }

// The debug information of the modules of this process.  Never freed: used until the process ends.
// Thread-compatible: guarded by the cache's mutex.
class DebugInfo {
 public:
  DebugInfo() {
    static char* no_path = nullptr;
    static const Dwfl_Callbacks callbacks = {dwfl_linux_proc_find_elf, dwfl_standard_find_debuginfo, nullptr, &no_path};
    dwfl_ = dwfl_begin(&callbacks);
  }

  // Empty if nothing is known about the address.
  std::vector<StackFrame> FramesAt(Dwarf_Addr pc) {
    Dwfl_Module* const module = ModuleAt(pc);
    if (module == nullptr) return {};
    std::vector<StackFrame> frames = InlinedFrames(module, pc);
    if (frames.empty()) {
      GElf_Off offset = 0;
      GElf_Sym symbol;
      const char* const name = dwfl_module_addrinfo(module, pc, &offset, &symbol, nullptr, nullptr, nullptr);
      if (name != nullptr) frames.push_back({Demangle(name), "", 0, false});
    }
    return frames;
  }

 private:
  Dwfl_Module* ModuleAt(Dwarf_Addr pc) {
    if (dwfl_ == nullptr) return nullptr;
    Dwfl_Module* module = dwfl_addrmodule(dwfl_, pc);
    if (module == nullptr) {  // the first time, or it was loaded since
      dwfl_report_begin_add(dwfl_);
      dwfl_linux_proc_report(dwfl_, getpid());
      dwfl_report_end(dwfl_, nullptr, nullptr);
      module = dwfl_addrmodule(dwfl_, pc);
    }
    return module;
  }

  // The compilation unit of the address.  clang writes no table of address ranges, so the units
  // themselves are asked where the table is silent.
  static Dwarf_Die* UnitAt(Dwfl_Module* module, Dwarf_Addr pc, Dwarf_Addr* bias) {
    if (Dwarf_Die* const unit = dwfl_module_addrdie(module, pc, bias); unit != nullptr) return unit;
    Dwarf_Die* unit = nullptr;
    while ((unit = dwfl_module_nextcu(module, unit, bias)) != nullptr) {
      if (dwarf_haspc(unit, pc - *bias) > 0) return unit;
    }
    return nullptr;
  }

  // One frame per function that is inlined at the address, then the one it is inlined into.
  std::vector<StackFrame> InlinedFrames(Dwfl_Module* module, Dwarf_Addr pc) {
    std::vector<StackFrame> frames;
    Dwarf_Addr bias = 0;
    Dwarf_Die* const unit = UnitAt(module, pc, &bias);
    if (unit == nullptr) return frames;

    StackFrame place;  // where the control is, in the function looked at
    if (Dwarf_Line* const line = dwarf_getsrc_die(unit, pc - bias); line != nullptr) {
      const char* const file = dwarf_linesrc(line, nullptr, nullptr);
      if (file != nullptr) place.file = CleanPath(file);
      dwarf_lineno(line, &place.line);
    }
    for (Dwarf_Die& scope : NestedScopes(unit, pc - bias)) {
      const int tag = dwarf_tag(&scope);
      if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram) continue;
      place.function = QualifiedName(scope);
      place.inlined = tag == DW_TAG_inlined_subroutine;
      frames.push_back(place);
      if (!place.inlined) break;
      place = CallPlace(scope, unit);
    }
    return frames;
  }

  // The scopes around the address as they are nested in the machine code, innermost first.
  // (dwarf_getscopes leaves that nesting at an inlined function and goes on in its declaration.)
  std::vector<Dwarf_Die> NestedScopes(Dwarf_Die* unit, Dwarf_Addr address) {
    Dwarf_Die* list = nullptr;
    const int count = dwarf_getscopes(unit, address, &list);
    const std::unique_ptr<Dwarf_Die, Free> owner(count > 0 ? list : nullptr);
    if (count > 0 && IsInFunction(list, count)) return ScopesOf(list[0]);
    // It does not look for the function inside others of other addresses, where g++ puts lambdas of lambdas.
    Dwarf_Die function;
    return FunctionAt(unit, address, &function) ? ScopesOf(InnermostScope(function, address))
                                                : std::vector<Dwarf_Die>();
  }

  static bool IsInFunction(Dwarf_Die* scopes, int count) {
    return std::any_of(scopes, scopes + count, [](Dwarf_Die& scope) { return dwarf_tag(&scope) == DW_TAG_subprogram; });
  }

  static Dwarf_Die InnermostScope(Dwarf_Die scope, Dwarf_Addr address) {
    Dwarf_Die child;
    for (bool more = dwarf_child(&scope, &child) == 0; more; more = dwarf_siblingof(&child, &child) == 0) {
      const int tag = dwarf_tag(&child);
      const bool nests = tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine;
      if (nests && dwarf_haspc(&child, address) > 0) return InnermostScope(child, address);
    }
    return scope;
  }

  struct Function {
    Dwarf_Addr begin = 0;
    Dwarf_Addr end = 0;
    Dwarf_Off die = 0;
  };

  // Looked up in all functions of the unit, wherever they stand; those are read once.
  bool FunctionAt(Dwarf_Die* unit, Dwarf_Addr address, Dwarf_Die* found) {
    Dwarf* const dwarf = dwarf_cu_getdwarf(unit->cu);
    const auto [it, is_new] = functions_.try_emplace({dwarf, dwarf_dieoffset(unit)});
    if (is_new) AddFunctions(*unit, it->second);
    const auto function = std::find_if(it->second.begin(), it->second.end(), [&](const Function& each) {
      return each.begin <= address && address < each.end;
    });
    return function != it->second.end() && dwarf_offdie(dwarf, function->die, found) != nullptr;
  }

  static void AddFunctions(Dwarf_Die& parent, std::vector<Function>& functions) {
    Dwarf_Die child;
    for (bool more = dwarf_child(&parent, &child) == 0; more; more = dwarf_siblingof(&child, &child) == 0) {
      if (dwarf_tag(&child) == DW_TAG_subprogram) {
        Function function;
        Dwarf_Addr base = 0;
        function.die = dwarf_dieoffset(&child);
        for (std::ptrdiff_t at = 0; (at = dwarf_ranges(&child, at, &base, &function.begin, &function.end)) > 0;) {
          functions.push_back(function);
        }
      }
      AddFunctions(child, functions);
    }
  }

  static std::vector<Dwarf_Die> ScopesOf(Dwarf_Die die) {
    Dwarf_Die* list = nullptr;
    const int count = dwarf_getscopes_die(&die, &list);
    const std::unique_ptr<Dwarf_Die, Free> owner(count > 0 ? list : nullptr);
    return count > 0 ? std::vector<Dwarf_Die>(list, list + count) : std::vector<Dwarf_Die>();
  }

  static StackFrame CallPlace(Dwarf_Die& inlined, Dwarf_Die* unit) {
    StackFrame place;
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;
    Dwarf_Files* files = nullptr;
    if (dwarf_formudata(dwarf_attr(&inlined, DW_AT_call_file, &attribute), &value) == 0 &&
        dwarf_getsrcfiles(unit, &files, nullptr) == 0) {
      const char* const file = dwarf_filesrc(files, value, nullptr, nullptr);
      if (file != nullptr) place.file = CleanPath(file);
    }
    if (dwarf_formudata(dwarf_attr(&inlined, DW_AT_call_line, &attribute), &value) == 0) {
      place.line = static_cast<int>(value);
    }
    return place;
  }

  static std::string QualifiedName(Dwarf_Die& function) {
    Dwarf_Attribute attribute;
    for (const unsigned int name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
      const char* const symbol = dwarf_formstring(dwarf_attr_integrate(&function, name, &attribute));
      if (symbol != nullptr) return Demangle(symbol);
    }
    // A function that no other file can see has no linkage name: its declaration's scopes are asked.
    Dwarf_Die declaration = function;
    for (const unsigned int link : {DW_AT_abstract_origin, DW_AT_specification}) {
      Dwarf_Die target;
      if (dwarf_formref_die(dwarf_attr(&declaration, link, &attribute), &target) != nullptr) declaration = target;
    }
    const char* const own = dwarf_diename(&function);
    std::string name = own != nullptr ? own : "?";
    const std::vector<Dwarf_Die> scopes = ScopesOf(declaration);
    for (std::size_t i = 1; i < scopes.size(); ++i) {
      Dwarf_Die scope = scopes[i];
      const int tag = dwarf_tag(&scope);
      const bool is_namespace = tag == DW_TAG_namespace;
      if (!is_namespace && tag != DW_TAG_class_type && tag != DW_TAG_structure_type && tag != DW_TAG_union_type)
        continue;
      const char* const scope_name = dwarf_diename(&scope);
      name = (scope_name != nullptr ? scope_name
              : is_namespace        ? "(anonymous namespace)"
                                    : "{unnamed}") +
             ("::" + name);
    }
    return name;
  }

  Dwfl* dwfl_ = nullptr;
  std::map<std::pair<Dwarf*, Dwarf_Off>, std::vector<Function>> functions_;  // of units
};

#endif  // LOCKDEP_HAVE_LIBDW

// Frames by address, for the life of the process.
// Thread-safe.
class FrameCache {
 public:
  std::vector<StackFrame> FramesAt(std::uintptr_t pc) {
    const OwnMutexLock lock(mutex_);
    const auto [it, inserted] = frames_.try_emplace(pc);
    if (inserted) it->second = Resolve(pc);
    return it->second;
  }

 private:
  std::vector<StackFrame> Resolve(std::uintptr_t pc) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::vector<StackFrame> frames;
#if LOCKDEP_HAVE_LIBDW
    if (!debug_info_) debug_info_.emplace();
    frames = debug_info_->FramesAt(pc);
#endif
    if (frames.empty()) frames.push_back(DynamicFrame(pc));
    return frames;
  }

  OwnMutex mutex_;
  std::unordered_map<std::uintptr_t, std::vector<StackFrame>> frames_ ABSL_GUARDED_BY(mutex_);
#if LOCKDEP_HAVE_LIBDW
  std::optional<DebugInfo> debug_info_ ABSL_GUARDED_BY(mutex_);
#endif
};

bool StartsWith(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

// Functions of the standard library and of pthread that only pass a lock request on.
bool IsLockFunction(std::string_view function) {
  static constexpr std::array<std::string_view, 25> kPrefixes = {"std::lock_guard<",
                                                                 "std::unique_lock<",
                                                                 "std::scoped_lock<",
                                                                 "std::shared_lock<",
                                                                 "std::lock<",
                                                                 "std::try_lock<",
                                                                 "std::__detail::__lock_impl",
                                                                 "std::__detail::__try_lock_impl",
                                                                 "std::__lock_impl",
                                                                 "std::mutex::",
                                                                 "std::timed_mutex::",
                                                                 "std::recursive_mutex::",
                                                                 "std::recursive_timed_mutex::",
                                                                 "std::__timed_mutex_impl<",
                                                                 "std::shared_mutex::",
                                                                 "std::shared_timed_mutex::",
                                                                 "std::__shared_mutex_pthread::",
                                                                 "std::__glibcxx_rwlock_",
                                                                 "std::condition_variable::",
                                                                 "std::_V2::condition_variable_any::",
                                                                 "std::__condvar::",
                                                                 "__gthread_",
                                                                 "pthread_",
                                                                 "__pthread_",
                                                                 "__interceptor_"};
  for (const std::string_view prefix : kPrefixes) {
    if (StartsWith(function, prefix)) return true;
  }
  return false;
}

// Code of this directory, in the source tree or installed: a file of a directory lockdep/ that is
// not the tests' one.  The namespace alone does not tell, the file alone neither.
bool IsOurs(const StackFrame& frame) {
  if (!StartsWith(frame.function, "lockdep::")) return false;
  if (frame.file.empty()) return true;
  std::filesystem::path directory = std::filesystem::path(frame.file).parent_path();
  if (directory.filename() == "explore") directory = directory.parent_path();
  return directory.filename() == "lockdep" && directory.parent_path().filename() != "tests";
}

bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

// What PassOver was told.
class PassedOver {
 public:
  static PassedOver& Get() {
    static PassedOver* const all = new PassedOver;  // never freed: threads may outlive static objects
    return *all;
  }
  void Add(std::string prefix) {
    OwnMutexLock lock(mutex_);
    if (std::find(prefixes_.begin(), prefixes_.end(), prefix) == prefixes_.end())
      prefixes_.push_back(std::move(prefix));
  }
  bool Has(std::string_view function) {
    OwnMutexLock lock(mutex_);
    return std::any_of(prefixes_.begin(), prefixes_.end(),
                       [&](const std::string& prefix) { return StartsWith(function, prefix); });
  }

 private:
  OwnMutex mutex_;
  std::vector<std::string> prefixes_ ABSL_GUARDED_BY(mutex_);
};

// "ns::F<int>(int) const [clone .cold]" -> "ns::F<int>".
std::string_view WithoutParameters(std::string_view name) {
  if (const std::size_t clone = name.find(" [clone "); clone != std::string_view::npos) name = name.substr(0, clone);
  const std::size_t close = name.find_last_of(')');
  if (close == std::string_view::npos) return name;
  const std::string_view qualifiers = name.substr(close + 1);  // " const", "&", " const&&"
  if (qualifiers.find_first_not_of(" &constvlaie") != std::string_view::npos) return name;
  int depth = 0;
  for (std::size_t i = close + 1; i-- > 0;) {
    if (name[i] == ')') ++depth;
    if (name[i] == '(' && --depth == 0) {
      const bool call_operator_alone = EndsWith(name.substr(0, i), "operator");
      return call_operator_alone ? name.substr(0, close + 1) : name.substr(0, i);
    }
  }
  return name;
}

// Where the name starts behind a return type: after the last space that is not inside of brackets.
std::size_t NameStart(std::string_view text) {
  std::size_t end = text.size();
  const std::size_t name_of_operator = text.rfind("operator");
  const bool is_operator =
      name_of_operator != std::string_view::npos &&
      (name_of_operator == 0 || text[name_of_operator - 1] == ':' || text[name_of_operator - 1] == ' ');
  if (is_operator) end = name_of_operator;  // its own signs are not brackets: operator<, operator->
  int depth = 0;
  for (std::size_t i = end; i-- > 0;) {
    const char c = text[i];
    if (c == ')' || c == '>' || c == '}') ++depth;
    if ((c == '(' || c == '<' || c == '{') && depth > 0) --depth;
    // "A::f() const::{lambda()#1}" is one name.
    const bool inside_name = StartsWith(text.substr(i), " const::") || StartsWith(text.substr(i), " volatile::");
    if (c == ' ' && depth == 0 && !inside_name) return i + 1;
  }
  return 0;
}

}  // namespace

std::string FunctionName(std::string_view demangled) {
  const std::string_view name = WithoutParameters(demangled);
  return std::string(name.substr(NameStart(name)));
}

std::vector<StackFrame> FramesAt(std::uintptr_t pc) {
  static FrameCache* const cache = new FrameCache;  // never freed: threads may outlive static objects
  return cache->FramesAt(pc);
}

std::size_t FirstCallerFrame(const std::vector<StackFrame>& stack) {
  for (std::size_t i = 0; i < stack.size(); ++i) {
    const std::string& function = stack[i].function;
    if (!IsOurs(stack[i]) && !IsLockFunction(function) && !PassedOver::Get().Has(function)) return i;
  }
  return stack.empty() ? 0 : stack.size() - 1;
}

void PassOver(std::string prefix) { PassedOver::Get().Add(std::move(prefix)); }

void Symbolize(Place& place) {
  if (place.pcs.empty() || !place.stack.empty()) return;
  for (std::size_t i = 0; i < place.pcs.size(); ++i) {
    // A return address may already belong to the next line, or to the next function.
    const std::uintptr_t pc = i == 0 ? place.pcs[i] : place.pcs[i] - 1;
    std::vector<StackFrame> frames = FramesAt(pc);
    place.stack.insert(place.stack.end(), frames.begin(), frames.end());
  }
  const StackFrame& caller = place.stack[FirstCallerFrame(place.stack)];
  place.file = caller.file;
  place.line = caller.line;
  place.function = caller.function;
}

void Symbolize(Finding& finding) {
  const auto symbolize_held = [](std::vector<AlsoHeld>& held) {
    for (AlsoHeld& lock : held) Symbolize(lock.at);
  };
  for (FindingEdge& edge : finding.edges) {
    Symbolize(edge.held_at);
    Symbolize(edge.wanted_at);
    symbolize_held(edge.also_held);
  }
  for (Participant& participant : finding.participants) {
    Symbolize(participant.at);
    symbolize_held(participant.held);
  }
  SetFingerprint(finding);
}

}  // namespace lockdep
