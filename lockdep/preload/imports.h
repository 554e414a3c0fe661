// Which functions the program can call.
#ifndef LOCKDEP_PRELOAD_IMPORTS_H_
#define LOCKDEP_PRELOAD_IMPORTS_H_

namespace lockdep::preload {

// Whether some file that is loaded now imports a function of this name.  One that is only looked up with dlsym is not
// seen.  Cost: all symbols that files import.  REQUIRES: the recorder's lock is not held.
bool SomeFileImports(const char* function);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_IMPORTS_H_
