// Every expectation of the corpus is able to fail: each is changed into a wrong one, in a copy of its
// script, and `lockdep check` must then say so with exit status 1.
//
//   flipped_test LOCKDEP DIRECTORY     the scripts of one directory, without those below it
//
// Exit 0: all flipped copies failed; 1: some did not, each is named; 2: could not run.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern char** environ;

namespace {

namespace fs = std::filesystem;

// One wrong version of one expectation.
struct Flip {
  std::string what;                // "verdict", "names", ...
  std::vector<std::string> texts;  // what to write in its place; one of them must be noticed

  Flip(std::string of, std::string text) : what(std::move(of)), texts({std::move(text)}) {}
  Flip(std::string of, std::vector<std::string> any) : what(std::move(of)), texts(std::move(any)) {}
};

// Where `expect ...` stands in a script.
struct Place {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Past the quoted string, comment or single character at `at`.
std::size_t SkipToken(const std::string& text, std::size_t at) {
  if (text[at] == '"') {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\') ++at;
    }
    return at + 1;
  }
  const bool comment = text[at] == '#' && (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n');
  return comment ? std::min(text.find('\n', at), text.size()) : at + 1;
}

// All expectations: `expect` where a statement starts, up to the end of the statement.
std::vector<Place> Expectations(const std::string& text) {
  std::vector<Place> places;
  bool statement_start = true;
  for (std::size_t at = 0; at < text.size();) {
    if (!statement_start || text.compare(at, 7, "expect ") != 0) {
      const char c = text[at];
      if (c == '\n' || c == ';' || c == '{' || c == '}') {
        statement_start = true;
      } else if (c != ' ') {
        statement_start = false;
      }
      at = SkipToken(text, at);
      continue;
    }
    Place place{at, at};
    while (at < text.size() && text[at] != '\n' && text[at] != ';' && text[at] != '}') {
      if (text[at] == '#' && text[at - 1] == ' ') break;
      at = SkipToken(text, at);
    }
    place.end = at;
    while (text[place.end - 1] == ' ') --place.end;
    places.push_back(place);
  }
  return places;
}

// Words, names and arrows; a quoted name and a reason with its locks are one word.
std::vector<std::string> Words(const std::string& expectation) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < expectation.size();) {
    if (expectation[at] == ' ') {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    bool in_parentheses = false;
    while (at < expectation.size() && (expectation[at] != ' ' || in_parentheses)) {
      if (expectation[at] == '(') in_parentheses = true;
      if (expectation[at] == ')') in_parentheses = false;
      at = SkipToken(expectation, at);
    }
    words.push_back(expectation.substr(begin, at - begin));
  }
  return words;
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

bool IsOneOf(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// expect finding KIND a -> b verdict V [because ...]
std::vector<Flip> FlipFinding(const std::vector<std::string>& words, bool only_finding) {
  const auto verdict = std::find(words.begin(), words.end(), "verdict");
  const auto because = std::find(words.begin(), words.end(), "because");
  std::vector<std::string> head(words.begin(), verdict);
  const std::vector<std::string> tail(verdict, words.end());
  const auto with_names = [&](const std::vector<std::string>& names) {
    std::vector<std::string> changed(words.begin(), words.begin() + 3);
    for (const std::string& name : names) {
      if (changed.size() > 3) changed.emplace_back("->");
      changed.push_back(name);
    }
    changed.insert(changed.end(), tail.begin(), tail.end());
    return Join(changed);
  };
  std::vector<std::string> names;
  for (auto word = words.begin() + 3; word != verdict; ++word) {
    if (*word != "->") names.push_back(*word);
  }

  std::vector<Flip> flips;
  flips.push_back({"the finding is not expected at all", ""});
  if (only_finding) flips.push_back({"no finding", "expect no finding"});
  std::vector<std::string> kind = words;
  kind[2] = words[2] == "circular" ? "recursive" : "circular";
  flips.push_back({"kind", Join(kind)});
  for (const std::string_view other : {"real", "predicted", "false", "unknown"}) {
    if (verdict + 1 == words.end() || other == *(verdict + 1)) continue;
    flips.push_back({"verdict " + std::string(other), Join(head) + " verdict " + std::string(other)});
  }
  // One lock may be named twice, as "held -> wanted": three times is wrong for all.
  std::vector<std::string> longer = names;
  longer.resize(std::max<std::size_t>(names.size() + 1, 3), names.front());
  flips.push_back({"one lock more", with_names(longer)});
  if (names.size() > 1) flips.push_back({"one lock less", with_names({names.begin(), names.end() - 1})});
  if (names.size() > 1 && words[2].rfind("irq-", 0) == 0) {  // a path, not a cycle
    std::vector<std::string> rotated(names.begin() + 1, names.end());
    rotated.push_back(names.front());
    flips.push_back({"locks rotated", with_names(rotated)});
  }
  if (names.size() > 2) flips.push_back({"locks in reverse", with_names({names.rbegin(), names.rend()})});
  if (because == words.end()) return flips;
  // No script has this one; a reason that is not named may hold as well.
  const std::string other_reason = "declared-order";
  flips.push_back({"a reason that does not hold", Join(words) + " and " + other_reason});
  for (auto reason = because + 1; reason != words.end(); ++reason) {
    if (*reason == "and" || *reason == "only") continue;
    std::vector<std::string> changed = words;
    changed[reason - words.begin()] = other_reason;
    flips.push_back({"another reason than " + *reason, Join(changed)});
  }
  return flips;
}

// expect explore OUTCOME {and OUTCOME}
std::vector<Flip> FlipExploration(const std::vector<std::string>& words) {
  std::vector<Flip> flips;
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "exhausted") flips.push_back({"the search gives up", "expect explore unknown"});
    if (words[i] == "livelock") {
      const bool none = words[i - 1] == "no";
      flips.push_back(
          {none ? "a livelock" : "no livelock", none ? "expect explore livelock" : "expect explore no livelock"});
    }
    if (IsOneOf(words[i], {"hang", "race", "violation"})) flips.push_back({words[i] + " is not expected at all", ""});
  }
  return flips;
}

// All wrong versions of one expectation.  `names` are what the script declares, under whatever setting.
std::vector<Flip> Flips(const std::string& expectation, const std::vector<std::string>& names, bool only_finding) {
  const std::vector<std::string> words = Words(expectation);
  if (words.size() < 3) return {};
  if (words[1] == "finding") return FlipFinding(words, only_finding);
  if (words[1] == "explore") return FlipExploration(words);
  if (words[1] == "no" && words[2] == "finding") {
    std::vector<std::string> texts;
    for (const std::string& name : names) texts.push_back("expect finding " + name + " verdict unknown");
    return {Flip("a finding", std::move(texts))};
  }
  if (words[1] == "no" && words[2] == "order") {
    return {{"the order", "expect order " + Join({words.begin() + 3, words.end()})}};
  }
  std::vector<Flip> flips;  // expect order a -> b -> c
  for (std::size_t i = 2; i + 2 < words.size(); i += 2) {
    flips.push_back({"no order", "expect no order " + Join({words.begin() + i, words.begin() + i + 3})});
  }
  return flips;
}

// The first name of each declaration, as it may stand in an expectation.
std::vector<std::string> DeclaredNames(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::vector<std::string> words = Words(text.substr(at, end - at));
    at = end + 1;
    // The machine of memory hotplug has its locks undeclared.
    const bool has_policy = std::find(words.begin(), words.end(), "policy") != words.end();
    if (has_policy && words[0][0] != '#') names.emplace_back("device_hotplug_lock");
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[0][0] == '#' ||
          !IsOneOf(words[i], {"mutex", "recursive", "spinlock", "raw", "rwsem", "rwlock", "percpu", "rcu", "srcu",
                              "local", "pseudo", "completion", "var", "plain"})) {
        continue;
      }
      std::string name = words[i + 1];
      if (name.back() == ',') name.pop_back();
      const std::size_t bracket = name.find('[');
      names.push_back(bracket == std::string::npos || name[0] == '"' ? name : name.substr(0, bracket) + "[0]");
    }
  }
  return names;
}

// The exit status of `command check script`; -1: it did not end by itself.
int Check(const std::string& command, const std::string& script) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
  }
  std::string check = "check";
  std::array<char*, 4> arguments = {const_cast<char*>(command.c_str()), check.data(), const_cast<char*>(script.c_str()),
                                    nullptr};
  pid_t child = 0;
  const int error = posix_spawn(&child, command.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (error != 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

struct Tally {
  int flips = 0;
  int wrong = 0;
};

void TestScript(const std::string& command, const fs::path& script, const fs::path& copy, Tally& tally) {
  std::ifstream in(script);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const std::vector<std::string> names = DeclaredNames(text);
  const std::vector<Place> places = Expectations(text);
  const auto findings = std::count_if(places.begin(), places.end(), [&](const Place& place) {
    const std::string line = text.substr(place.begin, place.end - place.begin);
    const bool reached = line.find(" violation") != std::string::npos || line.find(" race ") != std::string::npos;
    return line.starts_with("expect finding ") || (line.starts_with("expect explore ") && reached);
  });
  if (places.empty() || names.empty()) {
    std::printf("%s: no expectation, or no declaration, was recognised\n", script.c_str());
    ++tally.wrong;
  }
  for (const Place& place : places) {
    const std::string expectation = text.substr(place.begin, place.end - place.begin);
    for (const Flip& flip : Flips(expectation, names, findings == 1)) {
      ++tally.flips;
      int status = -1;
      for (std::size_t i = 0; i < flip.texts.size() && status != 1; ++i) {
        std::ofstream(copy) << text.substr(0, place.begin) << flip.texts[i] << text.substr(place.end);
        status = Check(command, copy.string());
      }
      if (status == 1) continue;
      ++tally.wrong;
      std::printf("%s: exit status %d instead of 1 for '%s' (%s) in place of '%s'\n", script.c_str(), status,
                  flip.texts.back().c_str(), flip.what.c_str(), expectation.c_str());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: flipped_test LOCKDEP DIRECTORY\n");
    return 2;
  }
  std::string pattern = (fs::temp_directory_path() / "lockdep-flipped-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    std::perror("flipped_test: temporary directory");
    return 2;
  }
  std::vector<fs::path> scripts;
  for (const fs::directory_entry& entry : fs::directory_iterator(argv[2])) {
    if (entry.path().extension() == ".workload") scripts.push_back(entry.path());
  }
  std::sort(scripts.begin(), scripts.end());
  Tally tally;
  for (const fs::path& script : scripts) TestScript(argv[1], script, fs::path(pattern) / "flipped.workload", tally);
  fs::remove_all(pattern);
  std::printf("%zu scripts, %d flipped expectations, %d not noticed\n", scripts.size(), tally.flips, tally.wrong);
  if (tally.flips == 0) return 2;
  return tally.wrong == 0 ? 0 : 1;
}
