#include "lockdep/preload/recording_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/modules.h"
#include "lockdep/preload/syscall_hook.h"
#include "lockdep/preload/thread_block.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23  // Linux 5.14
#endif

namespace lockdep::preload {
namespace {

using recording::RecordingHeader;

constexpr std::size_t kStep = std::size_t{64} << 10;  // of what the kernel is asked for
constexpr std::size_t kShareOfLimit = 16;              // what is mapped of an address space that is limited

constinit std::atomic<RecordingHeader*> header{nullptr};
constinit std::atomic<RecordingHeader*> parents_header{nullptr};  // in the child of a fork, while it has no file
constinit std::size_t file_bytes = 0;
constinit std::size_t mapped_bytes = 0;
constinit std::size_t ready_bytes = 0;  // of the file; the kernel has given them
constinit std::uint32_t generation = 1;
constinit bool open_with_first_record = false;
constinit char directory[PATH_MAX] = {};

// What was counted while there was no file: between a fork and the child's first record.
constinit std::uint64_t lost_before = 0;
constinit std::uint64_t capped_before = 0;

std::uint64_t Now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

char* AppendNumber(char* to, std::uint64_t number) {
  char digits[24];
  int count = 0;
  do digits[count++] = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  while (count > 0) *to++ = digits[--count];
  return to;
}

// The library's own open, read and close are places at which a thread may be cancelled.

int Open(const char* path, int flags) { return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, 0600)); }

void ReadFile(const char* path, char* into, std::size_t bytes) {
  const int fd = Open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  std::size_t read_bytes = 0;
  while (read_bytes < bytes) {
    const long got = syscall(SYS_read, fd, into + read_bytes, bytes - read_bytes);
    if (got <= 0) break;
    read_bytes += static_cast<std::size_t>(got);
  }
  syscall(SYS_close, fd);
}

// Whether the kernel gives the pages of the file from `begin` on; kernels before 5.14 cannot say.
bool Populate(void* begin, std::size_t bytes) {
  return madvise(begin, bytes, MADV_POPULATE_WRITE) == 0 || errno == EINVAL;
}

int OpenFile() {
  static constinit char path[PATH_MAX + 64];  // a handler's stack has no room for it
  const std::size_t length = std::strlen(directory);
  std::memcpy(path, directory, length);
  for (int attempt = 0; attempt < 100; ++attempt) {
    char* end = path + length;
    *end++ = '/';
    end = AppendNumber(end, static_cast<std::uint64_t>(getpid()));
    *end++ = '-';
    end = AppendNumber(end, Now());
    std::memcpy(end, ".rec", sizeof ".rec");
    const int fd = Open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

void MapFile() {
  const int fd = OpenFile();
  if (fd < 0) return;
  // Past the limit of a file's size a signal would end the process; address space that is limited is the program's.
  rlimit limit{};
  std::size_t bytes = recording::kBytesMax;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    bytes = std::min<std::size_t>(bytes, limit.rlim_cur / kShareOfLimit & ~(kStep - 1));
  }
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes) bytes = limit.rlim_cur & ~(kStep - 1);
  void* memory = MAP_FAILED;
  for (; bytes >= kStep; bytes /= 4) {
    // The last argument lies on the stack: of an int only half of what the kernel reads would be written.
    const long address =
        syscall(SYS_mmap, nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, off_t{0});
    if (address == -1) continue;  // the address space is limited
    memory = reinterpret_cast<void*>(address);
    break;
  }
  if (memory != MAP_FAILED && ftruncate(fd, static_cast<off_t>(bytes)) == 0 && Populate(memory, kStep)) {
    madvise(memory, bytes, MADV_DONTDUMP);
    file_bytes = bytes;
    mapped_bytes = bytes;
    ready_bytes = kStep;
    auto* const made = static_cast<RecordingHeader*>(memory);
    std::memcpy(made->magic, recording::kMagic, sizeof made->magic);
    made->version = recording::kVersion;
    made->header_bytes = recording::kHeaderBytes;
    made->pid = static_cast<std::uint32_t>(getpid());
    made->parent_pid = static_cast<std::uint32_t>(getppid());
    made->start_ns = Now();
    if (readlink("/proc/self/exe", made->program, sizeof made->program - 1) < 0) made->program[0] = '\0';
    ReadFile("/proc/self/cmdline", made->command_line, sizeof made->command_line - 1);
    made->lost_events = __atomic_exchange_n(&lost_before, 0, __ATOMIC_RELAXED);
    made->capped = __atomic_exchange_n(&capped_before, 0, __ATOMIC_RELAXED);
    header.store(made, std::memory_order_release);
  } else if (memory != MAP_FAILED) {
    syscall(SYS_munmap, memory, bytes);
  }
  syscall(SYS_close, fd);
}

// What stays of a parent's recording is a step: no page is larger.
void LeaveHeader(RecordingHeader* left) {
  if (left != nullptr) syscall(SYS_munmap, left, kStep);
}

// Maps what comes next of the file, behind what is mapped.  False: the file ends, or something else lies there.
bool MapMore(RecordingHeader* mapped) {
  if (mapped_bytes >= file_bytes) return false;
  const std::size_t more = std::min(file_bytes - mapped_bytes, kStep);
  if (syscall(SYS_mremap, mapped, mapped_bytes, mapped_bytes + more, 0UL, nullptr) == -1) return false;
  mapped_bytes += more;
  return true;
}

}  // namespace

const char* RecordingDirectory() { return directory; }
std::uint32_t ProcessGeneration() { return generation; }
RecordingHeader* Header() { return header.load(std::memory_order_acquire); }

void CountLost() {
  RecordingHeader* const current = Header();
  Add(current == nullptr ? lost_before : current->lost_events, 1);
}
void CountCapped() {
  RecordingHeader* const current = Header();
  Add(current == nullptr ? capped_before : current->capped, 1);
}

void TellFutexCalls() {
  RecordingHeader* const current = Header();
  if (current == nullptr) return;
  __atomic_store_n(&current->futex_calls, __atomic_load_n(&lockdep_futex_calls, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
  __atomic_store_n(&current->imports, Imports(), __ATOMIC_RELAXED);
}

void OpenRecording() {
  const char* const name = std::getenv("LOCKDEP_RECORDING");
  if (name == nullptr || name[0] != '/' || std::strlen(name) >= sizeof directory) return;
  std::strcpy(directory, name);
  const int saved = errno;
  MapFile();
  errno = saved;
}

void LeaveParentsRecording() {
  ++generation;
  __atomic_store_n(&lockdep_futex_calls, 0, __ATOMIC_RELAXED);
  RecordingHeader* const parents = header.exchange(nullptr, std::memory_order_acq_rel);
  if (parents != nullptr) {
    syscall(SYS_munmap, reinterpret_cast<unsigned char*>(parents) + kStep, mapped_bytes - kStep);
    LeaveHeader(parents_header.exchange(parents));
  }
  open_with_first_record = directory[0] != '\0';
}

void CountUnwritten() {
  RecordingHeader* current = Header();
  if (current == nullptr) current = parents_header.load(std::memory_order_relaxed);
  if (current != nullptr) Add(current->unwritten, 1);
}

void CutRecording() {
  const ColdSection section;
  RecordingHeader* const current = Header();
  if (current == nullptr || ready_bytes >= mapped_bytes) return;
  if (current->pid != static_cast<std::uint32_t>(getpid())) return;  // the child of a vfork
  syscall(SYS_munmap, reinterpret_cast<unsigned char*>(current) + ready_bytes, mapped_bytes - ready_bytes);
  mapped_bytes = ready_bytes;
}

void* Reserve(std::size_t bytes) {
  if (open_with_first_record) {
    open_with_first_record = false;
    MapFile();
    if (Header() == nullptr) {
      CountUnwritten();
    } else {
      LeaveHeader(parents_header.exchange(nullptr));
    }
  }
  RecordingHeader* const current = Header();
  if (current == nullptr || current->full != 0) return nullptr;
  if (current->pid != static_cast<std::uint32_t>(getpid())) {  // a child of which the C library does not tell
    CountLost();
    return nullptr;
  }
  const std::size_t begin = recording::kHeaderBytes + current->used;
  while (begin + bytes > mapped_bytes) {
    if (MapMore(current)) continue;
    current->full = 1;
    return nullptr;
  }
  while (begin + bytes > ready_bytes) {
    const std::size_t more = mapped_bytes - ready_bytes < kStep ? mapped_bytes - ready_bytes : kStep;
    if (!Populate(reinterpret_cast<unsigned char*>(current) + ready_bytes, more)) {
      current->full = 2;
      return nullptr;
    }
    ready_bytes += more;
  }
  void* const record = reinterpret_cast<unsigned char*>(current) + begin;
  std::memset(record, 0, bytes);
  return record;
}

void Commit(void* record) {
  RecordingHeader* const current = Header();
  const auto* const head = static_cast<const recording::RecordHead*>(record);
  TellFutexCalls();
  __atomic_store_n(&current->used, current->used + head->bytes, __ATOMIC_RELEASE);
}

}  // namespace lockdep::preload
