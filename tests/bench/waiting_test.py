"""Resident bytes for each action of 150 bytes that waits; 400,000 of them, 5,000 groups."""

import sys

import waiting_memory
from figures import keep

ACTIONS = 400_000


def measure():
    return {"waiting": waiting_memory.measure(ACTIONS)[0]}


if __name__ == "__main__":
    sys.exit(keep(measure))
