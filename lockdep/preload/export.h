// For functions of ours that stand in front of those of the same name.
#ifndef LOCKDEP_PRELOAD_EXPORT_H_
#define LOCKDEP_PRELOAD_EXPORT_H_

#define LOCKDEP_EXPORT extern "C" [[gnu::visibility("default")]]

#endif  // LOCKDEP_PRELOAD_EXPORT_H_
