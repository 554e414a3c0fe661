#!/usr/bin/env bash
# live_locks.sh RECORDER LIVE_LOCKS: bytes that the recorder (liblockdep_recorder.so) needs for each lock that lives, of
# its own memory and of the recording: with it, less without it, less what a single lock needs.  Nobody reads the
# recordings.
#
#   COUNT   how many locks (1000000)
#   WHERE   "heap", "static" or both (both)
set -euo pipefail
recorder=${1:?usage: live_locks.sh RECORDER LIVE_LOCKS}
live_locks=${2:?usage: live_locks.sh RECORDER LIVE_LOCKS}
count=${COUNT:-1000000}
keep=$(mktemp -d)
trap 'rm -rf "$keep"' EXIT

# "RESIDENT ANONYMOUS RECORDED" of so many locks, without and with the recorder.
plain() { printf '%s 0\n' "$("$live_locks" "$1" "$2")"; }
recorded() {
  local figures
  figures=$(LD_PRELOAD=$(realpath "$recorder") LOCKDEP_RECORDING=$keep "$live_locks" "$1" "$2")
  # RecordingHeader::used
  printf '%s %s\n' "$figures" "$(od -A n -t u8 -j 32 -N 8 "$keep"/*.rec | tr -d ' ')"
  rm -f "$keep"/*.rec
}

for where in ${WHERE:-heap static}; do
  { recorded $where "$count"; plain $where "$count"; recorded $where 1; plain $where 1; } |
    awk -v count="$count" -v where=$where '
      { sign = NR == 1 || NR == 4 ? 1 : -1; resident += sign * $1; anonymous += sign * $2; recorded += sign * $3 }
      END {
        printf "%s: %.1f bytes a lock resident, %.1f of them anonymous; %.1f recorded\n", where, resident / count,
               anonymous / count, recorded / count
      }'
done
