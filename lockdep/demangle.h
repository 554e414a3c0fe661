// Names of functions as people write them, from those of the linker.
//
// Thread-safe: no state.
#ifndef LOCKDEP_DEMANGLE_H_
#define LOCKDEP_DEMANGLE_H_

#include <string>
#include <string_view>

namespace lockdep {

// A demangled name without its return type and its parameters:
// "void ns::Max<int>(int, int)" -> "ns::Max<int>".
std::string FunctionName(std::string_view demangled);

// The same of a symbol; the symbol itself if it is not a C++ one.
std::string Demangle(const char* symbol);

}  // namespace lockdep

#endif  // LOCKDEP_DEMANGLE_H_
