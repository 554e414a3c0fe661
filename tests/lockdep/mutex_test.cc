#include "lockdep/lockdep.h"
#include "tests/catch.h"
#include <mutex>
namespace lockdep {
TEST_CASE("x") {
  Mutex a{"a"}, b{"b"};
  { MutexLock la(a); std::lock_guard<Mutex> lb(b); }
  { MutexLock lb(b); MutexLock la(a); }
  Thread t([&]{ MutexLock la(a); MutexLock lb(b); });
  t.join();
  auto f = Findings();
  CHECK(f.size()==1);
  for (auto& x: f) WARN(int(x.verdict));
}
}
