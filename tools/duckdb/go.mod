module sluice/duckdb

go 1.18

require github.com/duckdb/duckdb-go-bindings/lib/linux-amd64 v0.10505.0
