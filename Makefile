# make serve [DB=path] | test | bench | fuzz | lint | format; CONTRIBUTING.md says more.
.DEFAULT_GOAL := help
SHELL := /bin/bash
DB ?= build/sample/sample.duckdb

help: ## lists the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## installs compiler, libraries and DuckDB
	@tools/setup.sh build

build: setup ## builds build/release/sluice
	@tools/build.sh release sluice

build/sample/sample.duckdb: | build
	@tools/build.sh release sluice_run_sql
	@tools/make_sample.sh

serve: build $(if $(filter command line,$(origin DB)),,build/sample/sample.duckdb) ## sets up, builds, and serves the sample database or DB=path
	@exec build/release/sluice serve "$(DB)"

test: ## runs every test: unit, protocol, drivers, lint
	@tools/setup.sh test
	@tools/build.sh release
	@build/deps/python/bin/python tests/run.py

storm: ## the whole storms of cursors, on both servers, of cancels, and of kills; PRESET=tsan for another build, STORM="--seed 2"
	@tools/setup.sh $(if $(PRESET),sanitize,test)
	@tools/build.sh $${PRESET:-release} sluice parts_worker tag_worker
	@SLUICE_PRESET=$${PRESET:-release} build/deps/python/bin/python tests/cursors/storm.py $(STORM)
	@SLUICE_PRESET=$${PRESET:-release} build/deps/python/bin/python tests/workload/cancel_storm.py $(STORM)
	@SLUICE_PRESET=$${PRESET:-release} build/deps/python/bin/python tests/faults/memory_storm.py $(STORM)
	@SLUICE_PRESET=$${PRESET:-release} build/deps/python/bin/python tests/parts/kill_storm.py $(STORM)
	@SLUICE_PRESET=$${PRESET:-release} build/deps/python/bin/python tests/tag/tag_kill_storm.py $(STORM)

test-asan: ## the whole suite under AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/setup.sh sanitize
	@tools/build.sh asan-ubsan
	@build/deps/python/bin/python tests/run.py --preset asan-ubsan

test-tsan: ## base, session, server, workload, sqlite, jobs, tagger and parts tests and the whole storm of cursors under ThreadSanitizer
	@tools/setup.sh sanitize
	@tools/build.sh tsan base_test session_test server_test workload_test sqlite_test jobs_test tagger_test parts_test sluice
	@build/deps/python/bin/python tests/run.py --preset tsan --unit base,session,server,workload,sqlite,jobs,tagger,parts
	@SLUICE_PRESET=tsan build/deps/python/bin/python tests/cursors/storm.py

fuzz: ## runs each fuzz target for SECONDS_EACH=60
	@tools/setup.sh build
	@tools/build.sh fuzz
	@tools/fuzz.sh $${SECONDS_EACH:-60}

bench: ## measures against PostgreSQL 15 and a bare thread: a table, and build/bench.json
	@tools/setup.sh bench
	@tools/build.sh release
	@build/deps/python/bin/python bench/run.py

tidy: ## clang-tidy over every file that changed since it was clean
	@tools/setup.sh test
	@tools/build.sh release
	@python3 tools/tidy.py

lint: ## formatting, what ruff says of Python, rooms
	@tools/setup.sh test
	@build/deps/python/bin/python tests/run.py --only lint

format: ## formats every C++ and Python file
	@git ls-files '*.hpp' '*.cpp' | xargs clang-format-19 -i
	@git ls-files '*.py' | xargs build/deps/python/bin/python -m ruff format --no-cache

.PHONY: help setup build serve test storm test-asan test-tsan fuzz bench tidy lint format
