"""Tests here import each other's modules by their plain names, as storm.py does when it is a program."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
