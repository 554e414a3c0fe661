// Makes and destroys threads and locks as fast as it can, and prints what memory it takes.
//
//   soak SECONDS           prints each 10 seconds, and at the end
//   soak --rounds ROUNDS   prints at the half and at the end
//
// A line is "R rounds, T threads, L locks: K KiB resident", and behind that, if the process is recorded, ", B bytes
// recorded".  A round starts four threads, of which one is detached.  Each of them nests static locks, and makes, nests
// and ends mutexes on the heap, on its stack and by their functions, a reader-writer lock, a condition with its mutex,
// and twenty mutexes at once, each taken under the one before.  All orders are the same in each round, so that nothing
// is found; and nothing is kept, so that memory which grows is not the program's.
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "lockdep/recording_format.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kThreadsOfRound = 4;
constexpr int kNested = 20;

std::mutex outer;
std::shared_mutex table;
pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;

// Locks made, by all threads.
std::atomic<unsigned long> locks{3};

void NestStaticLocks() {
  const std::lock_guard first(outer);
  const std::shared_lock second(table);
  pthread_mutex_lock(&inner);
  pthread_mutex_unlock(&inner);
}

void WriteUnderOuter() {
  const std::lock_guard first(outer);
  const std::lock_guard second(table);
}

void UseHeap() {
  const auto first = std::make_unique<std::mutex>();
  const auto second = std::make_unique<std::recursive_mutex>();
  const std::lock_guard outermost(outer);
  const std::lock_guard under(*first);
  const std::lock_guard innermost(*second);
  const std::lock_guard again(*second);
  locks += 2;
}

void UseStack(int depth) {
  std::mutex local;
  const std::lock_guard lock(local);
  ++locks;
  if (depth > 0) UseStack(depth - 1);
}

void UseInit() {
  pthread_mutex_t mutex;
  pthread_rwlock_t rw_lock;
  pthread_mutex_init(&mutex, nullptr);
  pthread_rwlock_init(&rw_lock, nullptr);
  pthread_rwlock_rdlock(&rw_lock);
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  pthread_rwlock_unlock(&rw_lock);
  pthread_rwlock_wrlock(&rw_lock);
  pthread_rwlock_unlock(&rw_lock);
  pthread_rwlock_destroy(&rw_lock);
  pthread_mutex_destroy(&mutex);
  locks += 2;
}

void NestMany() {
  std::vector<std::mutex> mutexes(kNested);
  for (std::mutex& mutex : mutexes) mutex.lock();
  for (auto it = mutexes.rbegin(); it != mutexes.rend(); ++it) it->unlock();
  locks += kNested;
}

// Passed through twice: by who waits and by who is waited for.
struct Door {
  std::mutex mutex;
  std::condition_variable changed;
  int passed = 0;  // under mutex

  void Pass() {
    const std::lock_guard lock(mutex);
    ++passed;
    changed.notify_all();
  }
  void WaitFor(int count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return passed >= count; });
  }
};

void UseCondition() {
  const auto door = std::make_unique<Door>();
  door->Pass();
  door->WaitFor(1);
  ++locks;
}

void Work(const std::shared_ptr<Door>& door) {
  NestStaticLocks();
  WriteUnderOuter();
  UseHeap();
  UseStack(3);
  UseInit();
  UseCondition();
  NestMany();
  door->Pass();
}

void Round() {
  const auto door = std::make_shared<Door>();
  ++locks;
  std::array<std::thread, kThreadsOfRound> threads;
  for (std::thread& thread : threads) thread = std::thread([door] { Work(door); });
  threads.back().detach();
  threads.back() = {};
  door->WaitFor(kThreadsOfRound);
  for (std::thread& thread : threads) {
    if (thread.joinable()) thread.join();
  }
}

long ResidentKib() {
  long total = 0;
  long resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%ld %ld", &total, &resident) != 2) resident = -1;
  if (file != nullptr) std::fclose(file);
  return resident < 0 ? -1 : resident * (sysconf(_SC_PAGESIZE) / 1024);
}

// Of the recording of this process; -1: there is none.
long RecordedBytes() {
  const char* const directory = std::getenv("LOCKDEP_RECORDING");
  if (directory == nullptr) return -1;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    lockdep::recording::RecordingHeader header;
    const int fd = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    const bool is_ours = read(fd, &header, sizeof header) == static_cast<ssize_t>(sizeof header) &&
                         header.pid == static_cast<std::uint32_t>(getpid());
    close(fd);
    if (is_ours) return static_cast<long>(header.used);
  }
  return -1;
}

void Print(long rounds) {
  const long recorded = RecordedBytes();
  std::printf("%ld rounds, %ld threads, %lu locks: %ld KiB resident", rounds, rounds * kThreadsOfRound, locks.load(),
              ResidentKib());
  if (recorded >= 0) std::printf(", %ld bytes recorded", recorded);
  std::printf("\n");
  std::fflush(stdout);
}

void SoakFor(std::chrono::seconds duration) {
  constexpr std::chrono::seconds kBetweenLines{10};
  const Clock::time_point end = Clock::now() + duration;
  Clock::time_point next_line = Clock::now() + kBetweenLines;
  long rounds = 0;
  for (Clock::time_point now = Clock::now(); now < end; now = Clock::now()) {
    Round();
    ++rounds;
    if (now < next_line) continue;
    Print(rounds);
    next_line += kBetweenLines;
  }
  Print(rounds);
}

void SoakRounds(long count) {
  for (long round = 1; round <= count; ++round) {
    Round();
    if (round == count / 2 || round == count) Print(round);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool by_rounds = argc == 3 && std::strcmp(argv[1], "--rounds") == 0;
  const long count = argc >= 2 ? std::atol(argv[argc - 1]) : 0;
  if (count <= 0 || (argc != 2 && !by_rounds)) {
    std::fprintf(stderr, "usage: soak SECONDS | soak --rounds ROUNDS\n");
    return 2;
  }
  if (by_rounds) {
    SoakRounds(count);
  } else {
    SoakFor(std::chrono::seconds(count));
  }
}
