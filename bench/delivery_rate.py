#!/usr/bin/env python3
"""The whole daemon against a bare libcurl loop: one request for each of many groups, measured.

    AWPS_BUILD=build/release/daemon PYTHONPATH=tests/support bench/delivery_rate.py
        [--quick] [--epoll] [--requests N] [--rounds N] [--json]

Each side sends the same bodies to the same emulator, which is a process of its own and only counts.
awpsd gets its lines through the socket and answers each with `delivered`. The bare loop is
curl_multi_perform and curl_multi_poll (bench/bare_curl.h) over 64 connections, with --epoll it is
curl_multi_socket_action; its URLs, tokens and header lists are ready before it is timed. Both take
turns. CPU is that of the whole sending process. AWPS_DAEMON_BUILD names the folder of another
awpsd, such as an older one.
"""

import argparse
import json
import socket
import statistics
import sys
import tempfile
import threading
import time

from programs import Awpsd, Emulator, temporary_folder
from whole_daemon import BareSender, Requests, body_of, cpu_seconds, group_line, machine, ratio_text

REQUESTS = 150_000
ROUNDS = 5
BODY_BYTES = 128
CONNECTIONS = 64  # awpsd's default, too
READ_BYTES = 1 << 20
CONFIG = 'hub_defaults.max_queued_bytes = "1GiB"\nhub_defaults.max_producer_share = 1.0\n'


def load(count):
    return ((f"group-{number}", body_of(number, BODY_BYTES)) for number in range(count))


def write_all(connection, text):
    connection.sendall(text)
    connection.shutdown(socket.SHUT_WR)


def through_daemon(daemon, lines, ack="delivered"):
    """(seconds, CPU seconds, replies) from the first byte to the last reply."""
    hello = json.dumps({"hello": {"ack": ack}}) + "\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(daemon.socket_path)
        connection.sendall(hello.encode())
        connection.recv(READ_BYTES)  # it is ready
        cpu, begin = cpu_seconds(daemon.process), time.monotonic()
        writer = threading.Thread(target=write_all, args=(connection, lines), daemon=True)
        writer.start()
        pieces = []
        while piece := connection.recv(READ_BYTES):
            pieces.append(piece)
        seconds, cpu = time.monotonic() - begin, cpu_seconds(daemon.process) - cpu
        writer.join()
    return seconds, cpu, b"".join(pieces)


def check_replies(replies, count):
    """Each action was delivered, and told once."""
    told = 0
    for line in replies.splitlines():
        reply = json.loads(line)
        if reply["status"] != "delivered":
            raise RuntimeError(f"not delivered: {reply}")
        first = reply.get("from", reply.get("seq"))
        told += reply.get("to", first) - first + 1
    if told != count:
        raise RuntimeError(f"{told} of {count} actions were told as delivered")


class Counted:
    """As many requests took effect within this block as were to."""

    def __init__(self, emulator, count):
        self.emulator, self.count = emulator, count

    def __enter__(self):
        self.before = self.emulator.counters()["tookEffect"], self.emulator.requests()

    def __exit__(self, error, *unused):
        if error is not None:
            return
        effects = self.emulator.counters()["tookEffect"] - self.before[0]
        requests = self.emulator.requests() - self.before[1]
        if (effects, requests) != (self.count, self.count):
            raise RuntimeError(f"{requests} requests, {effects} effects for {self.count} actions")


def one_round(emulator, daemon, lines, bare, count):
    """((seconds, CPU seconds) of awpsd, those of the bare loop)."""
    with Counted(emulator, count):
        seconds, cpu, replies = through_daemon(daemon, lines)
    check_replies(replies, count)
    sender = bare()  # it has sent one request over each connection
    with Counted(emulator, count):
        result = sender.go()
    if result["accepted"] != count:
        raise RuntimeError(f"{result['accepted']} of {count} bare requests got 202")
    return (seconds, cpu), (result["seconds"], result["cpuSeconds"])


def measure(count, rounds, loop="poll"):
    """What each round has found, after one that warms up."""
    lines = "".join(group_line(*pair) for pair in load(count)).encode()
    warm_up = "".join(group_line(*pair) for pair in load(CONNECTIONS)).encode()
    with (temporary_folder() as folder, tempfile.NamedTemporaryFile("w") as file,
          Emulator("--log-entries", "0") as emulator,
          Awpsd(folder, emulator.connection, CONFIG) as daemon):
        Requests(emulator.connection).write(file, load(count))
        daemon.start()
        check_replies(through_daemon(daemon, warm_up)[2], CONNECTIONS)
        return [one_round(emulator, daemon, lines,
                          lambda: BareSender(file.name, CONNECTIONS, loop=loop), count)
                for _ in range(rounds)]


def figures(found, count):
    return {"rates": [bare[0] / ours[0] for ours, bare in found],
            "cpus": [ours[1] / bare[1] for ours, bare in found],
            "perSecond": [statistics.median(count / seconds for seconds, _ in side)
                          for side in zip(*found)],
            "cpuUs": [statistics.median(cpu * 1e6 / count for _, cpu in side)
                      for side in zip(*found)]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="fewer requests, three rounds")
    parser.add_argument("--epoll", action="store_true", help="the bare loop by socket_action")
    parser.add_argument("--requests", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    count = options.requests or (REQUESTS // 10 if options.quick else REQUESTS)
    where = machine()
    rounds = options.rounds or (3 if options.quick else ROUNDS)
    found = figures(measure(count, rounds, "epoll" if options.epoll else "poll"), count)
    if options.json:
        print(json.dumps(found))
        return
    print(f"{count:,} requests to as many groups, {len(found['rates'])} rounds; {where}")
    for name, rate, cpu in zip(("awpsd", "bare libcurl"), found["perSecond"], found["cpuUs"]):
        print(f"  {name:<14}{rate:>10,.0f}/s{cpu:>10.1f} µs of CPU each")
    print(f"  ratio of the rates {ratio_text(found['rates'])}, "
          f"of CPU {ratio_text(found['cpus'])} (median, least, most)")


if __name__ == "__main__":
    sys.exit(main())
