// Programs written by hand in tests, one string per thread: "a r:b try:c -b".
//
//   a     lock           r:a     read               R:a      read that ignores waiting writers
//   -a    release        try:a   trylock            timed:a  timed lock; try:r:a and so on
//   x2    two threads of this role                  sub:o0   lock, subclass 1; try:sub:o0 and so on
//
// A lock is a letter and a read-write lock; "o0" is an instance of the class O.  What is not released is released at
// the end.  A failed trylock or timed lock gives up.
//
// Pure function.
#ifndef TESTS_REFERENCE_NOTATION_H_
#define TESTS_REFERENCE_NOTATION_H_

#include <string>
#include <vector>

#include "tests/reference/program.h"

namespace lockdep::reference {

Program Threads(const std::vector<std::string>& threads);

}  // namespace lockdep::reference

#endif  // TESTS_REFERENCE_NOTATION_H_
