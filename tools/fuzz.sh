#!/usr/bin/env bash
# fuzz.sh SECONDS - runs every fuzz target of build/fuzz for so long, in parallel on all cores; crashes stay in build/fuzz-findings.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
mkdir -p build/fuzz-findings build/fuzz-corpus
run_one() {
    name=$(basename "$1")
    mkdir -p "build/fuzz-corpus/$name"
    if "$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
        -artifact_prefix="build/fuzz-findings/$name-" "build/fuzz-corpus/$name" >"build/fuzz-findings/$name.log" 2>&1; then
        echo "ok $name"
    else
        echo "not ok $name: see build/fuzz-findings/$name.log"; tail -20 "build/fuzz-findings/$name.log"; return 1
    fi
}
export -f run_one
find build/fuzz -maxdepth 1 -name '*_fuzz' -type f -perm -u+x -print0 | sort -z |
    xargs -0 -P "$(nproc)" -I{} bash -c 'run_one {} '"$seconds"
