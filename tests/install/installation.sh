#!/usr/bin/env bash
# installation.sh install|find_package|pkg_config: one step of the installation test.
#
# From the environment: BUILD, a build tree of the project; PREFIX, where it is installed; CMAKE; CXX.
set -euo pipefail

consumer=$(dirname "${BASH_SOURCE[0]}")/consumer
unset DESTDIR CXXFLAGS LDFLAGS CPATH LIBRARY_PATH
export CXX

case $1 in
  install)
    # Installed elsewhere and moved, which only a relocatable installation survives.
    rm -rf "$PREFIX" "$PREFIX.first"
    "$CMAKE" --install "$BUILD" --prefix "$PREFIX.first"
    mv "$PREFIX.first" "$PREFIX"
    if grep -rIlF -e "$BUILD" -e "$PREFIX.first" "$PREFIX"; then
      echo "the files above name the build tree or the prefix they were installed to" >&2
      exit 1
    fi
    ;;
  find_package)
    rm -rf "$PREFIX-find_package"
    "$CMAKE" -S "$consumer" -B "$PREFIX-find_package" -G Ninja -DCMAKE_PREFIX_PATH="$PREFIX"
    "$CMAKE" --build "$PREFIX-find_package"
    "$PREFIX-find_package/consumer"
    "$PREFIX-find_package/explored"
    ;;
  pkg_config)
    command -v pkg-config >/dev/null || { echo "pkg-config is not installed"; exit 77; }
    PKG_CONFIG_PATH=$(dirname "$(find "$PREFIX" -name lockdep.pc)")
    export PKG_CONFIG_PATH
    pkg-config --print-errors --exists lockdep
    read -ra cflags < <(pkg-config --cflags lockdep)
    read -ra libs < <(pkg-config --libs lockdep)
    warnings=(-Wall -Wextra -Werror)
    if [[ $CXX == *clang* ]]; then warnings+=(-Wthread-safety); fi
    compile=("$CXX" -std=c++20 -O1 "${warnings[@]}" "${cflags[@]}")
    "${compile[@]}" "$consumer/consumer.cc" -o "$PREFIX-pkg_config" "${libs[@]}"
    "$PREFIX-pkg_config"
    pkg-config --print-errors --exists lockdep-explore
    read -ra explore_libs < <(pkg-config --libs lockdep-explore)
    "${compile[@]}" "$consumer/explored.cc" -o "$PREFIX-explored" "${explore_libs[@]}"
    "$PREFIX-explored"
    # Switched off, the wrappers need nothing of the library but its headers.
    "${compile[@]}" -DLOCKDEP_DISABLED "$consumer/consumer.cc" -pthread -o "$PREFIX-disabled"
    "$PREFIX-disabled"
    # What the README shows compiles.
    # shellcheck disable=SC2016
    sed -n '/^```cpp$/,/^```$/{/^```/d;p}' "$consumer/../../../README.md" >"$PREFIX-readme.cc"
    grep -q LOCKDEP_NAME "$PREFIX-readme.cc"
    "${compile[@]}" -fsyntax-only "$PREFIX-readme.cc"
    ;;
esac
