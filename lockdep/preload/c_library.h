// Whether a function is the C library's own, or one of a library that stands before it.
//
// Thread-safe; asks the loader, once.
#ifndef LOCKDEP_PRELOAD_C_LIBRARY_H_
#define LOCKDEP_PRELOAD_C_LIBRARY_H_

namespace lockdep::preload {

// In glibc's file, or in that of its threads before 2.34.
bool IsOfCLibrary(const void* function);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_C_LIBRARY_H_
