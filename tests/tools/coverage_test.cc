// What is covered, of recordings and starts that are made here; files of programs, and the form of the starts.
#include "tools/coverage.h"

#include <elf.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "tests/lockdep/recording_writer.h"
#include "tests/tools/command.h"
#include "tools/program_file.h"
#include "tools/program_starts.h"

namespace lockdep::tools {
namespace {

using recording::StartKind;
using recording::StartRecord;

constexpr std::uint16_t kOurs = StartRecord::kPreloaded | StartRecord::kNamed;

Recording Recorded(std::uint32_t pid, std::uint64_t start_ns, const std::string& program, std::uint64_t locks = 1) {
  testing::RecordingWriter writer;
  writer.header.pid = pid;
  writer.header.start_ns = start_ns;
  writer.header.locks = locks;
  std::strcpy(writer.header.program, program.c_str());
  return std::move(*Recording::Parse("made", writer.Bytes()));
}

ProgramStart Started(std::uint32_t pid, std::uint64_t time_ns, const std::string& path, std::uint16_t flags = kOurs) {
  ProgramStart start;
  start.pid = pid;
  start.caller = pid;
  start.time_ns = time_ns;
  start.path = path;
  start.flags = flags;
  return start;
}

ProgramStart Failed(const ProgramStart& start, int error) {
  ProgramStart failed = start;
  failed.kind = StartKind::kExecFailed;
  failed.error = error;
  return failed;
}

std::vector<NotRecordedWhy> Reasons(const Coverage& coverage) {
  std::vector<NotRecordedWhy> reasons;
  for (const NotRecorded& each : coverage.not_recorded()) reasons.push_back(each.why);
  return reasons;
}

std::string Real(const std::string& path) { return std::filesystem::canonical(path).string(); }

TEST_CASE("a start is covered by a recording of that process and program, from then on", "[tools][coverage]") {
  const std::string program = Real("/bin/true");
  const auto reasons = [&](std::uint32_t pid, std::uint64_t start_ns, const std::string& recorded) {
    Coverage coverage({});
    coverage.Add(Recorded(pid, start_ns, recorded));
    coverage.Add(Started(7, 100, program));
    coverage.Finish();
    return Reasons(coverage);
  };
  CHECK(reasons(7, 101, program).empty());
  CHECK(reasons(7, 99, program) == std::vector{NotRecordedWhy::kNotKnown});
  CHECK(reasons(8, 101, program) == std::vector{NotRecordedWhy::kNotKnown});
  CHECK(reasons(7, 101, Real("/bin/cat")) == std::vector{NotRecordedWhy::kNotKnown});
}

TEST_CASE("what a process became later does not cover what it was before", "[tools][coverage]") {
  const std::string program = Real("/bin/true");
  Coverage coverage({});
  coverage.Add(Started(7, 100, program));
  coverage.Add(Started(7, 200, program));
  coverage.Add(Recorded(7, 201, program));
  coverage.Finish();
  CHECK(Reasons(coverage) == std::vector{NotRecordedWhy::kNotKnown});
  CHECK_FALSE(coverage.complete());
}

TEST_CASE("without our environment nothing is covered", "[tools][coverage]") {
  const std::string program = Real("/bin/true");
  for (const std::uint16_t flags : {std::uint16_t{0}, StartRecord::kPreloaded, StartRecord::kNamed}) {
    Coverage coverage({});
    coverage.Add(Started(7, 100, program, flags));
    coverage.Add(Recorded(7, 101, program));
    coverage.Finish();
    CHECK(Reasons(coverage) == std::vector{NotRecordedWhy::kEnvironment});
  }
}

TEST_CASE("an exec that failed started nothing, and one that then succeeds is what counts", "[tools][coverage]") {
  Coverage coverage({});
  coverage.Add(Recorded(1, 50, "/bin/first"));
  coverage.Add(Started(7, 100, "/one/true"));
  coverage.Add(Failed(Started(7, 100, "/one/true"), ENOENT));
  coverage.Add(Started(7, 110, Real("/bin/true")));
  coverage.Add(Recorded(7, 120, Real("/bin/true")));
  coverage.Add(Started(8, 130, "/one/other"));
  coverage.Add(Failed(Started(8, 130, "/one/other"), EACCES));
  coverage.Finish();
  CHECK(coverage.not_recorded().empty());
  REQUIRE(coverage.not_started().size() == 1);
  CHECK(coverage.not_started()[0].program == "/one/other");
  CHECK(coverage.Notes() == std::vector<std::string>{"1 program could not be started: other: Permission denied"});
  CHECK(coverage.complete());
}

TEST_CASE("a program whose file is gone is covered by its name", "[tools][coverage]") {
  Coverage coverage({});
  coverage.Add(Recorded(7, 101, "/gone/conftest (deleted)"));
  coverage.Add(Started(7, 100, "/gone/conftest"));
  coverage.Add(Started(8, 100, "/gone/other"));
  coverage.Finish();
  CHECK(Reasons(coverage) == std::vector{NotRecordedWhy::kGone});
}

TEST_CASE("names are few, with how often they are there", "[tools][coverage]") {
  Coverage coverage({"b", "unused"});
  for (std::uint32_t pid = 1; pid <= 9; ++pid) {
    coverage.Add(Recorded(pid, 1, std::string("/bin/") + "aabcdefgh"[pid - 1], pid == 9 ? 1 : 0));
  }
  coverage.Finish();
  CHECK(coverage.Notes() == std::vector<std::string>{"8 processes used no lock: a (2), b, c, and 4 more"});
  CHECK(coverage.Shortfall() ==
        "the run is not covered, because of a (2), c, d, and 3 more; nothing uncovered is called unused");
}

TEST_CASE("a run without recordings, or of which starts are not known, is not complete", "[tools][coverage]") {
  Coverage nothing({});
  nothing.Finish();
  CHECK_FALSE(nothing.complete());
  Coverage damaged({});
  damaged.Add(Recorded(7, 101, "/bin/true"));
  damaged.NoteDamage("starts: is cut off");
  damaged.Finish();
  CHECK_FALSE(damaged.complete());
  CHECK(damaged.Notes() == std::vector<std::string>{"starts: is cut off"});
}

// A program of one segment, which names a loader.
std::string ElfFile(unsigned char wordsize, std::uint16_t machine, const std::string& loader) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = wordsize;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = machine;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = loader.empty() ? PT_LOAD : PT_INTERP;
  segment.p_offset = sizeof header + sizeof segment;
  segment.p_filesz = loader.size() + 1;
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  return bytes + loader + '\0';
}

TEST_CASE("a run of which a child could not be recorded is not complete", "[tools][coverage]") {
  testing::RecordingWriter writer;
  writer.header.pid = 7;
  writer.header.locks = 1;
  std::strcpy(writer.header.program, "/usr/sbin/daemon");
  for (const std::uint32_t unwritten : {0U, 1U, 3U}) {
    writer.header.unwritten = unwritten;
    Coverage coverage({});
    coverage.Add(*Recording::Parse("made", writer.Bytes()));
    coverage.Finish();
    CHECK(coverage.complete() == (unwritten == 0));
    CHECK(coverage.Notes().size() == (unwritten == 0 ? 0 : 1));
    if (unwritten == 3) CHECK(coverage.Notes()[0].rfind("3 child processes, ", 0) == 0);
    if (unwritten != 0) CHECK(coverage.Shortfall() == "the run is not covered, because of daemon");
  }
  Coverage allowed({"daemon"});
  allowed.Add(*Recording::Parse("made", writer.Bytes()));
  allowed.Finish();
  CHECK(allowed.complete());
}

TEST_CASE("a program's file says whether the recorder can be loaded", "[tools][coverage]") {
  const TemporaryDirectory files;
  const auto kind = [&](const std::string& bytes, bool shell_reads = false) {
    return LookAtProgram(files.Write("program", bytes), shell_reads).kind;
  };
  CHECK(LookAtProgram("/bin/sh", false).kind == ProgramKind::kRecordable);
  CHECK(LookAtProgram("/bin/sh", false).path == Real("/bin/sh"));
  CHECK(LookAtProgram("/nowhere/at/all", false).kind == ProgramKind::kGone);
  CHECK(LookAtProgram("/", false).kind == ProgramKind::kGone);
#if defined(__x86_64__)
  CHECK(kind(ElfFile(ELFCLASS64, EM_X86_64, "/lib64/ld-linux-x86-64.so.2")) == ProgramKind::kRecordable);
  CHECK(kind(ElfFile(ELFCLASS64, EM_X86_64, "/lib/ld-musl-x86_64.so.1")) == ProgramKind::kLibrary);
  CHECK(kind(ElfFile(ELFCLASS64, EM_X86_64, "")) == ProgramKind::kStatic);
  CHECK(kind(ElfFile(ELFCLASS64, EM_AARCH64, "/lib/ld-linux-aarch64.so.1")) == ProgramKind::kArchitecture);
  CHECK(kind(ElfFile(ELFCLASS32, EM_386, "/lib/ld-linux.so.2")) == ProgramKind::kArchitecture);
  const std::string whole = ElfFile(ELFCLASS64, EM_X86_64, "/lib64/ld-linux-x86-64.so.2");
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) kind(whole.substr(0, bytes));  // ends
  CHECK(kind(whole.substr(0, 30)) == ProgramKind::kNoProgram);
#endif
  CHECK(kind("text") == ProgramKind::kNoProgram);
  CHECK(kind("") == ProgramKind::kNoProgram);
  CHECK(kind("text", true) == ProgramKind::kRecordable);
  CHECK(kind("#!") == ProgramKind::kNoProgram);
  CHECK(kind("#! \t /bin/sh -e\n") == ProgramKind::kRecordable);
  CHECK(kind("#!/bin/sh") == ProgramKind::kRecordable);
  CHECK(kind("#!/nowhere\n") == ProgramKind::kGone);
  const std::string itself = files.path() / "program";
  CHECK(kind("#!" + itself + "\n") == ProgramKind::kNoProgram);  // ends
}

TEST_CASE("a name is searched for as a shell does", "[tools][coverage]") {
  const TemporaryDirectory files;
  const std::string first = files.Write("one/tool", "");
  const std::string second = files.Write("two/tool", "");
  const std::string directory = files.path().string();
  std::filesystem::permissions(second, std::filesystem::perms::owner_all);
  CHECK(FindProgram("tool", directory + "/one:" + directory + "/two", "/") == second);
  CHECK(FindProgram("tool", "one:two", directory) == second);
  CHECK(FindProgram("tool", directory + "/one", "/").empty());
  CHECK(FindProgram("./tool", "/bin", "/x") == "/x/./tool");
  CHECK(FindProgram("/a/tool", "/bin", "/x") == "/a/tool");
}

std::string StartBytes(const std::string& path, const std::string& directory, const std::string& search) {
  StartRecord record{};
  record.magic = recording::kStartMagic;
  record.kind = StartKind::kSpawn;
  record.flags = StartRecord::kSearched;
  record.pid = 12;
  record.path_bytes = static_cast<std::uint32_t>(path.size());
  record.directory_bytes = static_cast<std::uint32_t>(directory.size());
  record.search_bytes = static_cast<std::uint32_t>(search.size());
  const std::size_t bytes = sizeof record + path.size() + directory.size() + search.size();
  record.bytes = static_cast<std::uint32_t>((bytes + 7) / 8 * 8);
  std::string text(reinterpret_cast<const char*>(&record), sizeof record);
  text += path + directory + search;
  text.resize(record.bytes);
  return text;
}

TEST_CASE("starts are read up to the first that is damaged", "[tools][coverage]") {
  const std::string one = StartBytes("tool", "/home", "/bin:/usr/bin");
  const std::string two = StartBytes("/bin/true", "", "");
  const ProgramStarts both = ParseProgramStarts("starts", one + two);
  CHECK(both.damage.empty());
  REQUIRE(both.starts.size() == 2);
  CHECK(both.starts[0].path == "tool");
  CHECK(both.starts[0].directory == "/home");
  CHECK(both.starts[0].search == "/bin:/usr/bin");
  CHECK(both.starts[0].pid == 12);
  CHECK(both.starts[1].path == "/bin/true");
  for (std::size_t bytes = 1; bytes < one.size() + two.size(); ++bytes) {
    if (bytes == one.size()) continue;
    const ProgramStarts cut = ParseProgramStarts("starts", (one + two).substr(0, bytes));
    CHECK_FALSE(cut.damage.empty());
    CHECK(cut.starts.size() == (bytes < one.size() ? 0U : 1U));
  }
  std::string wrong = one + two;
  wrong[one.size()] = 'x';
  CHECK(ParseProgramStarts("starts", wrong).damage ==
        "starts: the record at byte " + std::to_string(one.size()) +
            " does not begin as one; programs that were started after it are not known");
  for (const std::size_t byte : {4U, 8U, 32U, 36U, 40U}) {  // bytes, kind, and the sizes of the texts
    std::string bad = one;
    bad[byte + 3] = '\x7f';
    bad[byte + 1] = '\x7f';
    CHECK_FALSE(ParseProgramStarts("starts", bad).damage.empty());
  }
  CHECK(ReadProgramStarts("/nowhere/starts")->starts.empty());
}

TEST_CASE("a process that still runs is not covered, unless it is allowed for", "[tools][coverage]") {
  const auto covered = [](bool still_runs, std::vector<std::string> allowed) {
    Coverage coverage(std::move(allowed));
    coverage.Add(Recorded(7, 100, "/bin/server"), still_runs);
    coverage.Finish();
    CHECK(coverage.Notes().size() == (still_runs ? 1 : 0));
    return coverage.complete();
  };
  CHECK(covered(false, {}));
  CHECK_FALSE(covered(true, {}));
  CHECK(covered(true, {"server"}));
}

}  // namespace
}  // namespace lockdep::tools
