"""A small storm in every run; `make storm` is the whole one. SLUICE_STORM=SESSIONSxROUNDS sets the size, SLUICE_STORM_SEED the seed."""

import os

import pytest
import storm
from program import Program

SESSIONS, ROUNDS = map(int, os.environ.get("SLUICE_STORM", "25x100").split("x"))
SEED = os.environ.get("SLUICE_STORM_SEED", "1")


@pytest.fixture(scope="module")
def programs():
    return [Program(SEED, session, ROUNDS) for session in range(SESSIONS)]


def test_a_program_depends_on_its_seed_alone(programs):
    def steps(seed, session):
        return [(step.kind, step.label, step.send) for step in Program(seed, session, ROUNDS).steps]

    assert steps(SEED, 0) == [(step.kind, step.label, step.send) for step in programs[0].steps]
    assert steps(SEED, 0) != steps(SEED + "1", 0)
    assert steps(SEED, 0) != steps(SEED, 1)


@pytest.fixture(scope="module")
def postgres_transcripts(postgres, programs):
    outcome = storm.storm(postgres, programs)
    assert not outcome.problems, "\n".join(outcome.problems)
    return outcome.transcripts


def test_postgresql_does_what_the_model_says(postgres_transcripts, programs):
    assert [len(lines) for lines in postgres_transcripts] == [len(program.steps) for program in programs]


@pytest.mark.parametrize("in_memory", [False, True])
def test_the_storm(start, tmp_path, programs, postgres_transcripts, in_memory):
    """Every row as in the model, every answer as PostgreSQL's, and nothing left behind."""
    server = start(None if in_memory else tmp_path / "storm.duckdb")
    outcome = storm.storm(server, programs)
    assert not outcome.problems, "\n".join(outcome.problems)
    assert not storm.differences(outcome.transcripts, postgres_transcripts)
    assert storm.left_behind(server) == {}
    assert server.stop() == 0
