"""The whole daemon ÷ a bare libcurl loop: a request for each of many groups, each answered."""

import statistics
import sys

import delivery_rate
from figures import keep

REQUESTS = 20_000
ROUNDS = 5


def measure():
    found = delivery_rate.figures(delivery_rate.measure(REQUESTS, ROUNDS), REQUESTS)
    return {"delivery_rate": statistics.median(found["rates"]),
            "delivery_cpu": statistics.median(found["cpus"])}


if __name__ == "__main__":
    sys.exit(keep(measure))
