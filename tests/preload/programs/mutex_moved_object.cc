// Objects that own a mutex are moved as their vector grows: the new ones have other mutexes, used the other way.
// expect: no finding
#include <mutex>
#include <vector>

std::mutex ledger;

class Account {
 public:
  Account() = default;
  Account(Account&& from) noexcept : balance_(from.balance_) {}
  std::mutex& mutex() { return mutex_; }

 private:
  std::mutex mutex_;
  long balance_ = 0;
};

void Nested(std::mutex& outer, std::mutex& inner) {
  const std::lock_guard first(outer);
  const std::lock_guard second(inner);
}

int main() {
  std::vector<Account> accounts;
  for (int round = 0; round < 5; ++round) {
    accounts.emplace_back();
    accounts.shrink_to_fit();
    for (Account& account : accounts) {
      if (round % 2 == 0) Nested(ledger, account.mutex());
      if (round % 2 == 1) Nested(account.mutex(), ledger);
    }
    if (accounts.capacity() == accounts.size()) accounts.reserve(accounts.size() + 1);
  }
}
