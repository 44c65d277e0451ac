#!/usr/bin/env bash
# make_sample.sh - creates build/sample once: sample.duckdb (TPC-H, scale factor 0.1) and files/ with a Parquet and a CSV file.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "==> Sample database: TPC-H, scale factor 0.1"
rm -rf build/sample.part
mkdir -p build/sample.part/files
build/release/sluice_run_sql build/sample.part/sample.duckdb build/deps/extensions <<'SQL'
LOAD tpch;
CALL dbgen(sf = 0.1);
COPY orders TO 'build/sample.part/files/orders.parquet' (FORMAT parquet);
COPY nation TO 'build/sample.part/files/nation.csv' (FORMAT csv, HEADER);
CHECKPOINT;
SQL
rm -rf build/sample
mv build/sample.part build/sample
