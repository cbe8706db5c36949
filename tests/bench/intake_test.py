"""CPU of reading, splitting and parsing ÷ that of the whole intake, at 4 KiB a write."""

import sys

from figures import benchmark_runs, keep, median_of


def measure():
    runs = benchmark_runs("ingest_bench", "--benchmark_filter=against_lower_bound/4096",
                          "--benchmark_repetitions=5")
    return {"intake": median_of(runs["intake_against_lower_bound"], "ratio_cpu")}


if __name__ == "__main__":
    sys.exit(keep(measure))
