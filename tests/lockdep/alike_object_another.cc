#include "tests/lockdep/alike_object.h"

namespace lockdep::testing {
namespace {

volatile int alike[4] = {5, 6, 7, 8};

}  // namespace

std::uintptr_t AlikeObjectOfAnother() { return reinterpret_cast<std::uintptr_t>(&alike[0]); }

}  // namespace lockdep::testing
