#include "lockdep/debug_info.h"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "lockdep/demangle.h"

#if LOCKDEP_HAVE_LIBDW
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <unistd.h>

#include <algorithm>
#endif

namespace lockdep {

#if LOCKDEP_HAVE_LIBDW

namespace {

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

std::string CleanPath(const char* path) { return std::filesystem::path(path).lexically_normal().string(); }

}  // namespace

class DebugInfo::Impl {
 public:
  // Of this process.
  Impl() : of_this_process_(true) {
    static const Dwfl_Callbacks callbacks = {dwfl_linux_proc_find_elf, dwfl_standard_find_debuginfo, nullptr, &no_path};
    dwfl_ = dwfl_begin(&callbacks);
  }

  explicit Impl(const std::vector<CodeModule>& modules) : of_this_process_(false) {
    static const Dwfl_Callbacks callbacks = {dwfl_build_id_find_elf, dwfl_standard_find_debuginfo, nullptr, &no_path};
    dwfl_ = dwfl_begin(&callbacks);
    if (dwfl_ == nullptr) return;
    dwfl_report_begin(dwfl_);
    for (const CodeModule& module : modules) {
      Dwfl_Module* const reported =
          dwfl_report_elf(dwfl_, module.path.c_str(), module.path.c_str(), -1, module.bias, true);
      if (reported != nullptr && !IsBuild(reported, module.build_id)) changed_.insert(reported);
    }
    dwfl_report_end(dwfl_, nullptr, nullptr);
  }

  ~Impl() {
    if (dwfl_ != nullptr) dwfl_end(dwfl_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

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

  std::string ObjectAt(Dwarf_Addr address) {
    Dwfl_Module* const module = ModuleAt(address);
    if (module == nullptr) return "";
    GElf_Off offset = 0;
    GElf_Sym symbol;
    const char* const name = dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr, nullptr);
    if (name == nullptr || GELF_ST_TYPE(symbol.st_info) != STT_OBJECT) return "";
    if (symbol.st_size != 0 && offset >= symbol.st_size) return "";
    return FileOfAlike(module, symbol, name, address - offset) + Demangle(name) +
           (offset == 0 ? "" : "+" + std::to_string(offset));
  }

 private:
  struct ObjectSymbol {
    Dwarf_Addr address = 0;
    std::string file;  // empty: every file can see it
  };
  using Objects = std::map<std::string, std::vector<ObjectSymbol>, std::less<>>;  // by their symbols

  // "m1.c:" of a static object whose name others of the module have, too; "m1.c#2:" if they lie in files of one name.
  std::string FileOfAlike(Dwfl_Module* module, const GElf_Sym& symbol, const char* name, Dwarf_Addr address) {
    if (GELF_ST_BIND(symbol.st_info) != STB_LOCAL) return "";
    const auto [it, is_new] = objects_.try_emplace(module);
    if (is_new) it->second = ObjectsOf(module);
    const auto alike = it->second.find(std::string_view(name));
    if (alike == it->second.end() || alike->second.size() < 2) return "";
    const auto own = std::find_if(alike->second.begin(), alike->second.end(),
                                  [&](const ObjectSymbol& each) { return each.address == address; });
    if (own == alike->second.end() || own->file.empty()) return "";
    const auto in_own_file = [&](const ObjectSymbol& each) { return each.file == own->file; };
    const auto before = std::count_if(alike->second.begin(), own, in_own_file);
    return own->file + (before == 0 ? "" : "#" + std::to_string(before + 1)) + ':';
  }

  // The symbols of a file's own objects stand behind that of the file (System V ABI, "Symbol Table").
  static Objects ObjectsOf(Dwfl_Module* module) {
    Objects objects;
    std::string file;
    const int count = dwfl_module_getsymtab(module);
    for (int i = 0; i < count; ++i) {
      GElf_Sym symbol;
      GElf_Addr address = 0;
      const char* const name = dwfl_module_getsym_info(module, i, &symbol, &address, nullptr, nullptr, nullptr);
      if (name == nullptr) continue;
      const bool is_local = GELF_ST_BIND(symbol.st_info) == STB_LOCAL;
      if (GELF_ST_TYPE(symbol.st_info) == STT_FILE) file = name;
      if (GELF_ST_TYPE(symbol.st_info) != STT_OBJECT || symbol.st_shndx == SHN_UNDEF) continue;
      std::vector<ObjectSymbol>& alike = objects[name];
      // A table of what is exported repeats some.
      const bool is_known =
          std::any_of(alike.begin(), alike.end(), [&](const ObjectSymbol& each) { return each.address == address; });
      if (!is_known) alike.push_back({address, is_local ? file : ""});
    }
    return objects;
  }

  static inline char* no_path = nullptr;

  static bool IsBuild(Dwfl_Module* module, const std::string& build_id) {
    const unsigned char* bits = nullptr;
    GElf_Addr address = 0;
    const int bytes = dwfl_module_build_id(module, &bits, &address);
    if (bytes <= 0 || build_id.empty()) return true;  // it has none: the path has to do
    return std::string_view(reinterpret_cast<const char*>(bits), static_cast<std::size_t>(bytes)) == build_id;
  }

  Dwfl_Module* ModuleAt(Dwarf_Addr pc) {
    if (dwfl_ == nullptr) return nullptr;
    Dwfl_Module* module = dwfl_addrmodule(dwfl_, pc);
    if (module == nullptr && of_this_process_) {  // the first time, or it was loaded since
      dwfl_report_begin_add(dwfl_);
      dwfl_linux_proc_report(dwfl_, getpid());
      dwfl_report_end(dwfl_, nullptr, nullptr);
      module = dwfl_addrmodule(dwfl_, pc);
    }
    return module == nullptr || changed_.contains(module) ? nullptr : module;
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
      if (tag == DW_TAG_subprogram) return QualifiedName(scope) + "::" + name;  // of a class inside a function
      const bool is_namespace = tag == DW_TAG_namespace;
      if (!is_namespace && tag != DW_TAG_class_type && tag != DW_TAG_structure_type && tag != DW_TAG_union_type)
        continue;
      const char* const scope_name = dwarf_diename(&scope);
      name = (scope_name != nullptr  ? scope_name
              : is_namespace         ? "(anonymous namespace)"
              : name == "operator()" ? "{lambda}"
                                     : "{unnamed}") +
             ("::" + name);
    }
    return name;
  }

  const bool of_this_process_;
  Dwfl* dwfl_ = nullptr;
  std::set<Dwfl_Module*> changed_;  // files that are not those any more that ran
  std::map<std::pair<Dwarf*, Dwarf_Off>, std::vector<Function>> functions_;  // of units
  std::map<Dwfl_Module*, Objects> objects_;
};

#else

class DebugInfo::Impl {
 public:
  Impl() = default;
  explicit Impl(const std::vector<CodeModule>&) {}
  std::vector<StackFrame> FramesAt(std::uintptr_t) { return {}; }
  std::string ObjectAt(std::uintptr_t) { return ""; }
};

#endif  // LOCKDEP_HAVE_LIBDW

DebugInfo::DebugInfo(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DebugInfo::~DebugInfo() = default;

std::unique_ptr<DebugInfo> DebugInfo::OfThisProcess() {
  return std::unique_ptr<DebugInfo>(new DebugInfo(std::make_unique<Impl>()));
}
std::unique_ptr<DebugInfo> DebugInfo::Of(const std::vector<CodeModule>& modules) {
  return std::unique_ptr<DebugInfo>(new DebugInfo(std::make_unique<Impl>(modules)));
}

std::vector<StackFrame> DebugInfo::FramesAt(std::uintptr_t pc) { return impl_->FramesAt(pc); }
std::string DebugInfo::ObjectAt(std::uintptr_t address) { return impl_->ObjectAt(address); }

}  // namespace lockdep
