#!/usr/bin/env bash
# launcher_test.sh CASE: one case of the test of tools/lockdep and tools/build, copied into a small
# project of their own, whose command prints its arguments and its input and ends with 7.
set -euo pipefail
unset CDPATH

tools=$(dirname "$(readlink -f "$0")")/../../tools
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
fail() {
  echo "$*" >&2
  exit 1
}

mkdir "$root/tools"
cp "$tools/lockdep" "$tools/build" "$root/tools"
printf '#!/bin/sh\necho setup ran >&2\n' >"$root/tools/setup"
chmod +x "$root/tools/setup"
cat >"$root/CMakePresets.json" <<'END'
{"version": 6,
 "configurePresets": [{"name": "release", "generator": "Ninja", "binaryDir": "${sourceDir}/build/${presetName}"}],
 "buildPresets": [{"name": "release", "configurePreset": "release"}]}
END
cat >"$root/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES CXX)
add_subdirectory(tools)
END
echo 'add_executable(lockdep main.cc)' >"$root/tools/CMakeLists.txt"
cat >"$root/tools/main.cc" <<'END'
#include <cstdio>
int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) std::puts(argv[i]);
  for (int c = std::getchar(); c != EOF; c = std::getchar()) std::putchar(c);
  return 7;
}
END

# run EXPECTED_EXIT INPUT ARGUMENT...: output in $out, standard error in $err
run() {
  local expected=$1 input=$2 status=0
  shift 2
  out=$(printf '%s' "$input" | env -i PATH=/usr/bin:/bin HOME="$root" "$root/tools/lockdep" "$@" 2>"$root/err") || status=$?
  err=$(<"$root/err")
  [[ $status == "$expected" ]] || fail "exit $status instead of $expected: $err"
}

case $1 in
  first-use)
    cd /
    run 7 "its input" an "argument with spaces"
    [[ $out == $'an\nargument with spaces\nits input' ]] || fail "arguments, input or output are not clean: $out"
    [[ $err == *"setup ran"* ]] || fail "did not set up: $err"
    run 7 "" again
    [[ $out == again && ! $err ]] || fail "not quiet when there is nothing to build: $err"
    ln -s "$root/tools/lockdep" "$root/link"
    [[ $("$root/link" linked </dev/null || true) == linked ]] || fail "the project is not found through a symbolic link"
    ;;
  rebuild)
    run 7 ""
    sed -i 's/return 7/return 8/' "$root/tools/main.cc"
    run 8 ""
    [[ $err == *building* ]] || fail "does not say that it builds: $err"
    echo 'not C++' >>"$root/tools/main.cc"
    run 2 ""
    [[ $err == *"error"*"does not build"* && ! $out ]] || fail "does not show why it does not build: $err"
    ;;
  other-preset)
    run 7 ""
    sed -i 's|"binaryDir"|"cacheVariables": {"CMAKE_CXX_FLAGS": "-DRESULT=9"}, "binaryDir"|' "$root/CMakePresets.json"
    sed -i 's/return 7/return RESULT/' "$root/tools/main.cc"
    run 9 ""
    run 9 ""
    [[ ! $err ]] || fail "not quiet when there is nothing to build: $err"
    ;;
  together)
    for i in 1 2 3 4; do
      { "$root/tools/lockdep" "$i" </dev/null >"$root/out$i" 2>"$root/err$i" || echo $? >>"$root/out$i"; } &
    done
    wait
    for i in 1 2 3 4; do
      [[ $(<"$root/out$i") == "$i"$'\n7' ]] || fail "$i: $(<"$root/out$i") $(<"$root/err$i")"
    done
    [[ $(cat "$root"/err? | grep -c 'setup ran') == 1 ]] || fail "set up more than once: $(cat "$root"/err?)"
    ;;
  moved)
    run 7 ""
    cp -r "$root" "$root.moved"
    mv "$root" "$root.first"
    trap 'rm -rf "$root.moved" "$root.first"' EXIT
    status=0
    "$root.moved/tools/lockdep" </dev/null >/dev/null 2>&1 || status=$?
    [[ $status == 7 ]] || fail "a moved checkout ends with $status: $(<"$root.moved/build/release.log")"
    ;;
  *) fail "no case $1" ;;
esac
