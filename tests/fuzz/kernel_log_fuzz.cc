// Any bytes as a kernel log, as chains, as classes and as rules: read, rebuild, judge, print, write as a
// workload, which must be one.  Nothing may crash, hang, or depend on how the log was cut into pieces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lockdep/check.h"
#include "lockdep/kernel/chain_finding.h"
#include "lockdep/kernel/chain_table.h"
#include "lockdep/kernel/kernel_finding.h"
#include "lockdep/kernel/kernel_log.h"
#include "lockdep/kernel/know_rules.h"
#include "lockdep/kernel/splat_text.h"
#include "lockdep/kernel/splat_verdict.h"
#include "lockdep/kernel/splat_workload.h"
#include "lockdep/report_json.h"
#include "lockdep/report_text.h"
#include "workloads/parser.h"
#include "workloads/resolver.h"

namespace {

using namespace lockdep::kernel;

std::string Describe(const KernelReport& report, const Evidence& evidence) {
  std::string why;
  std::optional<KernelFinding> made = MakeFinding(report, "log", why);
  if (!made) return why;
  const Judgement judgement = Judge(*made, evidence);
  LOCKDEP_CHECK(made->finding.verdict != lockdep::Verdict::kReal);
  LOCKDEP_CHECK((made->finding.verdict == lockdep::Verdict::kFalse) == !made->finding.reasons.empty());
  LOCKDEP_CHECK((made->finding.verdict == lockdep::Verdict::kUnknown) == !made->finding.missing.empty());
  std::string text = FormatSplat(*made, judgement, {});
  text += lockdep::FormatText(made->finding) + lockdep::FormatJson(lockdep::ToJson(made->finding));
  if (const auto workload = FormatWorkload(*made, judgement); workload.ok()) {
    const lockdep::workloads::ParseResult parsed = lockdep::workloads::Parse(*workload, "x");
    LOCKDEP_CHECK(parsed.errors.empty());
    LOCKDEP_CHECK(lockdep::workloads::Resolve(parsed.script).errors.empty());
    text += *workload;
  }
  return text;
}

std::string DescribeLog(std::string_view log, std::size_t piece, const Evidence& evidence) {
  std::string text;
  KernelLogReader reader([&](const KernelReport& report) { text += Describe(report, evidence); });
  for (; !log.empty(); log.remove_prefix(std::min(piece, log.size()))) reader.Add(log.substr(0, piece));
  reader.Finish();
  return text;
}

}  // namespace

// A line of "%%" separates the log from chains, classes and rules.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 1U << 16U));
  std::vector<std::string_view> parts(4);
  for (std::string_view& part : parts) {
    const std::size_t end = rest.find("\n%%\n");
    part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 4);
  }
  const auto table = ParseChains(parts[1], "chains");
  const auto usage = ParseClasses(parts[2], "classes");
  KnowRules rules;
  Evidence evidence;
  std::optional<ChainGraph> graph;
  if (table.ok()) evidence.chains = &graph.emplace(*table);
  if (usage.ok()) evidence.classes = &*usage;
  if (ParseRules(parts[3], "rules", rules).ok()) evidence.rules = &rules;
  if (evidence.chains != nullptr) {
    for (const ChainCycle& cycle : FindChainCycles(evidence, "chains").cycles) {
      LOCKDEP_CHECK(!FormatChainCycle(cycle).empty());
    }
  }
  LOCKDEP_CHECK(DescribeLog(parts[0], 1U << 16U, evidence) == DescribeLog(parts[0], 7, evidence));
  return 0;
}
