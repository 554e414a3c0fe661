#!/bin/sh
# soak_test.sh LOCKDEP SOAK
#
# What grows under the recorder from the half of some rounds of threads and locks to their end: nothing but what is
# written down for each thread, 56 bytes of its start, its end and its join.
set -eu
rounds=2000  # by the half of them, of nearly all shapes as many chains were recorded as ever are
bytes_of_thread=56
slack_recorded=16384  # of chains that come about by chance, more of them on a busy machine
slack_kib=1024  # of the program's own allocator, and of tables that double

out=$("$1" run --format json -- "$2" --rounds "$rounds" | grep ' rounds, ')
printf '%s\n' "$out"
printf '%s\n' "$out" | awk -v bytes_of_thread=$bytes_of_thread -v slack_recorded=$slack_recorded -v slack_kib=$slack_kib '
  { threads[NR] = $3; resident[NR] = $7; recorded[NR] = $10 }
  END {
    if (NR != 2 || threads[2] <= threads[1] || resident[1] <= 0 || recorded[1] <= 0) {
      print "soak_test: not two lines with all their numbers"
      exit 1
    }
    of_threads = (threads[2] - threads[1]) * bytes_of_thread
    if (recorded[2] - recorded[1] > of_threads + slack_recorded) {
      print "soak_test: recorded " recorded[2] - recorded[1] " bytes, of which threads " of_threads
      exit 1
    }
    if (resident[2] - resident[1] > of_threads / 1024 + slack_kib) {
      print "soak_test: resident " resident[2] - resident[1] " KiB more, of which threads " of_threads / 1024
      exit 1
    }
  }'
