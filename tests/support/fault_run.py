"""The run of scenario/faults: producers send so many actions through awpsd to a service that
resets connections and answers 503, and every action is accounted for. Used by the test and by
million.py.

Faults: 0.5 % of the requests are reset before they take effect, 0.5 % after it, 5 % are
answered 503.
"""

import multiprocessing
import time
from collections import Counter, defaultdict

from producer import Producer, Replies
from programs import OF_ACTIONS

PRODUCERS = 8
GROUPS_EACH = 16
WINDOW = 4000  # actions of a producer without an outcome
SECONDS = 3600
RULES = [{"match": OF_ACTIONS, **rule} for rule in (
    {"name": "reset before", "probability": 0.005, "reset": "before"},
    {"name": "reset after", "probability": 0.005, "reset": "after"},
    {"name": "503", "probability": 0.05, "status": 503})]
CONFIG = "hub_defaults.retry.base = \"5ms\"\nhub_defaults.retry.max = \"100ms\"\n"


def produce(path, producer, count, answers):
    """A process: sends `count` messages, numbered per group, and reports the outcomes."""
    replies = Replies()
    with Producer(path, {"ack": "delivered", "producer": f"p{producer}"}) as connection:
        sent = 0
        deadline = time.monotonic() + SECONDS
        while replies.settled() + replies.rejected < count and time.monotonic() < deadline:
            while sent < count and sent - replies.settled() < WINDOW and not connection.unsent:
                connection.write("\n".join(line(producer, number)
                                           for number in range(sent, min(sent + 500, count))))
                sent = min(sent + 500, count)
            replies.take(connection.pump(1))
            if connection.ended:
                break
    answers.put((producer, replies.counts, replies.rejected))


def line(producer, number):
    group, place = number % GROUPS_EACH, number // GROUPS_EACH
    return f'{{"actionName":"sendToGroup","group":"p{producer}-{group}","data":"{place}"}}'


def send_all(path, actions):
    """The producers' counts, added up."""
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    each = actions // PRODUCERS
    processes = [context.Process(target=produce, args=(path, number, each, answers), daemon=True)
                 for number in range(PRODUCERS)]
    for process in processes:
        process.start()
    total = Counter()
    for _ in processes:
        _, counts, rejected = answers.get(timeout=SECONDS)
        total.update(counts)
        total["rejected"] += rejected
    for process in processes:
        process.join()
    return total


class Arrivals:
    """What the emulator's log says of order and repeats."""

    def __init__(self, log, unanswered=("reset after",)):
        """`unanswered`: the faults that let an operation take effect, but not say so."""
        self.unanswered = unanswered
        self.requests = 0
        self.effects = 0
        self.repeats = 0            # messages that took effect once more
        self.effects_unanswered = 0  # these are repeated, each once
        self.unexplained = []  # seconds from an effect to a repeat that no fault explains
        self.last_effect = {}  # target -> (its fault, when it arrived)
        self.mistakes = []
        self.next_number = defaultdict(int)
        for entry in log:
            self.take(entry)

    def take(self, entry):
        if entry["operation"] == "health":
            return
        self.requests += 1
        if not entry["tookEffect"]:
            return
        self.effects += 1
        if entry["fault"] in self.unanswered:
            self.effects_unanswered += 1
        number, expected = int(entry["body"]), self.next_number[entry["target"]]
        if number == expected:
            self.next_number[entry["target"]] += 1
        elif number == expected - 1:
            self.repeats += 1
            fault, arrived = self.last_effect[entry["target"]]
            if fault not in self.unanswered:
                self.unexplained.append((entry["arrivedNs"] - arrived) / 1e9)
        else:
            self.mistakes.append(f"{entry['target']}: {number} arrived, {expected} was due")
        self.last_effect[entry["target"]] = (entry["fault"], entry["arrivedNs"])

    def lanes_of(self, actions):
        """lane -> how many messages it must have; of `actions` in all."""
        each = actions // PRODUCERS
        return {f"p{producer}-{group}": len(range(group, each, GROUPS_EACH))
                for producer in range(PRODUCERS) for group in range(GROUPS_EACH)}
