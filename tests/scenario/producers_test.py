"""The modules that reconnect, lib/client/examples/awps_producer.py and awps-producer.mjs: through a
daemon that is stopped, killed and started again, and with a daemon whose replies are scripted.
"""

import functools
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from programs import ROOT, end, start
from scenario import Scenario, main, wait_until

EXAMPLES = ROOT / "lib/client/examples"
GROUPS = ("g0", "g1", "g2")
ACTIONS = 300
BEFORE = 200  # of them are written before the daemon ends
REFUSED = 150  # the number of the action that the daemon refuses
SMALL_BOUND = 2000  # bytes without outcome: about 30 actions
LARGE_BOUND = 16 * 1024 * 1024
SECONDS = 60

# Both take: module, socket, bound, seconds of close(), whether to deduplicate. They send each line
# of their input, and write {"n": number, …outcome}, {"full": number} where the buffer had no room,
# and the end of close().
PYTHON = """
import importlib.util, json, queue, sys
spec = importlib.util.spec_from_file_location("awps_producer", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
def tell(fact):
    sys.stdout.write(json.dumps(fact) + chr(10))
    sys.stdout.flush()
producer = module.Producer(sys.argv[2], max_buffered_bytes=int(sys.argv[3]),
                           **({"deduplicate": True} if sys.argv[5] == "True" else {}))
for n, line in enumerate(sys.stdin):
    action = json.loads(line)
    try:
        future = producer.send(action, timeout=0)
    except queue.Full:
        tell({"full": n})
        future = producer.send(action)
    future.add_done_callback(lambda future, n=n: tell({"n": n, **future.result()}))
tell({"unconfirmed": producer.close(float(sys.argv[4]))})
"""
NODE = """
import readline from 'node:readline';
const [, , module, path, bound, seconds, deduplicates] = process.argv;
const { Producer } = await import(module);
const tell = (fact) => process.stdout.write(`${JSON.stringify(fact)}\\n`);
const producer = new Producer({
  path, maxBufferedBytes: Number(bound), ...(deduplicates === 'True' && { deduplicate: true }) });
let number = 0;
let isFull = false;
function send(action, n) {
  isFull = false;
  return producer.send(action).then((outcome) => tell({ n, ...outcome }), (error) => {
    if (error.code !== 'ERR_BUFFER_FULL') throw error;
    isFull = true;
    tell({ full: n });
  });
}
for await (const line of readline.createInterface({ input: process.stdin })) {
  const action = JSON.parse(line);
  const n = number++;
  send(action, n);
  await new Promise(setImmediate); // a refusal is known by then
  if (isFull) {
    await producer.room();
    send(action, n);
  }
}
tell({ unconfirmed: await producer.close(seconds * 1000) });
"""


class Program:
    """One of the two, whose facts a thread collects."""

    def __init__(self, folder, language, path, *options):
        suffix, interpreter, text, module = {
            "python": ("py", [sys.executable, "-B"], PYTHON, "awps_producer.py"),
            "node": ("mjs", ["node"], NODE, "awps-producer.mjs")}[language]
        script = Path(folder) / f"program.{suffix}"
        script.write_text(text)
        self.process = start([*interpreter, str(script), str(EXAMPLES / module), str(path),
                              *map(str, options)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.outcomes = {}  # number -> those told, in order
        self.full = []
        self.unconfirmed = None  # what close() returned
        self.problems = b""
        self.threads = [threading.Thread(target=self._read), threading.Thread(target=self._note)]
        for thread in self.threads:
            thread.start()

    def write(self, actions):
        lines = "".join(json.dumps(action) + "\n" for action in actions)
        self.process.stdin.write(lines.encode())
        self.process.stdin.flush()

    def send(self, actions):
        """The last of its input."""
        self.write(actions)
        self.process.stdin.close()

    def statuses(self):
        return {number: told[0]["status"] for number, told in self.outcomes.items()}

    def wait(self):
        status = self.process.wait(SECONDS)
        for thread in self.threads:
            thread.join()
        return status

    def close(self):
        end(self.process)
        self.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()

    def _read(self):
        for line in self.process.stdout:
            fact = json.loads(line)
            if "n" in fact:
                self.outcomes.setdefault(fact["n"], []).append(fact)
            elif "full" in fact:
                self.full.append(fact["full"])
            else:
                self.unconfirmed = fact["unconfirmed"]

    def _note(self):
        self.problems = self.process.stderr.read()


def for_each_language(test):
    """Calls it with the name of each."""
    @functools.wraps(test)
    def run(self):
        for language in ("python", "node"):
            with self.subTest(language):
                test(self, language)
    return run


class Scene(Scenario):
    def program(self, language, path, bound=SMALL_BOUND, seconds=SECONDS, deduplicates=False):
        program = Program(self.folder, language, path, bound, seconds, deduplicates)
        self.addCleanup(program.close)
        return program

    def check_end(self, program, count):
        """It ended by itself, and told one outcome of each."""
        self.assertEqual(program.wait(), 0, program.problems)
        self.assertEqual(sorted(program.outcomes), list(range(count)))
        self.assertEqual([told for told in program.outcomes.values() if len(told) != 1], [])


def actions():
    """Round the groups; one of them is wrong, and one has an id."""
    for number in range(ACTIONS):
        group = ".." if number == REFUSED else GROUPS[number % len(GROUPS)]
        yield {"actionName": "sendToGroup", "group": group, "data": str(number),
               **({"id": number} if number % 7 == 0 else {})}


class WithTheDaemon(Scene):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()
        self.emulator.set_delay(10)
        self.daemon = self.start_daemon(self.emulator.connection)
        self.seen = 0

    def arrived(self):
        """Of this subtest: group -> numbers in order of arrival."""
        groups = {group: [] for group in GROUPS}
        for entry in list(self.emulator.log())[self.seen:]:
            if entry["tookEffect"]:
                groups[entry["target"]].append(int(entry["body"]))
        return groups

    def begin(self, language):
        self.seen = len(list(self.emulator.log()))
        program = self.program(language, self.daemon.socket_path)
        program.write(list(actions())[:BEFORE])
        wait_until(lambda: len(program.outcomes) >= BEFORE // 2, "the first outcomes")
        return program

    def check_outcomes(self, program):
        self.check_end(program, ACTIONS)
        self.assertEqual(program.unconfirmed, 0)
        self.assertEqual({number: status for number, status in program.statuses().items()
                          if status != "delivered"}, {REFUSED: "rejected"})
        self.assertIn("group", program.outcomes[REFUSED][0]["error"]["message"])
        self.assertNotEqual(program.full, [])

    def expected(self):
        return {group: [number for number in range(ACTIONS)
                        if number % len(GROUPS) == place and number != REFUSED]
                for place, group in enumerate(GROUPS)}

    @for_each_language
    def test_a_stop_repeats_nothing(self, language):
        program = self.begin(language)
        self.assertEqual(end(self.daemon.process), 0)
        self.daemon.start()
        program.send(list(actions())[BEFORE:])
        self.check_outcomes(program)
        self.assertEqual(self.arrived(), self.expected())

    @for_each_language
    def test_a_crash_repeats_only_what_had_no_outcome(self, language):
        program = self.begin(language)
        settled = set(program.outcomes)
        self.daemon.process.kill()
        self.daemon.process.wait()
        os.unlink(self.daemon.socket_path)
        self.daemon.start()
        program.send(list(actions())[BEFORE:])
        self.check_outcomes(program)
        for group, numbers in self.arrived().items():
            self.assertEqual(list(dict.fromkeys(numbers)), self.expected()[group])
            repeated = {number for number in numbers if numbers.count(number) > 1}
            self.assertEqual(repeated & settled, set())


class Script:
    """The daemon's end of the connections, one after the other."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.listener.settimeout(SECONDS)
        self.link = self.lines = None

    def accept(self, *replies):
        """Returns the hello; `replies` answer it."""
        self.hang_up()
        self.link, _ = self.listener.accept()
        self.link.settimeout(SECONDS)
        self.lines = self.link.makefile("rb")
        hello = json.loads(self.lines.readline())
        self.reply(*replies)
        return hello

    def read(self, count):
        return [json.loads(self.lines.readline()) for _ in range(count)]

    def reply(self, *replies):
        self.link.sendall(b"".join(json.dumps(reply).encode() + b"\n" for reply in replies))

    def hang_up(self):
        if self.link is not None:
            self.lines.close()
            self.link.close()
            self.link = None

    def close(self):
        self.hang_up()
        self.listener.close()


READY = {"status": "ready", "protocol": 1}


def refusal(code, seq):
    return {"status": "rejected", "seq": seq, "line": 1, "error": {"code": code, "message": code}}


def abandoned(code, seq):
    return {"status": "abandoned", "seq": seq, "error": {"code": code, "message": code}}


class WithAScript(Scene):
    def open(self, language, **options):
        path = Path(self.folder) / f"{language}.sock"
        script = Script(path)
        self.addCleanup(script.close)
        return script, self.program(language, path, **options)

    @for_each_language
    def test_what_is_sent_again_and_what_is_not(self, language):
        sent = [{"actionName": "sendToAll", "data": str(n), "id": f"i{n}"} for n in range(7)]
        script, program = self.open(language)
        program.send(sent)
        hello = script.accept(refusal("unknown_hub", 0))
        self.assertEqual(hello["hello"]["ack"], "delivered")
        self.assertNotIn("deduplicate", hello["hello"])
        script.accept(READY)
        self.assertEqual(script.read(7), sent)
        script.reply({"status": "delivered", "from": 1, "to": 2, "httpStatus": 202},
                     refusal("queue_full", 3), abandoned("shutting_down", 4),
                     abandoned("lost", 5), refusal("shutting_down", 0),
                     {"status": "superseded", "seq": 7, "by": 9})  # after the last refusal
        script.accept(READY)
        self.assertEqual(script.read(2), [sent[4], sent[5]])
        script.reply({"status": "delivered", "from": 1, "to": 2, "httpStatus": 202})
        self.check_end(program, len(sent))
        self.assertEqual(program.statuses(), {
            0: "delivered", 1: "delivered", 2: "rejected", 3: "abandoned", 4: "delivered",
            5: "delivered", 6: "superseded"})
        self.assertEqual(program.outcomes[2][0]["error"]["code"], "queue_full")
        self.assertEqual(program.unconfirmed, 0)
        for code in (b"unknown_hub", b"shutting_down"):  # why the connections ended
            self.assertEqual(program.problems.count(code + b": " + code), 1, program.problems)

    @for_each_language
    def test_deduplication(self, language):
        sent = [{"actionName": "sendToAll", "data": str(n)} for n in range(4)]
        sent[1]["id"] = "mine"
        sent[2]["ID"] = None
        script, program = self.open(language, deduplicates=True)
        program.send(sent)
        for _ in range(2):  # an older daemon that refuses the key
            self.assertIs(script.accept(refusal("invalid_action", 0))["hello"]["deduplicate"], True)
            self.assertNotIn("deduplicate", script.accept(READY)["hello"])
            lines = script.read(len(sent))
        self.assertEqual([line["data"] for line in lines], ["0", "1", "2", "3"])
        self.assertEqual(len({line["id"] for line in lines}), len(sent))
        self.assertEqual(lines[1], sent[1])
        self.assertNotIn("ID", lines[2])
        for ready in (READY,  # one that ignores it
                      {**READY, "dedupeWindowSeconds": 0}, {**READY, "dedupeWindowSeconds": 120}):
            self.assertIs(script.accept(ready)["hello"]["deduplicate"], True)
            self.assertEqual(script.read(len(sent)), lines)
        script.reply({"status": "duplicate", "seq": 1, "id": lines[0]["id"]},
                     {"status": "delivered", "seq": 2}, {"status": "duplicate", "seq": 3},
                     {"status": "delivered", "seq": 4})
        self.check_end(program, len(sent))
        self.assertEqual(program.statuses(), {0: "duplicate", 1: "delivered", 2: "duplicate",
                                              3: "delivered"})
        self.assertEqual(program.problems.count(b"does not deduplicate"), 1, program.problems)
        self.assertNotIn(b"invalid_action", program.problems)

    @for_each_language
    def test_the_buffer_is_bounded(self, language):
        sent = list(actions())
        script, program = self.open(language)
        writer = threading.Thread(target=program.send, args=[sent])
        writer.start()
        script.accept(READY)
        wait_until(lambda: program.full, "a full buffer")
        first = program.full[0]
        sizes = [len(json.dumps(action, separators=(",", ":"))) for action in sent[:first]]
        self.assertLess(sum(sizes), SMALL_BOUND + max(sizes))
        self.assertGreater(len(sizes), 20)
        self.assertEqual(program.outcomes, {})
        for seq, action in enumerate(sent, 1):
            self.assertEqual(script.read(1), [action])
            script.reply({"status": "delivered", "seq": seq})
        writer.join()
        self.check_end(program, len(sent))

    @for_each_language
    def test_reads_while_it_writes(self, language):
        sent = [{"actionName": "sendToAll", "data": "x" * 500_000} for _ in range(16)]
        script, program = self.open(language, bound=LARGE_BOUND)
        writer = threading.Thread(target=program.send, args=[sent])
        writer.start()
        script.accept(READY)
        script.reply(*[{"status": "accepted", "seq": 0, "pad": "x" * 1000}] * 8000)
        self.assertEqual(script.read(len(sent)), sent)
        script.reply({"status": "delivered", "from": 1, "to": len(sent)})
        writer.join()
        self.check_end(program, len(sent))

    @for_each_language
    def test_close_gives_up_in_time(self, language):
        program = self.program(language, Path(self.folder) / "nobody.sock", seconds=0.2)
        program.send(list(actions())[:5])
        self.check_end(program, 5)
        self.assertEqual(program.unconfirmed, 5)
        self.assertEqual(set(program.statuses().values()), {"unconfirmed"})
        self.assertEqual(program.problems.count(b"actions are kept"), 1)


if __name__ == "__main__":
    main()
