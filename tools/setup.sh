#!/usr/bin/env bash
# setup.sh build|test|bench|sanitize - installs what a step needs, says what it does, and does nothing the second time.
#
# build: Debian packages, DuckDB and its extensions (into build/deps).    enough for `make serve`
# test:  also PostgreSQL, and the drivers that the tests use, one folder per language.
# bench: also PostgreSQL and pgjdbc; nothing else.
# sanitize: as test, and what the sanitizers need to name functions.
#
# Everything is pinned: DuckDB by the Go checksum in tools/duckdb/go.sum, wheels by sha256 in tools/duckdb/extensions.txt,
# drivers by their own lock files or exact versions. Packages come from the registries that the ordinary clients use.
set -euo pipefail
cd "$(dirname "$0")/.."
stamps=build/.stamps
mkdir -p "$stamps"
duckdb_version=$(sed -n 's/^duckdb-extension-tpch==\([0-9.]*\).*/\1/p' tools/duckdb/extensions.txt)

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }

# once NAME FILE...: true when NAME has to run because it never did, or because one of the files changed.
once() {
    local name=$1; shift
    key=$(cat "$@" | sha256sum | cut -c1-16)
    stamp="$stamps/$name-$key"
    [ ! -e "$stamp" ]
}
finished() { rm -f "$stamps/${stamp##*/}"; touch "$stamp"; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# debian PACKAGE...: installs those that are missing.
debian() {
    local missing=()
    for package in "$@"; do
        [ "$(dpkg-query -Wf '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    if [ "${#missing[@]}" -gt 0 ]; then
        say "Debian packages: ${missing[*]}"
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    fi
}

python_venv() {  # python_venv DIRECTORY REQUIREMENTS
    [ -x "$1/bin/python" ] || /usr/bin/python3 -m venv "$1"
    "$1/bin/python" -m pip install --quiet --require-hashes -r "$2"
}

# Two files of the package postgresql-15, which need not be installed.
set_up_postgres_catalog() {
    local share=/usr/share/postgresql/15 folder=build/deps/postgres_catalog
    rm -rf "$folder.new"
    mkdir -p "$folder.new" "$folder"
    if [ ! -e "$share/postgres.bki" ]; then
        (cd "$folder.new" && apt-get download -qq postgresql-15 && dpkg-deb -x postgresql-15_*.deb .)
        share="$folder.new/usr/share/postgresql/15"
    fi
    cp "$share/system_functions.sql" "$share/postgres.bki" "$folder"
    rm -rf "$folder.new"
}

set_up_build() {
    debian build-essential ca-certificates clang-19 lld-19 libclang-rt-19-dev cmake ninja-build ccache unzip python3 \
        python3-venv libboost1.81-dev libssl-dev libpq-dev libspdlog-dev libfmt-dev libcli11-dev \
        libtomlplusplus-dev prometheus-cpp-dev libabsl-dev libidn-dev libsqlite3-dev libsqlitecpp-dev libgit2-dev libcsv-dev \
        nlohmann-json3-dev libcurl4-openssl-dev libtag1-dev libsimdjson-dev libutf8proc-dev libgtest-dev libgmock-dev \
        libbenchmark-dev tzdata postgresql-client-15 libpg-query-dev libprotobuf-c-dev tcl8.6-dev
    command -v go >/dev/null || debian golang-go

    if [ ! -e build/deps/postgres_catalog/postgres.bki ]; then
        say "PostgreSQL 15's catalog"
        set_up_postgres_catalog
    fi
    if once duckdb tools/duckdb/go.mod tools/duckdb/go.sum; then
        say "DuckDB $duckdb_version, static library"
        # In a copy, because go may rewrite go.mod; it verifies the module against tools/duckdb/go.sum.
        rm -rf build/deps/duckdb.module
        mkdir -p build/deps/duckdb.module
        cp tools/duckdb/go.mod tools/duckdb/go.sum build/deps/duckdb.module
        source=$(cd build/deps/duckdb.module && GOFLAGS=-mod=mod go mod download -json | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
        rm -rf build/deps/duckdb
        cp -r "$source" build/deps/duckdb
        chmod -R u+w build/deps/duckdb
        finished
    fi
    if once extensions tools/duckdb/extensions.txt; then
        say "DuckDB extensions: $(sed -n 's/^duckdb-extension-\([a-z_]*\)==.*/\1/p' tools/duckdb/extensions.txt | xargs)"
        [ -x build/deps/pip/bin/python ] || /usr/bin/python3 -m venv build/deps/pip
        rm -rf build/deps/wheels build/deps/extensions.new
        build/deps/pip/bin/python -m pip download --quiet --no-deps --require-hashes -d build/deps/wheels \
            -r tools/duckdb/extensions.txt
        target="build/deps/extensions/v$duckdb_version/linux_amd64"
        mkdir -p "$target" build/deps/extensions.new
        for wheel in build/deps/wheels/*.whl; do
            unzip -joq "$wheel" '*.duckdb_extension' -d build/deps/extensions.new
        done
        # One rename each: a server that runs meanwhile never finds half a file.
        mv build/deps/extensions.new/* "$target"
        rm -rf build/deps/wheels build/deps/extensions.new
        finished
    fi
}

set_up_bench() {
    debian postgresql-15
    if once python-test tests/requirements.txt; then
        say "Python drivers"
        python_venv build/deps/python tests/requirements.txt
        finished
    fi
    command -v javac >/dev/null || debian openjdk-17-jdk-headless
    command -v mvn >/dev/null || debian maven
    if once java-test tests/drivers/java/pom.xml tests/drivers/java/src/*.java; then
        say "pgjdbc"
        (cd tests/drivers/java && mvn --quiet --batch-mode -DbuildDirectory="$OLDPWD/build/deps/java" package)
        finished
    fi
}

set_up_test() {
    set_up_bench
    debian clang-format-19 clang-tidy-19 fish git odbc-postgresql pgbouncer unixodbc psmisc zsh
    command -v node >/dev/null || debian nodejs npm
    command -v cargo >/dev/null || debian cargo-web rustc-web
    if once node-test tests/drivers/node/package.json tests/drivers/node/package-lock.json; then
        say "Node.js drivers"
        (cd tests/drivers/node && npm ci --silent --no-audit --no-fund)
        finished
    fi
    if once go-test tests/drivers/go/go.mod tests/drivers/go/go.sum tests/drivers/go/*.go; then
        say "pgx"
        (cd tests/drivers/go && go build -o "$OLDPWD/build/deps/go/pgx_test" .)
        finished
    fi
    if once rust-test tests/drivers/rust/Cargo.toml tests/drivers/rust/src/*.rs; then
        say "tokio-postgres"
        (cd tests/drivers/rust && cargo build --quiet --release --target-dir "$OLDPWD/build/deps/rust")
        finished
    fi
}

# The symbolizer of the compiler's own version: suppressions name functions.
set_up_sanitizers() {
    debian llvm-19
}

case "${1:-}" in
    sanitize) set_up_build; set_up_test; set_up_sanitizers ;;
    build) set_up_build ;;
    test) set_up_build; set_up_test ;;
    bench) set_up_build; set_up_bench ;;
    *) echo "usage: tools/setup.sh build|test|bench|sanitize" >&2; exit 2 ;;
esac
