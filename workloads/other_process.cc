#include "workloads/other_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace lockdep::workloads {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMeanwhile{100};

// Until the process ends, or `time` is over.
std::string ReadUntilEnd(int fd, milliseconds time, const std::function<void()>& meanwhile, bool& in_time) {
  std::string text;
  const auto end = std::chrono::steady_clock::now() + time;
  while (true) {
    auto left = std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
    in_time = left.count() > 0;
    if (!in_time) return text;
    if (meanwhile) {
      meanwhile();
      left = std::min(left, kMeanwhile);
    }
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(left.count())) <= 0) continue;
    char buffer[4096];
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

std::string WaitForEnd(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    return std::string("the process was ended by signal ") + std::to_string(WTERMSIG(status)) + " (" +
           ::strsignal(WTERMSIG(status)) + ")";
  }
  if (WEXITSTATUS(status) != 0) return "the process ended with " + std::to_string(WEXITSTATUS(status));
  return "";
}

}  // namespace

Ended RunInOtherProcess(const std::function<void(int fd)>& inside, milliseconds time,
                        const std::function<void()>& meanwhile) {
  int fds[2];
  const pid_t self = ::getpid();
  if (::pipe(fds) != 0) return {"", std::string("no pipe: ") + std::strerror(errno)};
  // What is not printed yet would be printed by both.
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(fds[0]);
    // Whoever ends the command ends this, too.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != self) ::_exit(0);
    inside(fds[1]);
    ::_exit(0);
  }
  ::close(fds[1]);
  Ended ended;
  if (child < 0) {
    ended.problem = std::string("no process: ") + std::strerror(errno);
  } else {
    bool in_time = true;
    ended.text = ReadUntilEnd(fds[0], time, meanwhile, in_time);
    if (!in_time) ::kill(child, SIGKILL);
    ended.problem = WaitForEnd(child);
    if (!in_time) ended.problem = "the process did not answer";
  }
  ::close(fds[0]);
  return ended;
}

void WriteAll(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
    if (count < 0 && errno != EINTR) return;
    if (count > 0) done += static_cast<std::size_t>(count);
  }
}

}  // namespace lockdep::workloads
