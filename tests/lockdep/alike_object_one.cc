#include "tests/lockdep/alike_object.h"

namespace lockdep::testing {
namespace {

volatile int alike[4] = {1, 2, 3, 4};
volatile int alone = 1;

}  // namespace

std::uintptr_t AlikeObjectOfOne() { return reinterpret_cast<std::uintptr_t>(&alike[0]); }
std::uintptr_t ObjectOfOneAlone() { return reinterpret_cast<std::uintptr_t>(&alone); }

}  // namespace lockdep::testing
