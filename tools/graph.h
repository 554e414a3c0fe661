// `lockdep graph`: the dependencies of a workload, for people, programs and Graphviz.
//
// Thread-confined.
#ifndef TOOLS_GRAPH_H_
#define TOOLS_GRAPH_H_

#include <CLI/CLI.hpp>
#include <string>

namespace lockdep::tools {

struct GraphArguments {
  std::string workload;
  std::string format = "text";
};

// Adds the subcommand; its arguments are stored in `arguments`, which must outlive `app`.
CLI::App* AddGraph(CLI::App& app, GraphArguments& arguments);

// The exit code: 0 printed, 2 the script could not be run.
int RunGraph(const GraphArguments& arguments);

}  // namespace lockdep::tools

#endif  // TOOLS_GRAPH_H_
