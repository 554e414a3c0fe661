// The bytes of a recording: what a preloaded program's recorder writes and the `lockdep` command reads.
//
// A recording is one file for one process image.  It begins with a RecordingHeader of kHeaderBytes; behind it
// stand records, each a RecordHead and what its type says, padded to eight bytes.  `used` counts the bytes of
// records that are whole; it is stored last, so that a process may die at any instant and leaves a recording
// that can be read.  Numbers are those of the machine (little-endian only); a recording is read where it was
// made, or on a machine of the same kind.
//
// What is recorded is what a verdict can rest on, each once: *chains* (a request while other locks are held) and
// *episodes* (all that a thread does from an empty lock set to the next), as held_locks.h tells them apart.  A
// lock, a thread or a role is described before the first record that mentions it.  Of a record that is whole only flags
// change: those about pasts (kPastOpen, kCreatorsPastOpen, kTryIsOwn), when it becomes known that a mutex guards a
// condition, and RoleRecord::kSeveralStacks.
//
// Depends on nothing but the language: the recorder is loaded into foreign programs.
#ifndef LOCKDEP_RECORDING_FORMAT_H_
#define LOCKDEP_RECORDING_FORMAT_H_

#include <cstddef>
#include <cstdint>

namespace lockdep::recording {

inline constexpr char kMagic[8] = {'l', 'k', 'd', 'p', 'r', 'e', 'c', '\n'};
inline constexpr std::uint32_t kVersion = 2;
inline constexpr std::size_t kHeaderBytes = 4096;
inline constexpr std::uint32_t kDamaged = 3;                    // RecordingHeader::full of a canonical recording
inline constexpr std::size_t kBytesMax = std::size_t{1} << 30;  // of a file; it is sparse

// How the process ended, as far as it could still say so.
enum class End : std::uint32_t {
  kNotSeen = 0,    // it runs, or was killed, or crashed
  kExit = 1,       // through exit() or the end of main
  kQuickExit = 2,  // through _exit() or quick_exit(): destructors did not run
  kExec = 3,       // another program took its place
};

// What files of the program import, by which one thread can wait for another unseen: RecordingHeader::imports.
inline constexpr std::uint32_t kImportsSyscall = 1;  // a futex by itself: latches, std::atomic::wait
inline constexpr std::uint32_t kImportsFutures = 2;  // what the C++ library has for futures

struct RecordingHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t header_bytes;
  std::uint32_t pid;
  std::uint32_t parent_pid;
  std::uint64_t start_ns;      // of the recording, by the clock of the system
  std::uint64_t used;          // atomic; bytes of whole records behind the header
  std::uint64_t lost_events;   // atomic; operations that could not be recorded
  std::uint64_t capped;        // atomic; chains and episodes past kInstancesPerShape
  std::uint64_t acquisitions;  // atomic; of threads that have ended, and of all at kExit
  std::uint64_t locks;         // atomic; objects that were used as a lock
  std::uint64_t chains;        // atomic; distinct, known per role
  std::uint64_t futex_calls;   // atomic; of the program itself, through syscall()
  std::uint32_t threads;       // atomic; that were started
  End end;                     // atomic
  std::uint32_t hangs;         // atomic; HangRecords written
  std::uint32_t full;          // atomic; 1: no more room, 2: no more disk; kDamaged
  std::uint32_t statuses;      // atomic; StatusRecords written
  std::uint32_t imports;       // atomic; kImportsSyscall, kImportsFutures
  char program[1024];          // the path of the executable, 0-terminated
  char command_line[2048];     // arguments, each 0-terminated, as many as fit
  std::uint32_t unwritten;     // atomic; children of forks, and starts of programs, that could not be written down
};
static_assert(sizeof(RecordingHeader) <= kHeaderBytes);

enum class RecordType : std::uint16_t {
  kModule = 1,
  kLock = 2,
  kRole = 3,
  kThread = 4,
  kThreadEnd = 5,
  kJoin = 6,
  kChain = 7,
  kEpisode = 8,
  kMisuse = 9,
  kHang = 10,
  kQuiet = 11,
  // 12 to 19 are of processes.
  kStatus = 20,
  kHeldLong = 21,
  kName = 22,
  kOrder = 23,
  kNoLock = 24,
};

struct RecordHead {
  std::uint32_t bytes;  // of the whole record, a multiple of eight
  RecordType type;
  std::uint16_t flags;
};

// A file that is mapped, or was: RecordHead::flags is kUnloaded then.
struct ModuleRecord {
  static constexpr std::uint16_t kUnloaded = 1;
  // Not position-independent, though moved: set where `bias` is that of a canonical recording, else it is 0.
  static constexpr std::uint16_t kFixed = 2;
  RecordHead head;
  std::uint64_t bias;   // what is added to an address of the file
  std::uint64_t begin;  // of its first segment in memory
  std::uint64_t end;
  std::uint32_t build_id_bytes;
  std::uint32_t path_bytes;
  // build_id_bytes of build id, then path_bytes of path.
};

inline constexpr std::size_t kAbove = 5;  // frames around a site that are kept with it

// Where something was done: the return address into the function that called us, and those of the functions
// around it by their frame pointers.  Those are right where code is compiled with frame pointers, as it is
// without optimisation; elsewhere they may be anything, and are to be used only where `site` lies in a function
// that merely passes a call on.
struct Where {
  std::uint64_t site;
  std::uint64_t above[kAbove];
};

struct LockRecord {
  static constexpr std::uint16_t kInitSeen = 1;  // its birth is the call of its init function
  static constexpr std::uint16_t kShared = 2;    // among processes
  static constexpr std::uint16_t kRobust = 4;
  static constexpr std::uint16_t kPriority = 8;    // inheritance or protection
  static constexpr std::uint16_t kSemaphore = 16;  // that is used as a lock
  static constexpr std::uint16_t kOnStack = 32;    // of a thread
  static constexpr std::uint16_t kStream = 64;     // of a FILE
  static constexpr std::uint16_t kGate = 128;      // declared by the program: no lock of its own
  RecordHead head;
  std::uint64_t address;
  std::uint32_t id;
  std::uint32_t type;  // LockType
  Where birth;         // of its init function, else of the first request
};

// What the program calls a lock.
struct NameRecord {
  static constexpr std::uint16_t kOfClass = 1;  // the class that it belongs to
  RecordHead head;
  std::uint32_t lock;
  std::uint32_t bytes;
  // `bytes` of text.
};

// The program declares that `outer` is taken before `inner`, by who takes both.
struct OrderRecord {
  RecordHead head;
  std::uint32_t outer;
  std::uint32_t inner;
  Where where;
};

// What was taken for a lock is none: a semaphore that is posted by who did not wait for it, a gate with two inside.
struct NoLockRecord {
  RecordHead head;
  std::uint32_t lock;
  std::uint32_t padding;
};

struct RoleRecord {
  static constexpr std::uint16_t kDeclaredSingle = 1;  // by the program: one thread at a time
  // A thread of it, in turns, runs on several stacks: coroutines, each of which does one thing after the other.
  static constexpr std::uint16_t kSeveralStacks = 2;
  RecordHead head;
  std::uint32_t id;
  std::uint32_t frames;
  std::uint64_t start_routine;
  std::uint32_t name_bytes;
  std::uint32_t padding;
  // `frames` return addresses, where its threads are created, innermost first; then `name_bytes` of the name that the
  // program gave it.
};
inline constexpr std::uint32_t kMainRole = 1;
inline constexpr std::uint32_t kForeignRole = 2;  // of threads that were not created through pthread_create
inline constexpr std::uint32_t kFirstRole = 3;    // of all others

struct ThreadRecord {
  static constexpr std::uint16_t kOriginKnown = 1;
  static constexpr std::uint16_t kEntangled = 2;         // its creator held locks
  static constexpr std::uint16_t kCreatorsPastOpen = 4;  // kPastOpen of its creator
  RecordHead head;
  std::uint32_t number;  // from 1 on, in this process
  std::uint32_t role;
  std::uint32_t creator;  // its number; 0: not known
  std::uint32_t creator_marks;
};

struct ThreadEndRecord {
  RecordHead head;
  std::uint32_t thread;
  std::uint32_t marks;
};

struct JoinRecord {
  static constexpr std::uint16_t kEntangled = 1;  // who joins holds locks
  RecordHead head;
  std::uint32_t thread;
  std::uint32_t joined;
};

// The thread holds nothing, at the end of the process.
struct QuietRecord {
  RecordHead head;
  std::uint32_t thread;
  std::uint32_t padding;
};

struct HeldEntry {
  // Of `how`: only the thread that made the lock has used it so far.
  static constexpr std::uint16_t kNew = 0x200;
  // Of `how`: and the thread made it, and had done nothing since by which others could know of it, when it asked for it
  // (preload/publication.h).
  static constexpr std::uint16_t kUnpublished = 0x400;
  // Of the `how` of a lock that is asked for: that is still so of each lock held that is kUnpublished.
  static constexpr std::uint16_t kStillUnpublished = 0x800;
  std::uint32_t lock;
  std::uint16_t how;  // How::bits
  std::uint16_t padding;
  Where where;
};

// Flags of chains and episodes.
inline constexpr std::uint16_t kPastOpen = 1;    // the thread has waited for something that is no lock
inline constexpr std::uint16_t kIncomplete = 2;  // an episode of which operations are missing
inline constexpr std::uint16_t kTryIsOwn = 4;    // the first tries of the thread that failed are of this episode
inline constexpr std::uint16_t kOfJoin = 8;      // waits for the end of a thread; `wanted.lock` is its role
inline constexpr std::uint16_t kOpened = 16;     // no request: `wanted` is held, and signals become possible

// Of what is asked for with nothing held, one for each lock is recorded of the roles that others may join, and all
// while the program handles signals.
struct ChainRecord {
  RecordHead head;
  std::uint32_t thread;
  std::uint32_t marks;
  std::uint32_t held;    // entries, outermost first
  std::uint32_t frames;  // return addresses at the request, innermost first
  std::uint64_t open;    // bit N - 1: the handler of signal N can run here
  std::uint32_t signal;  // in whose handler this is; 0: in none
  std::uint32_t below;   // of the held entries: those of what the handler interrupted
  HeldEntry wanted;
  // `held` HeldEntry, then `frames` return addresses.
};

struct EpisodeOperation {
  std::uint32_t lock;
  std::uint16_t how;
  std::uint16_t op;  // EpisodeOpKind
};

struct EpisodeRecord {
  RecordHead head;
  std::uint32_t thread;
  std::uint32_t marks;
  std::uint32_t operations;
  std::uint32_t padding;
  // `operations` EpisodeOperation.
};

enum class Misuse : std::uint32_t {
  kUnbalancedUnlock = 1,
  kDestroyedWhileHeld = 2,
  kFreedWhileHeld = 3,
  kHeldAtExit = 4,
};

struct MisuseRecord {
  static constexpr std::uint16_t kHeldElsewhere = 1;
  static constexpr std::uint16_t kUncertain = 2;  // it may have been taken unseen: no finding
  RecordHead head;
  Misuse misuse;
  std::uint32_t thread;
  std::uint32_t held;
  std::uint32_t frames;
  HeldEntry lock;
  // `held` HeldEntry, then `frames` return addresses.
};

// Threads each of which waits for a lock that the next one holds, or for its end; the last one for the first.
struct HangThread {
  static constexpr std::uint32_t kItsEnd = 0xffffffff;
  static constexpr std::uint32_t kQueued = 0xfffffffd;  // it waits to write, which lets no reader pass
  std::uint32_t thread;
  std::uint32_t held;    // entries of what it holds
  std::uint32_t blocks;  // which of them the thread before it waits for, or kItsEnd
  std::uint32_t joins;   // the thread that it joins; 0: it waits for `wanted.lock`
  HeldEntry wanted;
  // `held` HeldEntry.
};

struct HangRecord {
  static constexpr std::uint16_t kLeftByFork = 1;  // of one thread: the lock is held by none that this process has
  RecordHead head;
  std::uint32_t threads;
  std::uint32_t padding;
  // `threads` HangThread.
};

// What all threads hold, and wait for, at one time: a HangRecord of the type kStatus.  `wanted.lock` and `joins` are
// both 0 in a thread that does not wait; `blocks` is one of these:
inline constexpr std::uint32_t kSteady = 0;
inline constexpr std::uint32_t kChanging = 1;  // it took or gave back locks meanwhile: what it holds is not known

// A lock was held for longer than the user allows.
struct HeldLongRecord {
  RecordHead head;
  std::uint32_t thread;
  std::uint32_t padding;
  std::uint64_t ns;
  HeldEntry lock;
  Where released;
};

// Instances of one shape (the same places, other locks) of which chains, and of which episodes are kept.
inline constexpr std::uint32_t kInstancesPerShape = 256;

}  // namespace lockdep::recording

#endif  // LOCKDEP_RECORDING_FORMAT_H_
