"""Sets of message numbers as intervals, and what a receiver got of one lane.

Numbers of a lane count from 0. A receiver that was in a group for messages 5 to 90 expects
[(5, 91)].
"""

from bisect import bisect_right


def normalized(intervals):
    """Sorted, without empty ones, neighbours joined."""
    result = []
    for first, end in sorted(intervals):
        if first >= end:
            continue
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((first, end))
    return result


def size(intervals):
    return sum(end - first for first, end in intervals)


def difference(left, right):
    """What is in left and not in right; each normalized."""
    result = []
    place = 0
    for first, end in left:
        while place < len(right) and right[place][1] <= first:
            place += 1
        at = place
        while at < len(right) and right[at][0] < end:
            result.append((first, right[at][0]))
            first = max(first, right[at][1])
            at += 1
        result.append((first, end))
    return normalized(result)


def contains(intervals, number):
    return any(first <= number < end for first, end in intervals)


class Received:
    """Numbers in the order in which they came. Memory grows with the gaps alone."""

    def __init__(self):
        self.firsts = []
        self.ends = []
        self.duplicates = 0
        self.out_of_order = 0

    def add(self, number):
        if self.ends and number == self.ends[-1]:
            self.ends[-1] += 1
        elif not self.ends or number > self.ends[-1]:
            self.firsts.append(number)
            self.ends.append(number + 1)
        else:
            self._add_late(number)

    def has(self, number):
        place = bisect_right(self.firsts, number)
        return place > 0 and number < self.ends[place - 1]

    def is_behind(self, number):
        """Others that come after it are there."""
        return bool(self.ends) and number < self.ends[-1]

    def intervals(self):
        return normalized(zip(self.firsts, self.ends))

    def _add_late(self, number):
        place = bisect_right(self.firsts, number)
        if place > 0 and number < self.ends[place - 1]:
            self.duplicates += 1
            return
        self.out_of_order += 1
        if place > 0 and number == self.ends[place - 1]:
            self.ends[place - 1] += 1
            self._join(place - 1)
        else:
            self.firsts.insert(place, number)
            self.ends.insert(place, number + 1)
            self._join(place)

    def _join(self, place):
        if place + 1 < len(self.firsts) and self.ends[place] == self.firsts[place + 1]:
            self.ends[place] = self.ends.pop(place + 1)
            del self.firsts[place + 1]


class Verdict:
    """Received against expected, added up over lanes and receivers."""

    FIELDS = ("expected", "received", "missing", "unexpected", "duplicates", "out_of_order")

    def __init__(self):
        for field in self.FIELDS:
            setattr(self, field, 0)

    def judge(self, received, expected, is_ordered):
        """Returns the missing ones."""
        got = received.intervals()
        missing = difference(expected, got)
        self.expected += size(expected)
        self.received += size(got) + received.duplicates
        self.missing += size(missing)
        self.unexpected += size(difference(got, expected))
        self.duplicates += received.duplicates
        self.out_of_order += received.out_of_order if is_ordered else 0
        return missing

    def add(self, other):
        for field in self.FIELDS:
            setattr(self, field, getattr(self, field) + getattr(other, field))
        return self

    def mistakes(self):
        return self.missing + self.unexpected + self.duplicates + self.out_of_order
