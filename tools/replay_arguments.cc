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
                 "`private` declares that nobody else can reach a lock that only its maker has used so far; then what "
                 "takes that is false.  `any`: somebody may")
      ->check(CLI::IsMember({"any", "private"}));
}

ReplayOptions ReplayOf(const ReplayArguments& arguments) {
  ReplayOptions options;
  options.classes_by_site = arguments.classes == "site";
  options.threads_as_seen = arguments.threads == "as-seen";
  options.new_locks_are_private = arguments.new_locks == "private";
  return options;
}

}  // namespace lockdep::tools
