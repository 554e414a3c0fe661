// How the threads, locks, statements and waits of a program are called in findings: the same words
// for the simulated run, the explored ones and the native one.
//
// Thread-safe: no state.
#ifndef WORKLOADS_DESCRIBE_H_
#define WORKLOADS_DESCRIBE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/hang.h"
#include "workloads/program.h"

namespace lockdep::workloads {

// The program's name in findings: the file, with the settings if there are any.
std::string SourceOf(const Program& program);

// The `number`-th thread (from 1) that runs it: "t", or "t#2" where there are several.
std::string ThreadName(const ProgramThread& thread, int number);

// The statement `op`; its function is the name of the block that it stands in.
Place PlaceOf(const Program& program, const ProgramThread& thread, int op);

// "lock", "tryread", "timedlock".
std::string Verb(Mode mode, Kind kind);

// Everything that threads wait for, by the numbers of ObjectOf; locks are first, by their own
// numbers.  Classes as declared.
std::vector<FindingLock> ObjectsOf(const Program& program);
// The number of a variable among them.
std::size_t VariableObject(const Program& program, int variable);

// What a thread that waits in `op` wants: fills wants, wants_text, step, mode and kind of `thread`.
// `reacquires`: a wait of a condition variable that was woken and wants its mutex.
void DescribeWait(const Program& program, const Op& op, bool reacquires, WaitingThread& thread);

// Of a lock that was taken in `op`: its object, mode, kind and the words of the step.
HeldObject DescribeHold(const Program& program, const ProgramThread& thread, int op, int lock, Mode mode, Kind kind);

// A lock of this class is called like it, and its own name is its instance.  kNone: nothing changes.
void NameByClass(const Program& program, int lock, int lock_class, int subclass, FindingLock& object);

// Whether the validator looks at a lock while it is of this class.
bool IsChecked(const Program& program, int lock, int lock_class);

// The contexts around a statement, outermost first; empty in a task.
std::vector<Context> ContextsAt(const ProgramThread& thread, int op);

// The statement as the script has it: "lock b", "x = y+1", "if x == 1"; of a jump or the end of a
// block what it stands for: "go on", "end".
std::string StatementText(const Program& program, const Op& op);

// "1 234 567".
std::string Grouped(std::uint64_t number);

// Whether a thread of `ops` that is at `at` can still reach a statement that gives what a thread in
// `wanted` waits for: a signal, a completion, an assignment.
bool MayGive(const std::vector<Op>& ops, int at, const Op& wanted);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_DESCRIBE_H_
