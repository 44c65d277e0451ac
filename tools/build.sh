#!/usr/bin/env bash
# build.sh PRESET [TARGET...] - configures a preset when needed and builds it. Says first how much there is to do.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1; shift
if [ ! -e "build/$preset/build.ninja" ]; then
    mkdir -p build
    cmake --preset "$preset" >"build/$preset.configure.log" 2>&1 || { cat "build/$preset.configure.log" >&2; exit 1; }
fi

# Ninja runs CMake again first when files came or went; only then is the number of steps right. A dry run would stop at
# that step, so it reads a copy, which has no rule that makes it.
ninja -C "build/$preset" build.ninja >/dev/null
cp "build/$preset/build.ninja" "build/$preset/count.ninja"
steps=$(ninja -C "build/$preset" -f count.ninja -n "$@" | grep -c '^\[' || true)
if [ "$steps" -gt 20 ]; then
    seconds_each=2  # of one core, without ccache
    printf '==> %s: %d steps, at most about %d minutes on %d cores; seconds if ccache has them\n' \
        "${*:-all targets} ($preset)" "$steps" "$((steps * seconds_each / $(nproc) / 60 + 1))" "$(nproc)"
fi

export NINJA_STATUS='[%f/%t, %es] '
if [ -t 1 ]; then
    cmake --build --preset "$preset" ${1:+--target "$@"}
else  # a log: every 50th step, and all that is not a step
    cmake --build --preset "$preset" ${1:+--target "$@"} |
        awk '/^\[[0-9]+\/[0-9]+, / { if (++n % 50 == 0) { print; fflush() } next } { print; fflush() }'
fi
