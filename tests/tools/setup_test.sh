#!/usr/bin/env bash
# setup_test.sh CASE: one case of the test of tools/setup, which sees only the programs put before it.
set -euo pipefail

setup=$(dirname "$(readlink -f "$0")")/../../tools/setup
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT

# The programs that setup itself uses, and what it looks for; not apt-get, dpkg or sudo.
for program in bash env true sed tr head tail sort mktemp rm g++ cmake pkg-config; do
  ln -s "$(type -P "$program")" "$bin/$program"
done
has_ninja() { printf '#!/bin/sh\n' >"$bin/ninja" && chmod +x "$bin/ninja"; }
# apt_get LINE...: an apt-get that notes what it is asked for and then runs the lines.
apt_get() {
  printf '%s\n' '#!/bin/bash' 'PATH=/usr/bin:/bin' "echo \"\$*\" >>'$bin/asked'" "$@" >"$bin/apt-get"
  chmod +x "$bin/apt-get"
}
# What a user who is not root needs; root never asks for it.
cat >"$bin/sudo" <<'END'
#!/bin/bash
[[ $1 == -n ]] && shift
exec "$@"
END
chmod +x "$bin/sudo"
as=()
run() { # EXPECTED_EXIT [OPTION...]: output in $said
  local expected=$1 status=0
  shift
  # Only sbin is left of the system: setup adds it to the path.
  said=$("${as[@]}" env PATH="$bin" "$bin/bash" "$setup" "$@" 2>&1 >"$bin/stdout") || status=$?
  [[ $status == "$expected" ]] || fail "exit $status instead of $expected: $said"
  [[ ! -s $bin/stdout ]] || fail "standard output is not empty: $(<"$bin/stdout")"
}
fail() {
  echo "$*" >&2
  exit 1
}

case $1 in
  quiet)
    has_ninja
    apt_get
    run 0
    [[ ! $said ]] || fail "not quiet: $said"
    [[ ! -e $bin/asked ]] || fail "asked apt-get though all is there"
    ;;
  install)
    apt_get "[[ \$* != *install* ]] || { printf '#!/bin/sh\n' >'$bin/ninja'; chmod +x '$bin/ninja'; }"
    run 0
    grep -q 'install -y .* ninja-build$' "$bin/asked" || fail "did not ask for ninja-build alone: $(<"$bin/asked")"
    ;;
  offline)
    apt_get 'echo "E: Unable to fetch some archives"' 'exit 100'
    run 2
    [[ $said == *"Unable to fetch"*"could not install: ninja-build"* ]] || fail "does not say why: $said"
    ;;
  ineffective)
    apt_get
    run 2
    [[ $said == *"still not found: ninja-build"* ]] || fail "does not say what is missing: $said"
    ;;
  elsewhere)
    run 2
    [[ $said == *"please install"*"ninja-build"* ]] || fail "does not name what to install: $said"
    ;;
  no-sudo)
    apt_get
    rm "$bin/sudo"
    if ((EUID == 0)); then
      chmod -R a+rX "$bin"
      as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    fi
    run 2
    [[ $said == *"sudo apt-get install -y --no-install-recommends ninja-build"* ]] || fail "does not say what to run: $said"
    [[ ! -e $bin/asked ]] || fail "asked apt-get without the right to"
    ;;
  no-compiler)
    has_ninja
    rm "$bin/g++"
    run 2
    [[ $said == *"g++"*"libabsl-dev"* ]] || fail "does not name the compiler and the libraries: $said"
    ;;
  old-cmake)
    has_ninja
    rm "$bin/cmake"
    printf '#!/bin/sh\necho cmake version 3.22.1\n' >"$bin/cmake" && chmod +x "$bin/cmake"
    run 2
    [[ $said == *"CMake 3.25 or newer"*3.22* ]] || fail "does not say that CMake is old: $said"
    ;;
  *) fail "no case $1" ;;
esac
