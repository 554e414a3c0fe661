// One line of a kernel log without everything that loggers, consoles and mailers put in front of it.
//
// Removed: time stamps, the printk caller, syslog and journal prefixes, log levels, mail quotes,
// colours, carriage returns.  Some raw lines hold several: "#012" (a newline as rsyslog writes it)
// and a time stamp in the middle of a line both begin a new one.  Nothing else is touched; lines
// that a mailer wrapped are joined later, within a report (line_joiner.h).
//
// Thread-safe: no state.  Cost: one pass over the bytes.
#ifndef LOCKDEP_KERNEL_LOG_LINE_H_
#define LOCKDEP_KERNEL_LOG_LINE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockdep::kernel {

struct LogLine {
  std::string text;          // trimmed; never empty
  std::string caller;        // "T1352" (task) or "C1" (cpu) where the log says who printed; else empty
  std::uint64_t number = 0;  // of the raw line, from 1
};

// Appends what `raw` (without its newline) holds; blank lines append nothing.
void CleanLine(std::string_view raw, std::uint64_t number, std::vector<LogLine>& lines);

// "[   12.345678]" at the start of `text`: its length, else 0.
std::size_t TimeStampLength(std::string_view text);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_LOG_LINE_H_
