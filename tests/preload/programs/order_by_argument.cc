// Money goes both ways between two accounts, and each transfer locks the one that pays first.
// expect: circular | mine -> yours | predicted
#include <chrono>
#include <mutex>
#include <thread>

struct Account {
  std::mutex mutex;
  long balance = 100;
};

Account mine;
Account yours;

void Transfer(Account& from, Account& to) {
  const std::lock_guard first(from.mutex);
  const std::lock_guard second(to.mutex);
  --from.balance;
  ++to.balance;
}

int main() {
  std::thread one([] { Transfer(mine, yours); });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    Transfer(yours, mine);
  });
  one.join();
  two.join();
}
