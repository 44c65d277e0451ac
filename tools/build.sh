#!/usr/bin/env bash
# build.sh PRESET [TARGET...] - configures a preset when needed and builds it; prints little unless something fails.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1; shift
if [ ! -e "build/$preset/build.ninja" ]; then
    cmake --preset "$preset" >"build/$preset.configure.log" 2>&1 || { cat "build/$preset.configure.log" >&2; exit 1; }
fi
cmake --build --preset "$preset" ${1:+--target "$@"} -- --quiet
