#!/usr/bin/env bash
# ci_test.sh CASE: one case of the test of .ci/run, with a tools/test that prints what it is told.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
fail() {
  echo "$*" >&2
  exit 1
}

mkdir "$root/tools" "$root/.ci"
cp "$here/../../.ci/run" "$root/.ci/run"
printf '#!/bin/sh\n' >"$root/tools/setup"
cat >"$root/tools/test" <<'END'
#!/bin/sh
echo 1 passed, 3 failed
cat "$1" && echo
END
chmod +x "$root/tools/setup" "$root/tools/test"
for preset in dev asan clang tsan; do printf '5 passed, 0 failed' >"$root/$preset"; done
# expect EXIT LAST_LINE: output in $out
expect() {
  local status=0
  out=$(LOCKDEP_CI_TIERS="asan clang tsan" "$root/.ci/run" 2>&1) || status=$?
  [[ $status == "$1" ]] || fail "exit $status instead of $1: $out"
  [[ ${out##*$'\n'} == "$2" ]] || fail "the last line is not '$2': $out"
}

case $1 in
  sum)
    expect 0 "20 passed, 0 failed"
    ;;
  failed)
    printf '4 passed, 1 failed, 2 skipped' >"$root/tsan"
    expect 1 "19 passed, 1 failed, 2 skipped"
    ;;
  no-result)
    rm "$root/asan"
    expect 1 "15 passed, 1 failed"
    ;;
  no-clang)
    printf '#!/bin/sh\nexit 2\n' >"$root/tools/setup"
    expect 0 "15 passed, 0 failed"
    [[ $out == *"clang: not run"* ]] || fail "does not say that clang was left out: $out"
    ;;
  *) fail "no case $1" ;;
esac
