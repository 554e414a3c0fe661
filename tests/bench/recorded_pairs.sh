#!/usr/bin/env bash
# recorded_pairs.sh LOCKDEP BENCH [BENCH_TSAN]: the same pairs plain, under the recorder, ThreadSanitizer, Helgrind and DRD
# (those of them that are installed), in turn, several times; prints medians as multiples of plain, and least times, which
# a busy machine changes less.
#
#   ROUNDS   how often (5)
#   SECONDS_EACH  least time for a figure (0.05)
set -uo pipefail
lockdep=${1:?usage: recorded_pairs.sh LOCKDEP BENCH [BENCH_TSAN]}
bench=${2:?usage: recorded_pairs.sh LOCKDEP BENCH [BENCH_TSAN]}
tsan=${3:-}
rounds=${ROUNDS:-5}
results=$(mktemp)
trap 'rm -f "$results"' EXIT

measure() {
  local name=$1
  shift
  "$@" --benchmark_format=csv --benchmark_min_time="${SECONDS_EACH:-0.05}" 2>/dev/null |
    awk -F, -v name="$name" '/^"(Mutexes|Reads)/ { gsub(/"/, "", $1); printf "%s\t%s\t%s\n", name, $1, 1e9 / $7 }' >>"$results"
}

for ((round = 0; round < rounds; round++)); do
  measure plain "$bench"
  measure recorder "$lockdep" run -- "$bench"
  if [[ $tsan ]]; then TSAN_OPTIONS=detect_deadlocks=1 measure tsan setarch -R "$tsan"; fi
  if command -v valgrind >/dev/null; then
    measure helgrind valgrind --quiet --tool=helgrind --history-level=none "$bench"
    measure drd valgrind --quiet --tool=drd "$bench"
  fi
done

# Medians and least times per pair, then ratios.
sort -t$'\t' -k1,1 -k2,2 -k3,3g "$results" | awk -F'\t' '
  function finish() { if (n) { median[key] = value[int((n + 1) / 2)]; least[key] = value[1] } }
  { if ($1 SUBSEP $2 != key) { finish(); key = $1 SUBSEP $2; n = 0; tools[$1]; cases[$2] } value[++n] = $3 }
  END {
    finish()
    for (c in cases) {
      line = sprintf("%-28s %7.1f ns plain (least %.1f)", c, median["plain" SUBSEP c], least["plain" SUBSEP c])
      for (t in tools) if (t != "plain" && (t SUBSEP c) in median)
        line = line sprintf("   %s %.2f x (%.2f)", t, median[t SUBSEP c] / median["plain" SUBSEP c],
                            least[t SUBSEP c] / least["plain" SUBSEP c])
      print line
    }
  }' | sort
