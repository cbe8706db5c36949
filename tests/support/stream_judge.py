"""Judges what became of records: by the emulator's log, and by the offsets that another client
reads at the broker. Each record is a message of its own number to a group.

1. An offset is never past a record that the log does not show as delivered. The offsets are read
   before the log, so that it is true whenever it is looked at.
2. First arrivals of a group are in the order of its records; within a life of the daemon all are.
3. What comes again was not committed when its life ended. It is counted for each life and
   partition.
4. A life that ends in order commits all that is settled: see end_in_order().
"""

from collections import Counter

# The emulator answers us behind what it was sent before. A body may take it some reads.
READS = 4


class Judge:
    """`settled_otherwise`: numbers of records that need not arrive."""

    def __init__(self, topic, emulator):
        self.topic, self.emulator = topic, emulator
        self.settled_otherwise = set()
        self.arrived = {}              # number -> the life in which it came last
        self.repeats = Counter()       # (life, partition) -> what had come in an earlier life
        self.life = 1
        self.before_repeats = None     # how many had arrived when something came again first
        self.mistakes = []
        # Partitions come and go within a life: then a group may begin again, so often.
        self.is_shared = False
        self.steps_back = Counter()    # group -> how often a number came that was not the highest
        self.last_ns = 0               # the emulator's time of what it logged last
        self._seen = {}                # what was committed at the last look
        self._committed = {}           # when the last life ended
        self._read = 0                 # of the emulator's log
        self._checked = Counter()      # partition -> how many of its places an offset has passed
        self._first = {}               # group -> the last number that came for the first time
        self._within = {}              # group -> the last number of this life

    def begin_life(self):
        """The daemon is dead."""
        for _ in range(READS):
            self.emulator.counters()
        self.look()
        self._committed = self.topic.committed()
        self.life += 1
        self._within = {}

    def end_in_order(self):
        """Behind a stop: what is committed goes as far as without a gap all has arrived."""
        self.look()
        committed = self.topic.committed()
        for partition, places in self.topic.places.items():
            owed = next((offset for offset, number in places if number not in self.arrived
                         and number not in self.settled_otherwise), places[-1][0] + 1)
            if committed.get(partition, 0) != owed:
                raise AssertionError(f"partition {partition}: {committed.get(partition)} is "
                                     f"committed, though all up to {owed} has arrived")
        self.begin_life()

    def look(self):
        """Offsets, then the log."""
        committed = self.topic.committed()
        self.read_log()
        for partition, offset in committed.items():
            places = self.topic.places[partition]
            while (self._checked[partition] < len(places)
                   and places[self._checked[partition]][0] < offset):
                at, number = places[self._checked[partition]]
                if number not in self.arrived and number not in self.settled_otherwise:
                    self.mistakes.append(f"partition {partition}: {offset} is committed, but {at} "
                                         f"(number {number}) has not arrived")
                self._checked[partition] += 1
        if self.mistakes:
            raise AssertionError(f"{len(self.mistakes)} mistakes: {self.mistakes[:5]}")
        self._seen = committed

    def has_all(self):
        """All that was written has arrived, and is committed."""
        self.look()
        return not self.missing() and self.topic.is_settled()

    def written(self):
        return [number for places in self.topic.places.values() for _, number in places]

    def missing(self):
        return [number for number in self.written()
                if number not in self.arrived and number not in self.settled_otherwise]

    def most_repeats(self):
        """Of one partition in one life."""
        return max(self.repeats.values(), default=0)

    def read_log(self):
        for entry in self.emulator.log(self._read):
            if entry["sequence"] != self._read + 1:
                raise AssertionError(f"the emulator's log has lost what followed {self._read}")
            self._read = entry["sequence"]
            self.last_ns = entry["arrivedNs"]
            if entry["tookEffect"] and entry["body"].isdigit():
                self._take(entry["target"], int(entry["body"]))

    def _take(self, group, number):
        last = self._within.get(group, -1)
        if number <= last and self.is_shared:
            self.steps_back[group] += 1
        elif number <= last and self.arrived.get(number) != self.life:
            self.mistakes.append(f"{number} came late to '{group}' in life {self.life}, behind "
                                 f"{last}")
        self._within[group] = number if self.is_shared else max(number, last)
        if number not in self.arrived:
            if number < self._first.get(group, -1):
                self.mistakes.append(f"{number} came late to '{group}', behind "
                                     f"{self._first[group]}")
            self._first[group] = number
        elif self.arrived[number] == self.life and not self.is_shared:
            self.mistakes.append(f"{number} came twice in life {self.life}")
        else:
            self._take_repeat(number)
        self.arrived[number] = self.life

    def _take_repeat(self, number):
        if self.before_repeats is None:
            self.before_repeats = len(self.arrived)
        partition = self.topic.partition_of[number]
        self.repeats[self.life, partition] += 1
        offset = next(offset for offset, name in self._tail(partition) if name == number)
        if offset < self._committed.get(partition, 0):
            self._take_late_repeat(partition, offset)

    def _take_late_repeat(self, partition, offset):
        self.mistakes.append(f"partition {partition}: {offset} came again, though "
                             f"{self._committed[partition]} was committed")

    def _tail(self, partition):
        """From the end: that is where repeats are."""
        return reversed(self.topic.places[partition])
