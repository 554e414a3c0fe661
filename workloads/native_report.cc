#include "workloads/native_report.h"

#include <sstream>
#include <utility>

namespace lockdep::workloads {
namespace {

constexpr std::string_view kLastLine = "whole";

template <typename... Numbers>
void Line(std::ostringstream& out, char tag, Numbers... numbers) {
  out << tag;
  ((out << ' ' << static_cast<std::uint64_t>(numbers)), ...);
  out << '\n';
}

void WriteThread(std::ostringstream& out, const NativeThreadReport& report) {
  const WaitFor::ThreadView& view = report.view;
  Line(out, 't', report.thread, report.number, report.op, view.ended, static_cast<int>(view.waits), view.lock,
       static_cast<int>(view.mode), static_cast<int>(view.kind), view.place, view.stamp);
  for (const WaitFor::Hold& hold : view.holds) {
    Line(out, 'h', hold.lock, static_cast<int>(hold.mode), static_cast<int>(hold.kind), hold.place, hold.stamp);
  }
  for (const Blocker& blocker : view.blockers)
    Line(out, 'b', blocker.runner, blocker.queued, static_cast<int>(blocker.mode));
}

// The numbers of one line.
class Numbers {
 public:
  explicit Numbers(const std::string& line) : in_(line) {}
  template <typename T>
  Numbers& operator>>(T& value) {
    std::uint64_t number = 0;
    in_ >> number;
    value = static_cast<T>(number);
    return *this;
  }
  bool ok() const { return !in_.fail(); }

 private:
  std::istringstream in_;
};

bool ReadThreadLine(char tag, Numbers& numbers, NativeReport& report) {
  if (tag == 't') {
    NativeThreadReport& thread = report.threads.emplace_back();
    WaitFor::ThreadView& view = thread.view;
    numbers >> thread.thread >> thread.number >> thread.op >> view.ended >> view.waits >> view.lock >> view.mode >>
        view.kind >> view.place >> view.stamp;
    return true;
  }
  if (report.threads.empty()) return false;
  if (tag == 'h') {
    WaitFor::Hold& hold = report.threads.back().view.holds.emplace_back();
    numbers >> hold.lock >> hold.mode >> hold.kind >> hold.place >> hold.stamp;
    return true;
  }
  Blocker& blocker = report.threads.back().view.blockers.emplace_back();
  numbers >> blocker.runner >> blocker.queued >> blocker.mode;
  return tag == 'b';
}

}  // namespace

std::string Write(const NativeReport& report) {
  std::ostringstream out;
  Line(out, 'e', static_cast<int>(report.end));
  for (const Runner runner : report.cycle) Line(out, 'c', runner);
  for (const NativeThreadReport& thread : report.threads) WriteThread(out, thread);
  for (const std::string& problem : report.problems) out << "p " << problem << '\n';
  out << kLastLine << '\n';
  return out.str();
}

std::optional<NativeReport> ReadReport(std::string_view text) {
  NativeReport report;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) {
    if (line == kLastLine) return report;
    if (line.size() < 2) return std::nullopt;
    Numbers numbers(line.substr(1));
    if (line[0] == 'p') {
      report.problems.push_back(line.substr(2));
      continue;
    }
    bool understood = true;
    if (line[0] == 'e') {
      numbers >> report.end;
    } else if (line[0] == 'c') {
      numbers >> report.cycle.emplace_back();
    } else {
      understood = ReadThreadLine(line[0], numbers, report);
    }
    if (!understood || !numbers.ok()) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace lockdep::workloads
