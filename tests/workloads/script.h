// A script of one setting as a Program, for tests.
//
// Pure functions; a mistake in the script fails the test.
#ifndef TESTS_WORKLOADS_SCRIPT_H_
#define TESTS_WORKLOADS_SCRIPT_H_

#include <string>
#include <utility>

#include "tests/catch.h"
#include "workloads/parser.h"
#include "workloads/program.h"
#include "workloads/resolver.h"

namespace lockdep::workloads {

inline Program ProgramOf(const std::string& text) {
  const ParseResult parsed = Parse(text, "x");
  for (const ScriptError& error : parsed.errors) FAIL_CHECK(error.ToString());
  ResolveResult resolved = Resolve(parsed.script);
  for (const ScriptError& error : resolved.errors) FAIL_CHECK(error.ToString());
  REQUIRE(resolved.programs.size() == 1);
  return std::move(resolved.programs[0]);
}

}  // namespace lockdep::workloads

#endif  // TESTS_WORKLOADS_SCRIPT_H_
