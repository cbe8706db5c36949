"""What the emulator's log says of the kill campaign (kill_campaign.py): what is lost, what came
twice and why, and whether the order was kept. A life is one run of awpsd, from start to kill.
"""

from collections import Counter, defaultdict

from kill_load import shown_name


class Order:
    """Follows lanes: of one producer its numbers rise; what an earlier life accepted comes first.
    Between producers of the same life nothing is promised.
    """

    def __init__(self):
        self.life = defaultdict(int)  # lane -> of the last that came
        self.seq = defaultdict(int)   # (lane, life, producer) -> likewise

    def take(self, action):
        """The lanes in which it should have come earlier."""
        late = []
        for lane in action.lanes:
            place = (lane, action.life, action.producer)
            if action.life < self.life[lane] or action.seq <= self.seq[place]:
                late.append(lane)
            self.life[lane] = max(self.life[lane], action.life)
            self.seq[place] = max(self.seq[place], action.seq)
        return late


class Verdict:
    """Takes entries as they come; `mistakes` are what must never be."""

    def __init__(self):
        self.scripts = []
        self.names = {}
        self.life = 0
        self.first = Order()          # of first arrivals
        self.within = Order()         # of all arrivals of a life
        self.mistakes = []
        self.deaths = {}              # life -> ns of the emulator's clock
        self.repeats = Counter()      # life -> what came in it and had come in an earlier one
        self.ages = defaultdict(int)  # life -> ns from the oldest of these to its end
        self.arrived = 0
        self.acknowledged = self.lost = 0  # of judged chains
        self.out_of_order = 0
        self.again = self.duplicates = 0  # sent again; of these, without an effect
        self.letters = self.letter_repeats = 0  # dead letters that arrived; what came again of them

    def begin_life(self, life, scripts):
        self.life = life
        self.within = Order()
        self.scripts += scripts
        for script in scripts:
            self.names.update(script.names)

    def end_life(self, nanoseconds):
        self.deaths[self.life] = nanoseconds

    def take(self, entry):
        if not entry["tookEffect"]:
            return
        action = self.names.get(shown_name(entry))
        if action is None:
            self.mistakes.append(f"nobody sent it, or it was settled before a stop: {entry}")
            return
        is_first = not action.arrivals
        self.arrived += is_first
        if action.is_dead:
            self.letters += is_first
            self.letter_repeats += not is_first
        else:
            self._take_order(action)
            if not is_first:
                self._take_repeat(action)
        action.arrivals.append((self.life, entry["arrivedNs"]))

    def _take_order(self, action):
        late = self.within.take(action)
        if not action.arrivals:
            late += self.first.take(action)
        if late:
            self.out_of_order += 1
            self.mistakes.append(f"{action.name} came late in life {self.life}, in {late}")

    def _take_repeat(self, action):
        life, arrived = action.arrivals[-1]
        if life == self.life:
            self.mistakes.append(f"{action.name} came twice in life {life}")
            return
        self.repeats[life] += 1
        self.ages[life] = max(self.ages[life], self.deaths[life] - arrived)

    def waiting(self):
        """Acknowledged, and not arrived yet."""
        return [action for script in self.scripts for action in script.actions
                if action.is_acknowledged and not action.has_arrived()]

    def judge(self):
        """Of a chain of lives, once all is delivered. What arrives of them later is a mistake."""
        for script in self.scripts:
            if script.is_again:
                self._judge_tries(script)
                continue
            arrived = [bool(action.arrivals) for action in script.actions]
            kept = sum(arrived)
            if not all(arrived[:kept]):
                self.mistakes.append(f"of producer {script.life}-{script.producer} {kept} arrived, "
                                     f"but not its first ones: {arrived.index(False) + 1} did not")
        lost = self.waiting()
        if lost:
            self.mistakes.append(f"acknowledged and lost: {[action.name for action in lost[:10]]}"
                                 f" and {len(lost)} in all")
        actions = [action for script in self.scripts for action in script.actions]
        self.acknowledged += sum(action.is_acknowledged for action in actions)
        self.lost += len(lost)
        self.forget()

    def _judge_tries(self, script):
        """An action that was sent several times has one effect: that of one of its tries."""
        for action in script.actions:
            with_effect = [each.name for each in action.tries if each.arrivals]
            if len(with_effect) > 1:
                self.mistakes.append(f"tries of one action with an effect each: {with_effect}")
            self.again += 1
            self.duplicates += not action.arrivals

    def forget(self):
        self.scripts = []
        self.names = {}
        self.first.seq.clear()  # what is left is known by its life
