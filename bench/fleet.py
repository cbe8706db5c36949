"""What does a fleet give? Daemons as members of one stream's group, with a real Apache Kafka:

    staleness  how late messages are with a backlog of each daemon, and with a stream
    limit      how well a limit that is shared by a stream is used, and how fairly
    size       what partitions cost a daemon, and how many records it takes

    AWPS_BUILD=build/release/daemon PYTHONPATH=tests/support /usr/bin/python3 bench/fleet.py
        [--quick] [staleness] [limit] [size]

Prints Markdown tables. Each part checks its result before it says a figure; the exit status is 1 if
a bar is missed. --quick takes 3 minutes, all of it 15.
"""

import argparse
import sys

from fleet_limit import limit
from fleet_size import size
from fleet_staleness import staleness
from stream_topic import kafka

PARTS = {part.__name__: part for part in (staleness, limit, size)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    options = parser.parse_args()
    with kafka.Broker() as broker:
        results = [PARTS[name](broker, options.quick) for name in options.parts or PARTS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
