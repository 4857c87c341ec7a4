#!/usr/bin/env bash
# Usage: run.sh BUILD_DIR. Builds and runs the consumer beside it over an installed tidbxx, then over its source tree.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
work=$build/consumer
cmake=${CMAKE_BIN:-cmake}

rm -rf "$work/prefix" "$work/package"
"$cmake" --install "$build" --prefix "$work/prefix" >/dev/null

# try NAME ARGS…: configures with ARGS, builds and expects 42
try() {
  local dir=$work/$1
  "$cmake" -S "$here" -B "$dir" -G Ninja -DCMAKE_BUILD_TYPE="${BUILD_TYPE:-Release}" "${@:2}" >"$dir.log" 2>&1 &&
    "$cmake" --build "$dir" >>"$dir.log" 2>&1 || { cat "$dir.log"; exit 1; }
  local answer
  answer=$("$dir/consumer")
  echo "$1: $answer"
  [ "$answer" = 42 ]
}

try package -DCMAKE_PREFIX_PATH="$work/prefix"
# The same launcher and flags as the main build, so that ccache has every object already.
launcher=$(sed -n 's/^TIDBXX_CCACHE:[A-Z]*=\(.*[^D]\)$/\1/p' "$build/CMakeCache.txt")
flags=$(sed -n "s/^CMAKE_CXX_FLAGS_$(tr a-z A-Z <<<"${BUILD_TYPE:-Release}"):[A-Z]*=//p" "$build/CMakeCache.txt")
try subdirectory -DTIDBXX_SOURCE="$here/../.." -DTIDBXX_WERROR=ON -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" \
  -DCMAKE_CXX_FLAGS_"$(tr a-z A-Z <<<"${BUILD_TYPE:-Release}")"="$flags"
