// Twenty thousand objects with a mutex each come and go, each locked under its own list's lock.
// expect: no finding
#include <array>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

struct Entry {
  std::mutex mutex;
  int value = 0;
};

struct List {
  std::mutex mutex;
  std::vector<std::unique_ptr<Entry>> entries;
};

std::array<List, 2> lists;

void Fill(List& list) {
  for (int round = 0; round < 10; ++round) {
    const std::lock_guard outer(list.mutex);
    for (int i = 0; i < 1000; ++i) {
      list.entries.push_back(std::make_unique<Entry>());
      const std::lock_guard inner(list.entries.back()->mutex);
      ++list.entries.back()->value;
    }
    list.entries.clear();
  }
}

int main() {
  std::thread one([] { Fill(lists[0]); });
  std::thread two([] { Fill(lists[1]); });
  one.join();
  two.join();
  std::puts("done");
}
