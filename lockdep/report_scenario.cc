#include "lockdep/report_scenario.h"

#include <algorithm>
#include <array>

#include "lockdep/check.h"

namespace lockdep {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kHeadIndent = 5;  // of a heading, from the start of its column

std::string StepText(const ScenarioStep& step) {
  return step.note.empty() ? step.text : step.text + "  <- " + step.note;
}

// Each row has one step, which may reach into the columns to the right of it; only headings share a
// line.  So a column is as wide as the kernel's, 24, or less where there are many.
std::size_t ColumnWidth(const std::vector<std::string>& columns, const std::vector<ScenarioStep>& steps) {
  std::size_t least = 0;
  for (std::size_t i = 0; i + 1 < columns.size(); ++i) least = std::max(least, columns[i].size() + 2);
  for (const std::size_t width : std::array<std::size_t, 4>{24, 20, 16, 12}) {
    const std::size_t wide = std::max(width, least);
    std::size_t end = kIndent + kHeadIndent + wide * (columns.size() - 1) + columns.back().size();
    for (const ScenarioStep& step : steps) end = std::max(end, kIndent + wide * step.column + StepText(step).size());
    if (end <= kReportColumns) return wide;
  }
  return 0;
}

std::string List(const std::vector<std::string>& columns, const std::vector<ScenarioStep>& steps) {
  std::size_t width = 0;
  for (const std::string& column : columns) width = std::max(width, column.size());
  std::string text;
  for (const ScenarioStep& step : steps) {
    const std::string& column = columns[step.column];
    text += "  " + column + ':' + std::string(width - column.size() + 1, ' ') + StepText(step) + '\n';
  }
  return text;
}

}  // namespace

std::string FormatScenario(const std::vector<std::string>& columns, const std::vector<ScenarioStep>& steps) {
  if (columns.empty()) return "";
  for (const ScenarioStep& step : steps) LOCKDEP_CHECK(step.column < columns.size());
  const std::size_t width = ColumnWidth(columns, steps);
  if (width == 0) return List(columns, steps);

  std::string names(kIndent + kHeadIndent, ' ');
  std::string lines = names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::size_t start = kIndent + kHeadIndent + width * i;
    names += std::string(start - names.size(), ' ') + columns[i];
    lines += std::string(start - lines.size(), ' ') + "----";
  }
  std::string text = names + '\n' + lines + '\n';
  for (const ScenarioStep& step : steps) {
    text += std::string(kIndent + width * step.column, ' ') + StepText(step) + '\n';
  }
  return text;
}

}  // namespace lockdep
