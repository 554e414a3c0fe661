// The lines a text report is made of: lock lines, stacks, wrapped sentences.
//
// Thread-compatible: guard with whoever builds the report.
// Cost: looking at a finding once, at construction, for which names are ambiguous.
#ifndef LOCKDEP_REPORT_LINES_H_
#define LOCKDEP_REPORT_LINES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/report_text.h"

namespace lockdep {

enum class Colour { kNone, kRed, kYellow, kGreen, kBold };

class ReportLines {
 public:
  // Both must outlive this.
  ReportLines(const Finding& finding, const TextOptions& options);

  // --- Words -----------------------------------------------------------------------------------
  // A lock in running text: its name with its subclass, or its instance where another lock of the
  // finding has the same name: "o[1]"; "Open at bank.cc:7 (2)" of locks without a class.
  const std::string& Label(int lock) const;
  // The end of a thread or a completion: nobody holds it, somebody has yet to reach it.
  bool IsEvent(int lock) const;
  // "(inode/1) inode[3]", the kernel's form of a lock; with `how` behind the name.
  std::string Lock(int lock, std::string_view how = "") const;
  // "(inode/1){shared, trylock} inode[3]"; an event has no mode.
  std::string Lock(int lock, Mode mode, Kind kind) const;
  // "trylock(a)", "read(a, recursive)": the words of the workload language; "wait(end of t1)".
  std::string Call(int lock, Mode mode, Kind kind) const;
  // "worker 3 (role worker, in hardirq)".
  static std::string Who(const std::string& thread, const std::string& role, Context context);
  // `text` with the path of the finding's source as its file name: the header has the whole path.
  std::string Short(const std::string& text) const;
  // Short, with the numbers that tell locks of one name apart: "a writer of Open at bank.cc:7 (2)".
  std::string Words(const Wording& wording) const;
  // "Account::Withdraw (bank.cc:12)".
  std::string Where(const Place& place) const;

  // --- Lines -----------------------------------------------------------------------------------
  void Line(std::string_view text = "");
  void ColouredLine(Colour colour, std::string_view text);
  // `text` broken at spaces; lines after the first start with `hang` spaces.
  void Wrapped(std::string_view text, std::size_t hang);
  // `prefix` and a lock line with its place; on two lines if it is too long for one.
  void LockAt(std::string_view prefix, int lock, Mode mode, Kind kind, const Place& place,
              std::string_view suffix = "");
  // "at: f (x.cc:1)" and the callers under it.
  void At(std::size_t indent, const Place& place);
  // A lock line, then At.
  void LockAndStack(int lock, Mode mode, Kind kind, const Place& place);

  std::string Take() { return std::move(text_); }

 private:
  std::string File(const std::string& file, int line) const;

  const Finding& finding_;
  const TextOptions& options_;
  std::vector<std::string> labels_;
  std::vector<std::string> numbers_;  // " (2)" of a lock without a class, where others have its name; else ""
  std::string text_;
};

}  // namespace lockdep

#endif  // LOCKDEP_REPORT_LINES_H_
