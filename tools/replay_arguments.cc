#include "tools/replay_arguments.h"

namespace lockdep::tools {

void AddReplayArguments(CLI::App& app, ReplayArguments& arguments) {
  app.add_option("--classes", arguments.classes,
                 "Note also orders among locks that are not the same: `site`, of all locks made at one place; "
                 "`declared`, of the classes that the program declares")
      ->check(CLI::IsMember({"declared", "site"}));
  app.add_option("--threads", arguments.threads,
                 "`as-seen` declares that a thread that was started once is the only one that does what it does; then "
                 "what takes two of it is false.  `any`: there may be more")
      ->check(CLI::IsMember({"any", "as-seen"}));
  app.add_option("--new-locks", arguments.new_locks,
                 "Whether others can reach a lock that only its maker has used so far.  `as-seen`: what takes that is "
                 "unknown, and does not count while the maker had done nothing by which they could know of it, as far "
                 "as was seen (a lock given back, a thread started).  `any`: somebody can, so it counts.  `private` "
                 "declares that nobody can; then it is false")
      ->check(CLI::IsMember({"as-seen", "any", "private"}));
}

ReplayOptions ReplayOf(const ReplayArguments& arguments) {
  ReplayOptions options;
  options.classes_by_site = arguments.classes == "site";
  options.threads_as_seen = arguments.threads == "as-seen";
  using NewLocks = RecordedDoubts::NewLocks;
  if (arguments.new_locks == "private") options.new_locks = NewLocks::kPrivate;
  if (arguments.new_locks == "any") options.new_locks = NewLocks::kPublic;
  return options;
}

}  // namespace lockdep::tools
