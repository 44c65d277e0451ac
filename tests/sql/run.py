#!/usr/bin/env python3
"""Runs .test files on PostgreSQL 15 and on Sluice, in every mode.

run.py [--write] [--gaps] [--mode MODE] [FILE...]   without FILE: all of them
--write fills in PostgreSQL's answers. --gaps runs the records that are `onlyif postgres` on Sluice, too, and lists those that pass.
"""

import argparse
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent)]

from reading import read  # noqa: E402
from records import MODES, count  # noqa: E402
from servers import PostgresFiles, SluiceFiles  # noqa: E402
from sql_files import closed_gaps, files, fill_in, play  # noqa: E402
from support.postgres import Postgres  # noqa: E402


def run(options, postgres, sluice):
    """(number of records, complaints)"""
    complaints, records = [], 0
    for path in options.file or files():
        if options.write:
            fill_in(path, postgres)
        nodes = read(path.read_text(), path)
        records += count(nodes)
        if options.gaps:
            complaints += closed_gaps(path, nodes, sluice)
        else:
            complaints += [text for mode in options.mode or MODES for text in play(path, nodes, mode, [postgres, sluice])]
    return records, complaints


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="fills in PostgreSQL's answers")
    parser.add_argument("--gaps", action="store_true", help="lists records `onlyif postgres` that pass on Sluice")
    parser.add_argument("--mode", choices=MODES, action="append", help="may be given again; default: all")
    parser.add_argument("file", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    sluice = SluiceFiles()
    with Postgres(fsync="off") as postgres:
        try:
            records, complaints = run(options, PostgresFiles(postgres), sluice)
        finally:
            sluice.stop()
    print("\n".join([*complaints, f"{records} records, {len(complaints)} complaints"]))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
