// Lock programs as text: written by hand in tests, printed when a comparison fails.
//
//   mutex a b; rwsem s; var x = 1; plain y; condition c; completion d
//   thread t x2: lock a; again: try b -> else; unlock b; else: unlock a; jump again
//
// One line of declarations per line that does not begin with "thread"; one line per thread, "thread NAME [xCOUNT]
// [spawned]:" and its operations.  `label:` names the operation behind it.  Operations:
//
//   lock|read|read-recursive L        try|try-read|try-read-recursive L [-> label]    timed|timed-read|... L [-> label]
//   unlock L  downgrade L  sync L  init L  destroy L  held L  held-shared L  not-held L
//   x = 1  x = y  x = y + 1    await x == 1    assert x == 1    unless x == y + 1 -> label    jump label  choose label
//   repeat N SLOT -> label            next SLOT -> label
//   wait C L  signal C  broadcast C   wait-for D  complete D  complete-all D             spawn T  join T   yield
//
// A `?` at the end of an operation is a free choice.  The end is put behind the last operation.
//
// Pure functions; a text that is wrong ends the test program.
#ifndef TESTS_REFERENCE_LOCK_PROGRAM_TEXT_H_
#define TESTS_REFERENCE_LOCK_PROGRAM_TEXT_H_

#include <string>
#include <string_view>

#include "lockdep/lock_program.h"

namespace lockdep::reference {

LockProgram LockProgramFrom(std::string_view text);
std::string ToText(const LockProgram& program);

}  // namespace lockdep::reference

#endif  // TESTS_REFERENCE_LOCK_PROGRAM_TEXT_H_
