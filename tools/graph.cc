#include "tools/graph.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "tools/exit_codes.h"
#include "tools/script_files.h"
#include "tools/whole_file.h"
#include "workloads/check.h"
#include "workloads/order_pass.h"
#include "workloads/parser.h"
#include "workloads/resolver.h"
#include "workloads/scenario_check.h"

namespace lockdep::tools {
namespace {

constexpr const char* kAbout = "Print the lock orders of a workload script as text, JSON or DOT";
constexpr const char* kFooter =
    "An order goes from each lock that is held to the one that is asked for by a call that may wait.\n"
    "A script with switches has one graph for each setting.\n"
    "\n"
    "Examples:\n"
    "  lockdep graph --workload abba.workload\n"
    "  lockdep graph --workload abba.workload --format dot | dot -Tsvg > abba.svg\n"
    "\n"
    "Exit codes: 0 printed, 2 the script could not be run.";

using Orders = std::vector<std::pair<std::string, std::string>>;

Orders OrdersOf(const workloads::Program& program) {
  if (program.scenario == nullptr) return workloads::RunOrderPass(program).dependencies;
  ExploreOptions options;
  options.states_max = workloads::kCheckStatesMax;
  return workloads::CheckScenario(program, options, true).dependencies;
}

std::set<std::string> NodesOf(const Orders& orders) {
  std::set<std::string> nodes;
  for (const auto& [held, wanted] : orders) nodes.insert({held, wanted});
  return nodes;
}

// What a DOT string needs.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

void PrintText(const std::string& setting, const Orders& orders) {
  if (!setting.empty()) std::printf("[%s]\n", setting.c_str());
  for (const auto& [held, wanted] : orders) std::printf("%s -> %s\n", held.c_str(), wanted.c_str());
}

void PrintDot(const std::string& name, const Orders& orders) {
  std::printf("digraph %s {\n", Quoted(name).c_str());
  for (const std::string& node : NodesOf(orders)) std::printf("  %s;\n", Quoted(node).c_str());
  for (const auto& [held, wanted] : orders) std::printf("  %s -> %s;\n", Quoted(held).c_str(), Quoted(wanted).c_str());
  std::printf("}\n");
}

nlohmann::ordered_json ToJson(const std::string& setting, const Orders& orders) {
  nlohmann::ordered_json edges = nlohmann::ordered_json::array();
  for (const auto& [held, wanted] : orders) edges.push_back({{"held", held}, {"wanted", wanted}});
  return {{"setting", setting}, {"locks", NodesOf(orders)}, {"orders", edges}};
}

int CouldNotRun(const std::vector<workloads::ScriptError>& errors) {
  for (const workloads::ScriptError& error : errors) std::fprintf(stderr, "%s\n", error.ToString().c_str());
  return kExitCouldNotRun;
}

}  // namespace

CLI::App* AddGraph(CLI::App& app, GraphArguments& arguments) {
  CLI::App* graph = app.add_subcommand("graph", kAbout);
  graph->footer(kFooter);
  graph->add_option("--workload", arguments.workload, "The script")->required();
  graph->add_option("--format", arguments.format, "text (the default), json or dot")
      ->check(CLI::IsMember({"text", "json", "dot"}));
  return graph;
}

int RunGraph(const GraphArguments& arguments) {
  const absl::StatusOr<std::string> text = ReadScript(arguments.workload);
  if (!text.ok()) {
    std::fprintf(stderr, "%s\n", std::string(text.status().message()).c_str());
    return kExitCouldNotRun;
  }
  const workloads::ParseResult parsed = workloads::Parse(*text, arguments.workload);
  if (!parsed.errors.empty()) return CouldNotRun(parsed.errors);
  const workloads::ResolveResult resolved = workloads::Resolve(parsed.script);
  if (!resolved.errors.empty()) return CouldNotRun(resolved.errors);
  nlohmann::ordered_json graphs = nlohmann::ordered_json::array();
  for (const workloads::Program& program : resolved.programs) {
    const Orders orders = OrdersOf(program);
    const std::string setting = program.SettingsText();
    if (arguments.format == "json") {
      graphs.push_back(ToJson(setting, orders));
    } else if (arguments.format == "dot") {
      PrintDot(setting.empty() ? arguments.workload : arguments.workload + " [" + setting + "]", orders);
    } else {
      PrintText(setting, orders);
    }
  }
  if (arguments.format == "json") {
    const nlohmann::ordered_json document = {{"workload", arguments.workload}, {"graphs", graphs}};
    std::printf("%s\n", document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  }
  if (!IsStandardOutputWritten()) {
    spdlog::error("standard output: cannot be written");
    return kExitCouldNotRun;
  }
  return kExitGood;
}

}  // namespace lockdep::tools
