#!/usr/bin/env bash
# test_test.sh CASE: one case of the test of tools/test, copied into a small project of its own.
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")/../../tools
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
fail() {
  echo "$*" >&2
  exit 1
}

mkdir "$root/tools"
cp "$tools/test" "$tools/build" "$root/tools"
printf '#!/bin/sh\n' >"$root/tools/setup"
chmod +x "$root/tools/setup"
cat >"$root/CMakePresets.json" <<'END'
{"version": 6,
 "configurePresets": [{"name": "dev", "generator": "Ninja", "binaryDir": "${sourceDir}/build/${presetName}"}],
 "buildPresets": [{"name": "dev", "configurePreset": "dev"}],
 "testPresets": [{"name": "dev", "configurePreset": "dev"}]}
END
cat >"$root/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES NONE)
enable_testing()
END
# add_test NAME LABEL COMMAND...
add_test() {
  printf 'add_test(NAME %s COMMAND %s)\nset_tests_properties(%s PROPERTIES LABELS %s SKIP_RETURN_CODE 77)\n' \
    "$1" "${*:3}" "$1" "$2" >>"$root/CMakeLists.txt"
}
# expect EXIT LAST_LINE [ARGUMENT...]: output in $out
expect() {
  local status=0
  out=$("$root/tools/test" "${@:3}" 2>&1) || status=$?
  [[ $status == "$1" ]] || fail "exit $status instead of $1: $out"
  [[ ${out##*$'\n'} == "$2" ]] || fail "the last line is not '$2': $out"
}

case $1 in
  passed)
    add_test a quick true
    add_test b quick true
    add_test c full false
    expect 0 "2 passed, 0 failed"
    expect 0 "1 passed, 0 failed" -R a
    expect 1 "2 passed, 1 failed" full
    ;;
  failed)
    add_test a quick true
    add_test b quick sh -c '"echo because; exit 1"'
    add_test c quick no-such-program
    expect 1 "1 passed, 2 failed"
    [[ $out == *because* ]] || fail "the output of the failed test is not shown: $out"
    ;;
  skipped)
    add_test a quick true
    add_test b quick sh -c '"exit 77"'
    expect 0 "1 passed, 0 failed, 1 skipped"
    ;;
  none)
    add_test a quick true
    expect 1 "0 passed, 1 failed" -R b
    ;;
  broken)
    echo 'add_custom_target(broken ALL COMMAND false)' >>"$root/CMakeLists.txt"
    add_test a quick true
    expect 2 "0 passed, 1 failed"
    ;;
  *) fail "no case $1" ;;
esac
