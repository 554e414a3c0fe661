// Two files have an object of one name each, which no other file sees.
#ifndef TESTS_LOCKDEP_ALIKE_OBJECT_H_
#define TESTS_LOCKDEP_ALIKE_OBJECT_H_

#include <cstdint>

namespace lockdep::testing {

std::uintptr_t AlikeObjectOfOne();
std::uintptr_t AlikeObjectOfAnother();
std::uintptr_t ObjectOfOneAlone();

}  // namespace lockdep::testing

#endif  // TESTS_LOCKDEP_ALIKE_OBJECT_H_
