#include "tools/chains.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>

#include "lockdep/kernel/chain_finding.h"
#include "lockdep/report_json.h"
#include "tools/exit_codes.h"
#include "tools/kernel_files.h"
#include "tools/whole_file.h"

namespace lockdep::tools {
namespace {

constexpr const char* kAbout = "Find cycles in the lock orders of a whole kernel, also those it does not report";
constexpr const char* kFooter =
    "CHAINS is a copy of /proc/lockdep_chains.  Chains record no modes, so a cycle is at most a question.\n"
    "\n"
    "Examples:\n"
    "  lockdep chains lockdep_chains\n"
    "  lockdep chains lockdep_chains --classes lockdep    also through classes that are not validated\n"
    "\n"
    "Exit codes: 0 read, 1 a verdict of --fail-on, 2 a file could not be read.";

void PrintText(const kernel::ChainFindings& found, const kernel::ChainGraph& graph, bool classes) {
  const kernel::ChainTable& table = graph.table();
  std::printf("chains: %zu, classes: %zu, cycles: %zu\n", table.chains.size(), table.names.size(), found.cycles.size());
  for (const kernel::ChainCycle& cycle : found.cycles) std::printf("\n%s", kernel::FormatChainCycle(cycle).c_str());
  for (const std::string& note : found.notes) std::printf("%s\n", note.c_str());
  if (classes) return;
  const auto silent = std::count_if(table.names.begin(), table.names.end(),
                                    [&](const std::string& name) { return !graph.EndsAChain(table.Find(name)); });
  if (silent > 0) {
    std::printf("%sclasses that end no chain: %zd; only tried, or not validated: --classes tells them apart\n",
                found.cycles.empty() ? "" : "\n", silent);
  }
}

}  // namespace

CLI::App* AddChains(CLI::App& app, ChainsArguments& arguments) {
  CLI::App* chains = app.add_subcommand("chains", kAbout);
  chains->footer(kFooter);
  chains->add_option("CHAINS", arguments.path, "A copy of /proc/lockdep_chains; - is standard input")->required();
  chains->add_option("--classes", arguments.classes, "A copy of /proc/lockdep of the same boot");
  chains->add_option("--know", arguments.rules, "Rules about this kernel: a file, or drm, hotplug, net");
  chains->add_option("--format", arguments.format, "text (the default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  chains->add_option("--fail-on", arguments.fail_on, "End with 1 if a cycle has this verdict")
      ->check(CLI::IsMember({"unknown", "false"}));
  return chains;
}

int RunChains(const ChainsArguments& arguments) {
  KernelFiles files;
  if (const absl::Status status = files.Read(arguments.path, arguments.classes, arguments.rules); !status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return kExitCouldNotRun;
  }
  const kernel::ChainFindings found = kernel::FindChainCycles(files.evidence(), arguments.path);
  if (arguments.format == "json") {
    JsonDocument document;
    for (const kernel::ChainCycle& cycle : found.cycles) document.findings.push_back(cycle.finding);
    document.notes = found.notes;
    std::fputs(FormatJson(ToJson(document)).c_str(), stdout);
  } else {
    PrintText(found, *files.evidence().chains, !arguments.classes.empty());
  }
  if (!IsStandardOutputWritten()) {
    spdlog::error("standard output: cannot be written");
    return kExitCouldNotRun;
  }
  const bool fails = std::any_of(found.cycles.begin(), found.cycles.end(), [&](const kernel::ChainCycle& cycle) {
    const std::string verdict(ToString(cycle.finding.verdict));
    return std::find(arguments.fail_on.begin(), arguments.fail_on.end(), verdict) != arguments.fail_on.end();
  });
  return fails ? kExitFound : kExitGood;
}

}  // namespace lockdep::tools
