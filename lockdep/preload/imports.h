// Which functions the program can call.
#ifndef LOCKDEP_PRELOAD_IMPORTS_H_
#define LOCKDEP_PRELOAD_IMPORTS_H_

#include <link.h>

#include <cstdint>

namespace lockdep::preload {

// Whether some file that is loaded now imports a function of this name.  One that is only looked up with dlsym is not
// seen.  Cost: all symbols that files import.  REQUIRES: the recorder's lock is not held.
bool SomeFileImports(const char* function);

// RecordingHeader::imports for one file.  None of libraries that belong to the language, or to us.  Cost: all symbols
// that it imports.
std::uint32_t WaitsUnseen(const dl_phdr_info& file);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_IMPORTS_H_
