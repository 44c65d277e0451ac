"""`sluice complete`, and the scripts that call it, in the real shells."""

import subprocess

import pytest
from support import paths
from support.shells import Shell, is_installed

SHELLS = ["bash", "zsh", "fish"]


def complete(*words, cwd=None, **environment):
    """The candidates with their descriptions, and the directive."""
    done = subprocess.run(
        [paths.SLUICE, "complete", *words], capture_output=True, text=True, timeout=60, cwd=cwd, env={"PATH": "/usr/bin:/bin", **environment}
    )
    assert done.returncode == 0, done
    *lines, directive = done.stdout.splitlines()
    return dict(line.partition("\t")[::2] for line in lines), directive


@pytest.mark.parametrize("words, names, directive", [
    ([""], "serve parts tag user completion version", ":nothing"),
    (["us"], "user", ":nothing"),
    (["docs", ""], "config metrics settings man", ":nothing"),
    (["user", ""], "add remove list", ":nothing"),
    (["user", "add", "anna", "--"], "--users --help", ":nothing"),
    (["user", "list", "--users", ""], "", ":files"),
    (["completion", ""], "bash zsh fish", ":nothing"),
    (["serve", ""], "", ":files"),
    (["serve", "--auth", ""], "trust scram", ":nothing"),
    (["serve", "--auth=s"], "scram", ":nothing"),
    (["serve", "x.db", "--log-level", ""], "trace debug info warn error off", ":nothing"),
    (["serve", "--external-access", "o"], "on off", ":nothing"),
    (["serve", "--read-only="], "on off", ":nothing"),
    (["serve", "--http", ""], "off", ":nothing"),
    (["serve", "--temp-directory", ""], "", ":directories"),
    (["serve", "--allow-files", "a", "--allow-files", ""], "", ":directories"),
    (["serve", "--tls-cert", ""], "", ":files"),
    (["serve", "--profile", ""], "catalog streaming background", ":nothing"),
    (["serve", "--profile-user", "anna=st"], "anna=streaming", ":nothing"),
    (["serve", "--", ""], "", ":files"),
    (["serve", "--help", ""], "all", ":files"),
    (["parts", "list", "--status", "r"], "released", ":nothing"),
    (["tag", "run", "x", "--progress=j"], "json", ":nothing"),
    (["tag", "m"], "", ":directories"),
    (["nonsense", ""], "", ":nothing"),
    (["serve", "x", "y", ""], "", ":nothing"),
    (["serve", "--nonsense="], "", ":nothing"),
    (["parts", "show", "X"], "", ":nothing"),
])  # fmt: skip
def test_candidates(tmp_path, words, names, directive):
    found, told = complete(*words, cwd=tmp_path)
    assert (" ".join(found), told) == (names, directive)


def test_names_of_users_come_from_the_file(tmp_path):
    for name in ("anna", "anton", "bob"):
        subprocess.run([paths.SLUICE, "user", "add", name, "--users", tmp_path / "my users"], input=b"secret\n", check=True)
    assert complete("user", "remove", "--users", f"{tmp_path}/my users", "an") == ({"anna": "", "anton": ""}, ":nothing")
    assert complete("user", "remove", "b", SLUICE_USERS=f"{tmp_path}/my users") == ({"bob": ""}, ":nothing")
    assert complete("user", "remove", "--users=~/my users", "b", HOME=str(tmp_path)) == ({"bob": ""}, ":nothing")
    assert complete("user", "remove", "--users", "nowhere", "") == ({}, ":nothing")


def test_every_option_has_a_description():
    for command in (["serve"], ["user", "add"], ["tag", "run"], ["parts", "add"]):
        found, _ = complete(*command, "--")
        assert found and all(found.values()), found


@pytest.fixture(params=SHELLS)
def shell(request, tmp_path):
    if not is_installed(request.param):
        pytest.skip(f"{request.param} is not installed")
    folder = tmp_path / "work"
    for name in ("my data", "year=2024", "sub"):
        (folder / name).mkdir(parents=True)
    for name in ("shop.duckdb", "my data/a b.db", "year=2024/part.parquet", "sluice.toml", "it's.txt"):
        (folder / name).touch()
    with Shell(request.param, folder, tmp_path) as started:
        started.name = request.param
        yield started


@pytest.mark.parametrize("typed, words", [
    ("sluice ser", "serve"),
    ("sluice user rem", "user remove"),
    ("sluice completion f", "completion fish"),
    ("sluice serve --memory-b", "serve --memory-budget"),
    ("sluice serve --auth s", "serve --auth scram"),
    ("sluice serve --auth=s", "serve --auth=scram"),
    ("sluice serve shop.duckdb --log-level w", "serve shop.duckdb --log-level warn"),
    ("sluice serve --external-access=au", "serve --external-access=auto"),
    ("sluice serve --profile-user anna=cat", "serve --profile-user anna=catalog"),
    ("sluice serve --profile-user=anna=cat", "serve --profile-user=anna=catalog"),
    ("sluice serve --allow-files a --allow-fil", "serve --allow-files a --allow-files"),
    ("sluice serve --listen 127.0.0.1:5433 sho", "serve --listen 127.0.0.1:5433 shop.duckdb"),
    ("sluice serve sho", "serve shop.duckdb"),
    ("sluice serve -- sho", "serve -- shop.duckdb"),
    ("sluice serve --config slu", "serve --config sluice.toml"),
    ("sluice serve --config=slu", "serve --config=sluice.toml"),
    ("sluice serve year=2024/p", "serve year=2024/part.parquet"),
    ("sluice serve --temp-directory su", "serve --temp-directory sub/"),
    ("sluice serve --temp-directory sho", "serve --temp-directory sho"),
    ("sluice tag run su", "tag run sub/"),
    ("sluice nonsense sho", "nonsense sho"),
    ("sluice user add sho", "user add sho"),
    ("sluice parts show EL-", "parts show EL-"),
])  # fmt: skip
def test_a_tab_completes(shell, typed, words):
    assert " ".join(shell.completed(typed)) == words


def test_a_tab_keeps_quotes_and_spaces(shell):
    assert shell.completed("sluice serve my\\ da") == ["serve", "my data/"]
    assert shell.completed("sluice serve my\\ data/a") == ["serve", "my data/a b.db"]
    assert shell.completed("sluice serve 'my data/a") == ["serve", "my data/a b.db"]
    assert shell.completed("sluice serve --auth 's") == ["serve", "--auth", "scram"]
    assert shell.completed('sluice serve --auth="s') == ["serve", "--auth=scram"]
    assert shell.completed("sluice serve it") == ["serve", "it's.txt"]
    assert shell.completed("sluice serve 'my data/a b.db' --auth s") == ["serve", "my data/a b.db", "--auth", "scram"]
    assert shell.completed('sluice serve "my data/a b.db" --au') == ["serve", "my data/a b.db", "--auth"]
    assert shell.completed("sluice serve --config='my data/x' --auth=t") == ["serve", "--config=my data/x", "--auth=trust"]


def test_a_tab_lists(shell):
    shell.listed("sluice ", "serve", "parts", "tag", "user", "completion", "version")
    shell.listed("sluice serve --auth ", "trust", "scram")
    shell.listed("sluice serve --auth=", "trust", "scram")
    shell.listed("sluice tag ", "status", "vocabulary")
    if shell.name != "bash":
        shell.listed("sluice ", "Serves a database to PostgreSQL clients")
        shell.listed("sluice serve --tls-", "--tls-cert", "--tls-key", "Private key of tls_cert")
