// The start of other programs.
//
// Nothing is done here but to write it down: the environment goes on as it is, so a program that is given another one
// is not recorded, which the `lockdep` command then says.
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>

#include "lockdep/preload/export.h"
#include "lockdep/preload/program_starts.h"
#include "lockdep/preload/real.h"
#include "lockdep/starts_format.h"

namespace lockdep::preload {
namespace {

using recording::StartRecord;

constexpr std::uint16_t kByName = StartRecord::kSearched | StartRecord::kShellReads;

// `exec` returns only if it failed.
template <class Exec>
int Become(const Program& program, Exec exec) {
  const Starting starting = BeginExec(program);
  const int result = exec();
  ExecFailed(program, starting, errno);
  return result;
}

template <class Spawn>
int SpawnOf(const Program& program, pid_t* pid, Spawn spawn) {
  pid_t made = 0;
  const Starting starting = BeginSpawn();
  // The caller's own variable: a handler of SIGCHLD may look at it as soon as the child is there.
  pid_t* const to = pid == nullptr ? &made : pid;
  const int result = spawn(to);
  EndSpawn(program, starting, result == 0 ? *to : 0, result);
  return result;
}

// With the null pointer at the end.  The first argument is one even if it is null, as in the C library.
std::size_t CountArguments(va_list* rest) {
  std::size_t count = 2;
  while (va_arg(*rest, char*) != nullptr) ++count;
  return count;
}

void CopyArguments(char** to, std::size_t count, const char* first, va_list* rest) {
  to[0] = const_cast<char*>(first);
  for (std::size_t i = 1; i < count; ++i) to[i] = va_arg(*rest, char*);
}

}  // namespace

// The arguments of a variadic function as an array on its stack; `rest` then stands behind them.
#define LOCKDEP_ARGUMENTS(arguments, rest, first)                                       \
  va_list rest;                                                                         \
  va_start(rest, first);                                                                \
  const std::size_t count = CountArguments(&rest);                                      \
  va_end(rest);                                                                         \
  auto* const arguments = static_cast<char**>(__builtin_alloca(count * sizeof(char*))); \
  va_start(rest, first);                                                                \
  CopyArguments(arguments, count, first, &rest)

LOCKDEP_EXPORT int execve(const char* path, char* const arguments[], char* const environment[]) noexcept {
  return Become({path, -1, 0, environment}, [&] { return Real().execve(path, arguments, environment); });
}

LOCKDEP_EXPORT int execv(const char* path, char* const arguments[]) noexcept {
  return Become({path, -1, 0, environ}, [&] { return Real().execv(path, arguments); });
}

LOCKDEP_EXPORT int execvp(const char* file, char* const arguments[]) noexcept {
  return Become({file, -1, kByName, environ}, [&] { return Real().execvp(file, arguments); });
}

LOCKDEP_EXPORT int execvpe(const char* file, char* const arguments[], char* const environment[]) noexcept {
  return Become({file, -1, kByName, environment}, [&] { return Real().execvpe(file, arguments, environment); });
}

LOCKDEP_EXPORT int fexecve(int fd, char* const arguments[], char* const environment[]) noexcept {
  return Become({nullptr, fd, 0, environment}, [&] { return Real().fexecve(fd, arguments, environment); });
}

LOCKDEP_EXPORT int execl(const char* path, const char* argument, ...) noexcept {
  LOCKDEP_ARGUMENTS(arguments, rest, argument);
  va_end(rest);
  return Become({path, -1, 0, environ}, [&] { return Real().execv(path, arguments); });
}

LOCKDEP_EXPORT int execlp(const char* file, const char* argument, ...) noexcept {
  LOCKDEP_ARGUMENTS(arguments, rest, argument);
  va_end(rest);
  return Become({file, -1, kByName, environ}, [&] { return Real().execvp(file, arguments); });
}

LOCKDEP_EXPORT int execle(const char* path, const char* argument, ...) noexcept {
  LOCKDEP_ARGUMENTS(arguments, rest, argument);
  char* const* const environment = va_arg(rest, char* const*);
  va_end(rest);
  return Become({path, -1, 0, environment}, [&] { return Real().execve(path, arguments, environment); });
}

LOCKDEP_EXPORT int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                               const posix_spawnattr_t* attributes, char* const arguments[],
                               char* const environment[]) {
  return SpawnOf({path, -1, 0, environment}, pid,
                 [&](pid_t* to) { return Real().spawn(to, path, actions, attributes, arguments, environment); });
}

LOCKDEP_EXPORT int posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                                const posix_spawnattr_t* attributes, char* const arguments[],
                                char* const environment[]) {
  return SpawnOf({file, -1, StartRecord::kSearched, environment}, pid, [&](pid_t* to) {
    return Real().spawn_by_name(to, file, actions, attributes, arguments, environment);
  });
}

// The C library's own spawn, which does not come here.

LOCKDEP_EXPORT int system(const char* command) {
  if (command != nullptr) ShellStarts();
  return Real().system(command);
}

LOCKDEP_EXPORT FILE* popen(const char* command, const char* modes) {
  FILE* const stream = Real().popen(command, modes);
  if (stream != nullptr) ShellStarts();
  return stream;
}

}  // namespace lockdep::preload
