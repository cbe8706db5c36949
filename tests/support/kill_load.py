"""The producers of the kill campaign (kill_campaign.py): what they send, and what they were told.

Each action has a name of its own, which its message begins with, so that the emulator's log tells
what arrived, how often and when. Producers do not wait for answers: they write as fast as awpsd
reads, until it has read all or is dead.

Those that ask for deduplication send what was not answered again, in the next life. Each try has a
name of its own, and the id of the first one.
"""

import hashlib
import json
import random
import select
import socket

GROUPS = 40
USERS = 8
KEYS = 4
SICK_GROUPS = 3
SICK = "sick-"  # groups that the emulator refuses while it is told to
DEAD_GROUPS = 3
DEAD = "dead-"  # groups whose messages become dead letters while it is told so
SMALL = (40, 600)         # bytes of most messages
LARGE = (8_000, 24_000)   # of one in six: they fill segments; the log has their hash alone
HUGE = (70_000, 120_000)  # of a few: records that are frames of their own
SICK_SHARE = 0.02
BATCH = 5                 # actions of an ordered batch
AGAIN = 100               # added to a producer's number for what it sends again
READ_BYTES = 256 * 1024


class Action:
    """One that was sent: in `life` (a run of awpsd) by `producer`, its `seq`-th."""

    __slots__ = ("name", "life", "producer", "seq", "lanes", "is_sick", "is_dead",
                 "is_acknowledged", "arrivals", "fields", "tries")

    def __init__(self, place, lanes, is_sick, tries=None):
        self.life, self.producer, self.seq = place
        self.name = f"{self.life}-{self.producer}-{self.seq}"
        self.lanes = lanes  # it is ordered with what shares one of them
        self.is_sick = is_sick
        self.is_dead = False  # it comes in no order, and again as often as it is sent again
        self.is_acknowledged = False
        self.arrivals = []  # (life, ns) of each, as the emulator's log has them
        self.fields = None  # what to send again, with an id; None: it is not
        self.tries = [] if tries is None else tries  # of the same action, itself included
        self.tries.append(self)

    def has_arrived(self):
        return any(each.arrivals for each in self.tries)


class Script:
    """What one producer sends: lines, and the actions in them by their `seq`."""

    is_again = False

    def __init__(self, life, producer, count, seed, deduplicates=False, dead_share=0):
        self.life, self.producer = life, producer
        self.deduplicates = deduplicates
        self.dead_share = dead_share
        self.random = random.Random(f"{seed}/{life}/{producer}")
        self.actions = []
        self.names = {}  # what the emulator's log will show -> action
        self.lines = []
        while len(self.actions) < count:
            if self.random.random() < 0.01:
                lane = ("batch", life, producer, len(self.actions))
                batch = [self._make((lane,)) for _ in range(BATCH)]  # never deduplicated
                self.lines.append(f'{{"batch":[{",".join(batch)}],"ordered":true}}')
            else:
                self.lines.append(self._make(()))

    def _make(self, lanes):
        chance = self.random.random()
        is_sick = chance < SICK_SHARE and not lanes
        in_batch = bool(lanes)
        is_dead = (self.dead_share > 0 and not is_sick and not in_batch
                   and self.random.random() < self.dead_share)
        fields, target = self._dead() if is_dead else self._target(chance, is_sick)
        lanes = (target, *lanes)
        if not is_sick and not is_dead and self.random.random() < 0.2:
            key = f"k{self.random.randrange(KEYS)}"
            fields["orderingKey"] = key
            lanes = (*lanes, ("key", key))
        action = Action((self.life, self.producer, len(self.actions) + 1), lanes, is_sick)
        action.is_dead = is_dead
        self.actions.append(action)
        is_known = self.deduplicates and not in_batch
        if self.random.random() < 0.3 or is_known:
            fields["id"] = action.name
        if is_known:
            action.fields = dict(fields)
        fields["data"] = self._text(action, is_sick)
        return json.dumps(fields, separators=(",", ":"))

    def _dead(self):
        group = f"{DEAD}{self.random.randrange(DEAD_GROUPS)}"
        return {"actionName": "sendToGroup", "group": group}, ("group", group)

    def _target(self, chance, is_sick):
        if is_sick:
            group = f"{SICK}{self.random.randrange(SICK_GROUPS)}"
        elif chance > 0.98:
            return {"actionName": "sendToAll"}, ("all",)
        elif chance > 0.85:
            user = f"u{self.random.randrange(USERS)}"
            return {"actionName": "sendToUser", "userId": user}, ("user", user)
        else:
            group = f"g{self.random.randrange(GROUPS)}"
        return {"actionName": "sendToGroup", "group": group}, ("group", group)

    def _text(self, action, is_sick):
        chance = self.random.random()
        bounds = SMALL if is_sick or chance > 0.17 else HUGE if chance < 0.002 else LARGE
        text = f"{action.name} ".ljust(self.random.randint(*bounds), "x")
        shown = action.name if bounds is SMALL else hashlib.sha256(text.encode()).hexdigest()
        self.names[shown] = action
        return text


class Again:
    """What a producer of an earlier script sends again: its `unanswered`."""

    is_again = True
    deduplicates = True

    def __init__(self, life, producer, unanswered):
        self.life, self.producer = life, producer
        self.actions, self.names, self.lines = [], {}, []
        for old in unanswered:
            action = Action((life, producer, len(self.actions) + 1), old.lanes, old.is_sick,
                            old.tries)
            action.fields = old.fields
            self.actions.append(action)
            self.names[action.name] = action
            text = f"{action.name} ".ljust(SMALL[0], "x")
            self.lines.append(json.dumps({**old.fields, "data": text}, separators=(",", ":")))


def again(life, scripts):
    """What is to be sent again of an earlier life."""
    all_again = []
    for script in scripts:
        unanswered = [action for action in script.actions
                      if not action.is_acknowledged and action.fields is not None]
        if unanswered:
            number = script.producer % AGAIN + AGAIN * (script.producer // AGAIN + 1)
            all_again.append(Again(life, number, unanswered))
    return all_again


def shown_name(entry):
    """What an entry of the emulator's log has of an action: see Script.names."""
    return entry["body"].split(" ", 1)[0] if "body" in entry else entry["bodySha256"]


class Sender:
    """One connection that sends a script; `ack` is "accepted" or "delivered"."""

    def __init__(self, path, script, ack):
        self.script = script
        self.ack = ack
        self.told = 0        # up to which seq ("accepted"), or how many ("delivered")
        self.mistakes = []
        self.may_stop = False  # awpsd may say that it stops
        self.refused = set()   # seqs
        self.is_open = True
        self.unread = b""
        hello = {"ack": ack, "producer": f"p{script.producer % AGAIN}"}
        if script.deduplicates:
            hello["deduplicate"] = True
        self.unsent = memoryview(
            "\n".join([json.dumps({"hello": hello}), *script.lines, ""]).encode())
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.socket.connect(path)
        except OSError:
            self.close()
            raise
        self.socket.setblocking(False)

    def write(self):
        try:
            while self.unsent:
                self.unsent = self.unsent[self.socket.send(self.unsent[:READ_BYTES]):]
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            self.unsent = self.unsent[:0]  # it is dead; what it said before is read

    def read(self):
        """False: there is no more for now, or for ever."""
        try:
            data = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True  # told once; what was written before can still be read
        if not data:
            self.close()
            return False
        *lines, self.unread = (self.unread + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))
        return True

    def read_rest(self):
        """Of a daemon that is dead."""
        while self.is_open and self.read():
            pass
        self.close()

    def close(self):
        self.is_open = False
        self.socket.close()

    def _take(self, reply):
        status = reply["status"]
        if status == "ready":
            return
        if status == self.ack == "accepted":
            for seq in range(self.told + 1, reply["seq"] + 1):
                self.script.actions[seq - 1].is_acknowledged = seq not in self.refused
            self.told = reply["seq"]
        elif status == self.ack == "delivered":
            for seq in range(reply.get("from", reply.get("seq")),
                             reply.get("to", reply.get("seq")) + 1):
                self.script.actions[seq - 1].is_acknowledged = True
                self.told += 1
        elif status == "duplicate" and self.script.is_again:
            self.script.actions[reply["seq"] - 1].is_acknowledged = True
            self.told += 1
        elif status == "dead_lettered" and self.script.actions[reply["seq"] - 1].is_dead:
            self.script.actions[reply["seq"] - 1].is_acknowledged = True  # a letter is kept
            self.told += 1
        elif status == "abandoned" and reply["error"]["code"] == "kept":
            self.script.actions[reply["seq"] - 1].is_acknowledged = True  # on disk, it says
        elif status == "rejected" and reply["seq"] == 0 and self.may_stop:
            pass
        elif (status == "rejected" and reply["error"]["code"] == "storage_failed"
              and self.may_stop):
            self.refused.add(reply["seq"])  # taken in, and a full log has no place for it
        else:
            self.mistakes.append(f"producer {self.script.producer} was told {reply}")


def pump(senders, seconds):
    """All that can be written and read at once; waits at most so long for something."""
    senders = [sender for sender in senders if sender.is_open]
    if not senders:
        return
    by_socket = {sender.socket: sender for sender in senders}
    writing = [sender.socket for sender in senders if sender.unsent]
    readable, writable, _ = select.select(list(by_socket), writing, [], seconds)
    for each in writable:
        by_socket[each].write()
    for each in readable:
        by_socket[each].read()
