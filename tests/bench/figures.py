"""The ratios that tests/bench keeps, as they were reached, and how far each may fall.

A figure is of both sides in one run, in turn, so that it scales with the machine. What a neighbour
takes can only worsen it: a figure that misses its bound is measured again, and its best one counts.
"""

import json
import os
import statistics
import subprocess
from pathlib import Path

MAY_FALL = 1 / 3  # to two thirds; a cost may grow by as much: to three halves
TRIES = 3

# Measured on a virtual machine with 2 cores. What is `more` is better if it is more.
REACHED = {
    "intake": (0.60, "more"),         # CPU of read, split and DOM parse ÷ that of the intake
    "waiting": (245, "less"),         # resident bytes for each action of 150 bytes that waits
    "delivery_rate": (0.85, "more"),  # actions per second ÷ those of a bare libcurl loop
    "delivery_cpu": (1.20, "less"),   # CPU of the whole daemon ÷ that of the bare loop
    "pipeline": (2.05, "less"),       # CPU of an action ÷ that of a list for each group
}


def bound(name):
    reached, good = REACHED[name]
    return reached * (1 - MAY_FALL) if good == "more" else reached / (1 - MAY_FALL)


def is_met(name, value):
    return value >= bound(name) if REACHED[name][1] == "more" else value <= bound(name)


def tell(name, value):
    reached, good = REACHED[name]
    verdict = "met" if is_met(name, value) else "MISSED"
    print(f"{name}: {value:.3g}, reached {reached:g}, bound {bound(name):.3g}, {good} is better: "
          f"{verdict}", flush=True)


def keep(measure):
    """measure() returns figures by their names; the exit status is 0 if each was met once."""
    missed = set(REACHED)
    for _ in range(TRIES):
        found = measure()
        missed &= {name for name, value in found.items() if not is_met(name, value)}
        for name, value in found.items():
            tell(name, value)
        if not missed:
            return 0
    return 1


def benchmark_runs(program, *arguments):
    """What a program of bench/ has measured: name of the benchmark -> its repetitions, each a
    dictionary."""
    folder = Path(os.environ["AWPS_BUILD"]).parent / "bench"
    run = subprocess.run([folder / program, "--benchmark_format=json", *arguments], check=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = {}
    for entry in json.loads(run.stdout)["benchmarks"]:
        if entry["run_type"] == "iteration":
            found.setdefault(entry["run_name"].split("/")[0], []).append(entry)
    return found


def median_of(entries, key):
    return statistics.median(entry[key] for entry in entries)
