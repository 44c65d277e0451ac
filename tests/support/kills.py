"""The command line of a storm of kills."""

import argparse


def run_storm(storm, about, kills):
    """Calls storm(kills, seed) with what the words say; `about` is the program's help, `kills` the default."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--kills", type=int, default=kills)
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    storm(options.kills, options.seed)
