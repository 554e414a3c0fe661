#include "lockdep/failed_requests.h"

#include <vector>

#include "tests/catch.h"

namespace lockdep {
namespace {

constexpr LockId kA = 1;
constexpr LockId kB = 2;
constexpr RoleId kRole = 3;

EpisodeOp Take(LockId lock, Kind kind = Kind::kBlocking) { return {lock, How::Of(Mode::kExclusive, kind)}; }
EpisodeOp Fail(LockId lock) { return {lock, How::Of(Mode::kExclusive, Kind::kTimed), EpisodeOpKind::kTryFailed}; }
EpisodeOp Release(LockId lock) { return {lock, How::Of(Mode::kExclusive), EpisodeOpKind::kRelease}; }

FailedRequests Of(const std::vector<EpisodeOp>& ops, bool complete = true) {
  FailedRequests failed;
  failed.Add(kRole, ops, complete);
  return failed;
}

TEST_CASE("who gives back what it holds before it asks again lets go", "[lockdep][failed-requests]") {
  const FailedRequests failed = Of({Take(kA), Fail(kB), Release(kA), Take(kB), Release(kB)});
  CHECK(failed.Seen(kRole, kB));
  CHECK(failed.LetsGo(kRole, kA, kB));
  CHECK_FALSE(failed.Seen(kRole, kA));
  CHECK_FALSE(failed.Seen(kRole + 1, kB));
  CHECK_FALSE(failed.LetsGo(kRole + 1, kA, kB));
  CHECK_FALSE(failed.LetsGo(kRole, kB, kA));
}

TEST_CASE("who asks again while it holds it does not", "[lockdep][failed-requests]") {
  for (const EpisodeOp& again : {Take(kB), Take(kB, Kind::kTrylock), Fail(kB)}) {
    FailedRequests failed = Of({Take(kA), Fail(kB), again, Release(kA)});
    CHECK(failed.AsksAgain(kRole, kA, kB));
    CHECK_FALSE(failed.LetsGo(kRole, kA, kB));
    // Nor if another time it did.
    failed.Add(kRole, std::vector<EpisodeOp>{Take(kA), Fail(kB), Release(kA)}, true);
    CHECK_FALSE(failed.LetsGo(kRole, kA, kB));
  }
}

TEST_CASE("a lock that is held twice is given back by the last release", "[lockdep][failed-requests]") {
  CHECK(Of({Take(kA), Take(kA), Fail(kB), Release(kA), Take(kB), Release(kA)}).AsksAgain(kRole, kA, kB));
  CHECK(Of({Take(kA), Take(kA), Fail(kB), Release(kA), Release(kA)}).LetsGo(kRole, kA, kB));
}

TEST_CASE("of an episode that is not known to its end nothing is sure", "[lockdep][failed-requests]") {
  CHECK_FALSE(Of({Take(kA), Fail(kB)}, false).LetsGo(kRole, kA, kB));
  CHECK(Of({Take(kA), Fail(kB)}, false).Seen(kRole, kB));
  CHECK(Of({Take(kA), Fail(kB), Release(kA)}, false).LetsGo(kRole, kA, kB));
}

}  // namespace
}  // namespace lockdep
