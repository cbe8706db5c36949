"""The demo: awpsd at work between producers of many sorts and some thirty WebSocket clients.

All of it are real processes. Each second a line shows what happens; at the end every action
that was sent and every message that a client should have is accounted for, and the exit status
is 0 only if nothing is missing, doubled or out of order. With --durable, awpsd is killed in
mid-run; then what comes twice must be of the moment before. Called by daemon/demo, which builds
first.
"""

import argparse
import json
import multiprocessing
import secrets
import signal
import socket
import sys
import time
import urllib.request
from multiprocessing.connection import wait
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/support"))

import demo_clients
import demo_operator
import demo_producers
import demo_sdk
import demo_stream
from demo_account import Account
from demo_plan import (CHAT, CHAT_PRODUCERS, HUBS, ORDERS, SHOP, TELEMETRY_PRODUCERS,
                       make_clients)
from demo_view import View
from programs import Awpsd, Emulator, temporary_folder
from waiting import wait_until

CLIENT_PROCESSES = 2
START_SECONDS = 60
STOP_SECONDS = 60
TICK_SECONDS = 1.0
KILL_EVERY = 10  # seconds, of a run without an end
REST_NS = 500_000_000    # of the operator before a kill: what it did is noted as done on disk
SLOW_MS = 50             # the service just before a kill, so that something waits
DEATH_SECONDS = 0.2  # a program's peers may notice its end before we can

# Their shares of the rate.
PRODUCERS = ([("chat", number, 0.1) for number in range(CHAT_PRODUCERS)]
             + [("alerts", 0, 0.3)]
             + [("telemetry", number, 0.25) for number in range(TELEMETRY_PRODUCERS)])
SDK_SHARE = 0.04  # and more, of the program with the SDK
STREAM_SHARE = 0.1

CONFIG = """drain_timeout = "5s"
admin.listen = "127.0.0.1:{port}"
admin.token_file = "{token_file}"
"""
DURABLE = """hub_defaults.durability = "durable"
spool.min_free_bytes = 0
"""
GATEWAY = 'gateway.listen = "127.0.0.1:{port}"\n'


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Stop(Exception):
    """A process of the demo failed: what it said."""


class Shared:
    """Memory that all processes of the demo see."""

    def __init__(self, context, is_durable, producers):
        self.is_durable = is_durable
        self.stop = context.RawValue("b", 0)
        self.hold = context.RawValue("b", 0)        # the operator shall rest
        self.at_rest_ns = context.RawValue("q", 0)  # since when it does; 0: it does not
        self.killed_ns = context.RawValue("q", 0)   # when awpsd was, last; 0: never
        self.wanted = context.RawArray("q", producers)            # messages due to clients
        self.received = context.RawArray("q", CLIENT_PROCESSES)  # messages that they have

    def lag(self):
        return sum(self.wanted) - sum(self.received)


class Child:
    """A process of ours and the pipe to it."""

    def __init__(self, context, name, target, *arguments):
        self.name = name
        self.pipe, theirs = context.Pipe()
        arguments = [theirs if argument is PIPE else argument for argument in arguments]
        self.process = context.Process(target=target, args=arguments, daemon=True)
        self.process.start()
        theirs.close()

    def receive(self, kind, seconds):
        """The content of the next message of this kind; those of other kinds are dropped."""
        deadline = time.monotonic() + seconds
        while self.pipe.poll(max(0, deadline - time.monotonic())):
            try:
                received, *content = self.pipe.recv()
            except EOFError:
                raise Stop(f"{self.name} ended unexpectedly") from None
            if received == "failed":
                raise Stop(content[0])
            if received == kind:
                return content
        raise Stop(f"{self.name}: nothing of it for {seconds} s")

    def end(self):
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.pipe.close()


PIPE = object()  # stands for the child's end of the pipe


class Demo:
    def __init__(self, options, view):
        self.options = options
        self.view = view
        self.clients = make_clients(options.gateway, options.stream)
        self.context = multiprocessing.get_context("fork")
        self.shared = Shared(self.context, options.durable, len(PRODUCERS) + 2)
        self.wake, self.wake_writer = socket.socketpair()
        self.children = []
        self.emulator = self.daemon = self.stream = None
        self.account = Account(self.clients, options.durable)

    def start(self, folder):
        self.catch_signals()
        if self.options.stream:
            self.view.say("Apache Kafka starts …")
            self.stream = demo_stream.Stream()
        self.emulator = Emulator("--log-entries", "0")
        self.daemon = Awpsd(folder, self.emulator.connection, self.make_config(folder), hub=CHAT,
                            log_level="warning")
        self.daemon.start()
        self.start_children()

    def make_config(self, folder):
        """With the live page at a free port, behind a token that the page takes from its address
        and the browser sends to nobody."""
        token, token_file, port = secrets.token_hex(16), Path(folder, "token"), free_port()
        token_file.touch(mode=0o600)
        token_file.write_text(token + "\n")
        self.page = f"http://127.0.0.1:{port}/#token={token}"
        self.status = urllib.request.Request(f"http://127.0.0.1:{port}/status",
                                             headers={"Authorization": f"Bearer {token}"})
        self.gateway = free_port() if self.options.gateway else None
        hubs = HUBS + ((SHOP,) if self.gateway else ()) + ((ORDERS,) if self.stream else ())
        return (CONFIG.format(port=port, token_file=token_file)
                + (GATEWAY.format(port=self.gateway) if self.gateway else "")
                + (DURABLE if self.options.durable else "")
                + "".join(f"[hubs.{hub}]\n" for hub in hubs)
                + (self.stream.config() if self.stream else ""))

    def run(self):
        """True: everything is accounted for."""
        places = {"service": f"{self.emulator.endpoint}   awpsd-emulator",
                  "socket": self.daemon.socket_path, "live page": self.page}
        if self.gateway:
            places["gateway"] = f"{self.gateway_url()}   for Microsoft's JavaScript SDK"
        if self.stream:
            places["stream"] = f"{self.stream.place()}   of Apache Kafka"
        self.view.introduce(places, self.clients, len(self.producers) + 1, self.options.rate)
        self.account.begin(self.daemon, self.emulator)
        for child in [*self.producers, self.operator]:
            child.pipe.send("go")
        self.watch()
        return self.finish()

    def gateway_url(self):
        return f"http://127.0.0.1:{self.gateway}"

    def catch_signals(self):
        for descriptor in (self.wake, self.wake_writer):
            descriptor.setblocking(False)
        signal.set_wakeup_fd(self.wake_writer.fileno())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *unused: None)

    def child(self, name, target, *arguments):
        child = Child(self.context, name, target, *arguments)
        self.children.append(child)
        return child

    def start_children(self):
        connection, path = self.emulator.connection, self.daemon.socket_path
        self.receivers = [
            self.child(f"clients {place}", demo_clients.run, connection,
                       self.clients[place::CLIENT_PROCESSES], PIPE, self.shared, place)
            for place in range(CLIENT_PROCESSES)]
        self.producers = [
            self.child(f"{kind}-{number}", demo_producers.run, kind, number, self.options.seed,
                       share * self.options.rate, path, self.clients, PIPE, self.shared, place)
            for place, (kind, number, share) in enumerate(PRODUCERS)]
        if self.gateway:
            self.producers.append(self.child("sdk-0", demo_sdk.run, connection, self.gateway_url(),
                                             SDK_SHARE * self.options.rate, self.clients, PIPE,
                                             self.shared, len(PRODUCERS)))
        if self.stream:
            self.producers.append(self.child("stream-0", demo_stream.run, self.stream.topic,
                                             self.options.seed, STREAM_SHARE * self.options.rate,
                                             self.clients, PIPE, self.shared, len(PRODUCERS) + 1))
        self.operator = self.child("operator", demo_operator.run, connection, path, PIPE,
                                   self.shared)
        for child in self.children:
            child.receive("ready", START_SECONDS)

    def watch(self):
        """A line a second, until the time is over or a signal comes."""
        begin = time.monotonic()
        next_tick = begin + TICK_SECONDS
        kill_at = self.options.seconds // 2 if self.options.seconds else KILL_EVERY
        while True:
            if self.pump(next_tick - time.monotonic()):
                return
            if time.monotonic() >= next_tick:
                self.view.live(self.account.tick(round(next_tick - begin)))
                self.say_guests()
                seconds = round(next_tick - begin)
                if self.options.seconds and seconds >= self.options.seconds:
                    return
                if self.options.durable and seconds == kill_at - 1:
                    self.prepare_kill()
                if self.options.durable and seconds == kill_at:
                    self.kill_daemon(begin)
                    kill_at += 0 if self.options.seconds else KILL_EVERY
                next_tick += TICK_SECONDS

    def prepare_kill(self):
        self.shared.hold.value = 1
        self.emulator.set_delay(SLOW_MS)

    def kill_daemon(self, begin):
        shared = self.shared
        wait_until(lambda: 0 < shared.at_rest_ns.value < time.monotonic_ns() - REST_NS,
                   "the operator's rest")
        killed = time.monotonic()
        self.daemon.process.kill()
        self.daemon.wait()
        shared.killed_ns.value = time.monotonic_ns()
        self.view.say("  awpsd is killed (SIGKILL), and started again")
        self.daemon.start()
        self.account.take_kill(killed - begin, time.monotonic() - killed, self.recovered())
        self.emulator.set_delay(0)
        shared.hold.value = 0

    def recovered(self):
        return sum(hub["spool"]["recovered"] for hub in self.hub_states())

    def superseded(self, name):
        return sum(hub["actions"]["superseded"] for hub in self.hub_states()
                   if hub["name"] == name)

    def hub_states(self):
        with urllib.request.urlopen(self.status) as answer:
            return json.load(answer)["hubs"]

    def pump(self, seconds):
        """Takes what children and daemon say; True: a signal asks for the end."""
        pipes = {child.pipe: child for child in self.children}
        ready = wait([self.wake, *pipes], max(0, seconds))
        for pipe in ready:
            if pipe in pipes:
                self.take(pipes[pipe])
        self.say_log()
        if self.daemon.has_ended() or self.emulator.has_ended():
            raise Stop("nothing goes on without it")
        return self.wake in ready

    def take(self, child):
        report, = child.receive("report", START_SECONDS)
        self.account.take_report(child.name, report)

    def say_log(self):
        for line in self.daemon.new_log_lines() if self.daemon else []:
            self.view.log_line(line)

    def say_guests(self):
        for text, receivers in self.account.new_guests().items():
            self.view.guest(text, receivers)

    def finish(self):
        self.view.say()
        self.view.say("stopping: producers end, then all that was accepted is delivered …")
        self.shared.hold.value = 0
        self.emulator.set_delay(0)
        self.shared.stop.value = 1
        for child in self.producers:
            self.account.take_producer(child.name, *child.receive("done", STOP_SECONDS))
        self.account.take_operator(*self.operator.receive("done", STOP_SECONDS))
        self.await_messages()
        if self.stream:
            self.account.take_stream(*self.stream.settled(), self.superseded(ORDERS))
        self.account.final_numbers()
        for child in self.receivers:
            child.pipe.send(("verify", self.account.expected))
        for child in self.receivers:
            self.account.take_verdict(*child.receive("verdict", STOP_SECONDS))
        self.account.take_exit(self.daemon.close(), self.daemon.undelivered_files())
        self.say_log()
        self.say_guests()
        return self.account.show(self.view)

    def await_messages(self):
        """Until the clients have all that the service says it sent, or no more comes."""
        last, deadline = -1, 0
        while not self.account.all_received():
            if self.account.received != last:
                last, deadline = self.account.received, time.monotonic() + 5
            if time.monotonic() > deadline:
                return
            for child in self.receivers:
                self.take(child)

    def dead_programs(self):
        """A better explanation than what followed from it."""
        return [f"{name} ended with status {program.process.returncode}"
                for name, program in (("awpsd", self.daemon), ("awpsd-emulator", self.emulator))
                if program is not None and program.has_ended(DEATH_SECONDS)]

    def close(self):
        self.shared.stop.value = 1
        for child in self.children:
            if child.process.is_alive():
                child.process.terminate()
        for child in self.children:
            child.end()
        for program in (self.daemon, self.emulator, self.stream):
            if program is not None:
                program.close()
        signal.set_wakeup_fd(-1)
        self.wake.close()
        self.wake_writer.close()


def parse_arguments():
    parser = argparse.ArgumentParser(prog="daemon/demo", description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=int, metavar="N",
                        help="end after N seconds (default: on Ctrl-C)")
    parser.add_argument("--rate", type=int, default=5000, metavar="N",
                        help="actions a second that the producers aim at together (5000); "
                             "they slow down when the clients cannot follow")
    parser.add_argument("--durable", action="store_true",
                        help="keep on disk what is accepted; kill awpsd (SIGKILL) in mid-run, or "
                             f"each {KILL_EVERY} s, and start it again: nothing may be missing")
    parser.add_argument("--gateway", action="store_true",
                        help="a program with Microsoft's JavaScript SDK is among the producers")
    parser.add_argument("--stream", action="store_true",
                        help="a topic of Apache Kafka is among the doors: its actions come by it")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of their random choices")
    options = parser.parse_args()
    if (options.seconds is not None and options.seconds < 1) or options.rate < 10:
        parser.error("--seconds must be at least 1, --rate at least 10")
    if options.durable and options.seconds is not None and options.seconds < 4:
        parser.error("--durable takes at least 4 seconds")
    if options.stream and demo_stream.missing():
        parser.error(demo_stream.missing())
    if options.gateway and demo_sdk.missing():
        parser.error(demo_sdk.missing())
    return options


def main():
    options = parse_arguments()
    view = View()
    with temporary_folder() as folder:
        demo = Demo(options, view)
        try:
            demo.start(folder)
            return 0 if demo.run() else 1
        except BrokenPipeError:
            return 1  # nobody reads what we print any more
        except (Stop, AssertionError, RuntimeError, OSError) as error:
            demo.say_log()
            view.end([*demo.dead_programs(), str(error)], "the demo could not go on")
            return 1
        finally:
            demo.close()


if __name__ == "__main__":
    sys.exit(main())
