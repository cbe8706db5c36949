"""CPU of an action in a hub's pipeline, with 1,000 groups ÷ that of a list for each group."""

import sys

from figures import benchmark_runs, keep, median_of


def measure():
    """The repetitions of both are shuffled."""
    runs = benchmark_runs("pipeline_bench", "--benchmark_repetitions=9",
                          "--benchmark_filter=^(sends_to_groups|lists_of_groups)/1000$",
                          "--benchmark_enable_random_interleaving", "--benchmark_min_time=0.1")
    pipeline, lists = (median_of(runs[name], "cpu_time")
                       for name in ("sends_to_groups", "lists_of_groups"))
    return {"pipeline": pipeline / lists}


if __name__ == "__main__":
    sys.exit(keep(measure))
