"""Small histories in which a fault once harmed what it does not touch, each with its figure."""

import json
import os
import time
from contextlib import contextmanager

from certificates import Authority
from fronts import TlsFront
from limits_learners import send_line
from limits_table import ONE_BY_ONE, QUICK_STOP, percent, wait, wait_while
from load import Load
from programs import OF_ACTIONS, Awpsd, Emulator, temporary_folder

ROUND_TRIP = {"name": "round trip", "delayMs": 20, "continues": True}


@contextmanager
def scene(rules, config="", log_entries=0):
    """(emulator, daemon), ended without ceremony."""
    with (temporary_folder() as folder,
          Emulator("--log-entries", str(log_entries)) as emulator,
          Awpsd(folder, emulator.connection, QUICK_STOP + config) as daemon):
        emulator.set_faults(rules)
        daemon.start()
        try:
            yield emulator, daemon
        finally:
            daemon.process.kill()


def to_user(number):
    return json.dumps({"actionName": "sendToUser", "userId": f"u{number % 100}", "data": "x"})


def send_good(daemon, rate, seconds):
    """(delivered, %; p99, ms) of sends to users at this rate; what still waits has its age."""
    with Load(daemon.socket_path, to_user, rate=rate) as load:
        begin = time.monotonic()
        wait(seconds)
        end = time.monotonic()
        wait(0.3)  # those under way at the end
        delivered = percent(load.statuses()["delivered"], len(load.begins))
        return delivered, 1e3 * load.latencies(begin, end).quantile(0.99)


# ---- a long queue behind a poisoned head


BEHIND = 100_000


def poisoned(table, seconds):
    table.title(f"a sendToGroup that always fails, and {BEHIND:,} addUserToGroup of that group "
                "behind it")
    poison = {"name": "poison", "match": {"operation": "sendToGroup", "group": "poison"},
              "status": 500}
    with scene([poison], "hub_defaults.retry.base = \"100ms\"\n") as (_, daemon):
        with (Load(daemon.socket_path, behind_poison, rate=1e6, count=BEHIND + 1) as queue,
              Load(daemon.socket_path, to_user, rate=50) as load):
            wait_while(lambda: queue.producer.unsent or len(queue.begins) <= BEHIND, 20)
            begin = time.monotonic()
            wait(max(10.0, seconds / 3))
            latencies = load.latencies(begin, time.monotonic())
    table.at_most("good sends: p99, ms", 1e3 * latencies.quantile(0.99), 50)
    table.row("good sends: longest, ms", f"{1e3 * latencies.quantile(1):.0f}")


def behind_poison(number):
    if number == 0:
        return send_line("poison")
    return json.dumps({"actionName": "addUserToGroup", "userId": f"u{number}", "group": "poison"})


# ---- an address that moves


HOST = "moved.awpsd.test"
OLD, NEW = "127.0.0.2", "127.0.0.3"
FOLLOW_SECONDS = 30
OWN_HOSTS = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"']


def moved(table, _):
    """The name stands in a hosts file that only the daemon sees; needs root."""
    for status in (403, 503):
        for reloads in (False, True):
            how = "a reload" if reloads else "nothing else"
            table.title(f"the address moves while the old one answers {status}; then {how}")
            took = seconds_to_follow(status, reloads)
            table.at_most("first delivery at the new address after, s", took,
                          2 if reloads else FOLLOW_SECONDS)


def seconds_to_follow(status, reloads):
    with (temporary_folder() as folder, Emulator() as old, Emulator() as new):
        authority = Authority(folder)
        context = authority.context(HOST)
        fronts = [TlsFront(old, context, address=OLD)]
        fronts.append(TlsFront(new, context, address=NEW, port=fronts[0].port))
        hosts = f"{folder}/hosts"
        point(hosts, OLD)
        try:
            with Awpsd(folder, fronts[0].connection(HOST), QUICK_STOP +
                       f'service.ca_file = "{authority.path}"\n') as daemon:
                daemon.launch(through=[*OWN_HOSTS, hosts])
                wait_while(lambda: not daemon.notify.has("READY"), 20)
                return follow(daemon, (old, new), hosts, status, reloads)
        finally:
            for front in fronts:
                front.close()


def follow(daemon, emulators, hosts, status, reloads):
    old, new = emulators
    with Load(daemon.socket_path, to_user, rate=20) as load:
        wait_while(lambda: load.settled() < 20, 20)
        old.set_faults([{"name": "gone", "status": status, "shape": "html"}])
        wait(3)
        point(hosts, NEW)
        if reloads:
            daemon.status()
        took = wait_while(lambda: new.counters()["tookEffect"] == 0, FOLLOW_SECONDS + 5)
        daemon.process.kill()
    return took


def point(path, address):
    """The same file, since it is bound to its place."""
    with open(path, "w", encoding="ascii") as file:
        file.write(f"127.0.0.1 localhost\n{address} {HOST}\n")


# ---- what is learnt and has to be forgotten; many rules


def learnt_bound(table, seconds):
    table.title("one user name whose filter is refused; then fan-outs of others")
    with scene([{"name": "refused", "match": {"query": {"filter": "*odd*"}}, "status": 400,
                 "contentType": "application/json",
                 "body": '{"code":"Error.BadRequest","message":"Bad.","target":"filter"}'}],
               "service.requests_per_second = 50\n", log_entries=10_000) as (emulator, daemon):
        table.row("fan-outs before", f"{fan_outs(emulator, daemon, 'u'):,}")
        fan_outs(emulator, daemon, "t", refused="odd")
        table.row("fan-outs just after", f"{fan_outs(emulator, daemon, 'v'):,}")
        if seconds >= 60:
            wait(61)
            table.at_least("fan-outs a minute later", fan_outs(emulator, daemon, "w"), 1, "{:,}")
        daemon.status()
        table.at_least("fan-outs after a reload", fan_outs(emulator, daemon, "x"), 1, "{:,}")


def fan_outs(emulator, daemon, prefix, refused=""):
    """Requests with a filter that 60 messages to users of this prefix become; one of them
    is to `refused`."""
    before = sum("filter=" in entry["query"] for entry in emulator.log())
    with Load(daemon.socket_path, lambda number: json.dumps(
            {"actionName": "sendToUser", "data": prefix,
             "userId": refused if refused and number == 30 else f"{prefix}{number}"}),
            rate=1e6, count=60) as load:
        wait_while(lambda: not load.is_settled(), 10)
    return sum("filter=" in entry["query"] for entry in emulator.log()) - before


RULES = 3000


def many_rules(table, _):
    table.title(f"{RULES:,} merge and {RULES:,} order rules; sends to groups that fit the last")
    alone, among = processor_time(1), processor_time(RULES)
    table.row("processor time for each send, the last alone, µs", f"{alone:.1f}")
    table.at_most("processor time with all of them, µs", among, 1.25 * alone)


def processor_time(rules):
    """µs of the daemon for each of 50,000 sends; only the last of so many rules fits."""
    count = 50_000
    config = "".join(f'[[hubs.chat.merge]]\ngroups = "m{number}-*"\n[[hubs.chat.order]]\n'
                     f'groups = "m{number}-*"\n' for number in range(RULES - rules, RULES))
    with scene([], config) as (_, daemon):
        begin = processor_seconds(daemon)
        with Load(daemon.socket_path, lambda number: send_line(f"m{RULES - 1}-{number % 1000}"),
                  rate=1e6, count=count) as load:
            wait_while(lambda: not load.is_settled(), 60)
        return 1e6 * (processor_seconds(daemon) - begin) / count


def processor_seconds(daemon):
    with open(f"/proc/{daemon.process.pid}/stat", encoding="ascii") as file:
        user, system = file.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


# ---- some targets that fail


def few_sick(table, seconds):
    length = max(10.0, seconds / 3)
    for count in (1, 20, 30):
        table.title(f"{count} groups answered 500 after 2 ms beside 20 good sends/s, {length:g} s")
        with scene([{"name": "sick", "match": {"group": "bad*"}, "status": 500, "delayMs": 2},
                    ROUND_TRIP], "hub_defaults.retry.max_attempts = 5\n") as (_, daemon):
            with Load(daemon.socket_path, lambda number: send_line(f"bad{number}"), rate=1e6,
                      count=count) as ill:
                delivered, p99 = send_good(daemon, 20, length)
                wait_while(lambda: not ill.is_settled(), 60)  # ten charged retries a second
                dead = ill.statuses()["dead_lettered"]
        table.at_least("good ones delivered, %", delivered, 99)
        # While a burst looks like an outage, a probe goes each 100 ms, and the round trip is 20.
        table.at_most("good ones: p99, ms", p99, 150)
        table.exactly("sick ones that are dead letters", dead, count)


def throttled_group(table, seconds):
    length = max(10.0, seconds / 3)
    for status in (429, 503):
        table.title(f"one group always answered {status}, Retry-After: 1, beside 50 good sends/s")
        with scene([{"name": "busy", "match": {"group": "busy"}, "status": status,
                     "headers": {"Retry-After": 1}}, ROUND_TRIP]) as (_, daemon):
            with Load(daemon.socket_path, lambda _: send_line("busy"), rate=1):
                wait(5)  # three attempts and their pauses show that it is the group alone
                delivered, p99 = send_good(daemon, 50, length)
        table.at_least("good ones delivered, %", delivered, 95)
        table.row("good ones: p99, ms", f"{p99:.0f}")


def one_in_a_hundred(table, seconds):
    length = max(10.0, seconds / 3)
    gone = {"body": '{"message":"no such connection in this hub"}',
            "contentType": "application/json"}
    alone = hundredth(None, length)
    for name, fault in (("403 without a code", {"status": 403}), ("404", {"status": 404}),
                        ("400 with a message alone", {"status": 400, **gone})):
        table.title(f"1 in 100 groups answered {name}")
        among = hundredth(fault, length)
        table.at_least("throughput, % of alone", percent(among, alone), 90)


def hundredth(fault, length):
    """Requests that took effect a second, of 500 groups in closed loops."""
    rules = [{"name": "sick", "match": {"group": "*00"}, **fault}] if fault else []
    with scene([*rules, ROUND_TRIP], ONE_BY_ONE + "service.requests_per_second = 1000\n") as (
            emulator, daemon):
        with Load(daemon.socket_path, lambda slot: send_line(f"g{slot + 1}"), slots=500):
            wait(1)
            before = emulator.counters()["tookEffect"]
            wait(length)
            return (emulator.counters()["tookEffect"] - before) / length


def odd_name(table, _):
    table.title("userId 'a/b?c' is answered 401, beside 50 good sends/s for 10 s")
    with scene([{"name": "name", "match": {"user": "a*b*"}, "status": 401}, ROUND_TRIP],
               "hub_defaults.retry.max_attempts = 3\n") as (_, daemon):
        odd = json.dumps({"actionName": "sendToUser", "userId": "a/b?c", "data": "x"})
        with Load(daemon.socket_path, lambda _: odd, rate=1e6, count=1) as load:
            delivered, p99 = send_good(daemon, 50, 10)
            table.at_least("good ones delivered, %", delivered, 95)
            table.at_most("good ones: p99, ms", p99, 100)
            table.exactly("it is a dead letter", load.statuses()["dead_lettered"], 1)


def empty_broadcast(table, _):
    table.title("a sendToAll that always gets 500, three good ones behind it; max_age 5 s")
    with scene([{"name": "first", "match": {"operation": "sendToAll", "minBodyBytes": 5},
                 "status": 500}],
               "hub_defaults.retry.max_attempts = 3\nhub_defaults.retry.max_age = \"5s\"\n"
               + ONE_BY_ONE, log_entries=10_000) as (emulator, daemon):
        with Load(daemon.socket_path, lambda number: json.dumps(
                {"actionName": "sendToAll", "data": "poison" if number == 0 else "x"}),
                rate=1e6, count=4) as load:
            took = wait_while(lambda: not load.is_settled(), 15)
            statuses = load.statuses()
            attempts = sum(entry["fault"] == "first" for entry in emulator.log())
    table.at_most("settled after, s", took, 15)  # max_age, and a back-off
    table.at_most("attempts of the first", attempts, 20, "{:,}")
    table.exactly("good ones delivered", statuses["delivered"], 3)


def gateway_timeout(table, seconds):
    length = max(30.0, seconds)
    table.title(f"everything answered 504 for {length:g} s, 3 messages")
    with scene([{"name": "504", "status": 504}], log_entries=10_000) as (emulator, daemon):
        with Load(daemon.socket_path, lambda number: send_line(f"g{number}"), rate=1e6, count=3) \
                as load:
            wait(length)
            sends = sum(entry["operation"] != "health" for entry in emulator.log())
            emulator.set_faults([])
            back = wait_while(lambda: not load.is_settled(), 40)
            delivered = load.statuses()["delivered"]
    # Each message's own back-off: 0.2 s, doubling to 30 s, with jitter: about 8 in 30 s, 10 in
    # 60 s.
    table.at_most("sends repeated meanwhile", sends - 3, 37 if length >= 60 else 31, "{:,}")
    table.at_most("all delivered after its end, s", back, 31)
    table.exactly("delivered", delivered, 3)


def parked_filter(table, _):
    table.title("a send whose filter reads groups always gets 500; then removeUserFromAllGroups")
    lines = [json.dumps({"actionName": "sendToAll", "data": "x", "filter": "'a' in groups"}),
             json.dumps({"actionName": "removeUserFromAllGroups", "userId": "u"})]
    with scene([{"name": "filter", "match": {"query": {"filter": "*"}}, "status": 500},
                ROUND_TRIP]) as (_, daemon):
        with (Load(daemon.socket_path, to_user, rate=50),
              Load(daemon.socket_path, lines.__getitem__, rate=1e6, count=2) as load):
            took = wait_while(lambda: load.statuses()["delivered"] == 0, 10)
    table.at_most("the removal is delivered after, s", took, 3)


# ---- what expires together; forms of requests; the address


EXPIRING = 64_000


def expiring(table, _):
    table.title(f"{EXPIRING:,} merged messages that expire together behind a failing one")
    merge = '[[hubs.chat.merge]]\ngroups = "m*"\nformat = "lines"\nmax_bytes = "1MiB"\n'
    with scene([{"name": "sick", "match": {"group": "m"}, "status": 500}],
               merge) as (_, daemon):
        short = json.dumps({"actionName": "sendToGroup", "group": "m", "data": "x",
                            "dataType": "text", "ttlSeconds": 4})
        with (Load(daemon.socket_path, lambda _: short, rate=1e6, count=EXPIRING),
              Load(daemon.socket_path, to_user, rate=100) as load):
            wait(3)
            begin = time.monotonic()
            wait(5)
            latencies = load.latencies(begin, time.monotonic())
    table.at_most("good sends: longest, ms", 1e3 * latencies.quantile(1), 250, "{:.0f}")


def forms(table, _):
    table.title("whatever carries a filter fails with 500; single sends are answered")
    same = json.dumps({"actionName": "sendToUser", "userId": "%d", "data": "same"})
    coalesced(table, 120, {"match": {"query": {"filter": "*"}}, "status": 500},
              lambda number: same.replace("%d", f"u{number}"),
              "hub_defaults.coalesce.fan_out_per_second = 1000\n")
    table.title(":addToGroups answers 404; single adds are answered")
    coalesced(table, 100, {"match": {"operation": "addConnectionsToGroups"}, "status": 404},
              lambda number: json.dumps({"actionName": "addUserToGroup", "userId": f"u{number}",
                                         "group": "g"}),
              "hub_defaults.coalesce.bulk_membership = true\n")


def coalesced(table, count, fault, make_line, config):
    """Held back for a moment by the pace, so that they are coalesced at all."""
    with scene([{"name": "form", **fault}], "service.requests_per_second = 50\n"
               "hub_defaults.retry.max_attempts = 3\n" + config) as (emulator, daemon):
        with Load(daemon.socket_path, make_line, rate=1e6, count=count) as load:
            wait_while(lambda: not load.is_settled(), 15)
            table.exactly("delivered", load.statuses()["delivered"], count)
            table.row("requests of that form", f"{emulator.fault_counts()['form']:,}")


def wrong_address(table, _):
    for name, fault in (("400 with HTML", {"status": 400, "shape": "html"}),
                        ("400 of the old shape", {"status": 400, "shape": "aspnet"}),
                        ("406", {"status": 406}), ("410", {"status": 410}),
                        ("417", {"status": 417}), ("451", {"status": 451}),
                        ("404 ….NotExisted", {"status": 404, "shape": "service",
                                              "errorCode": "Warning.Group.NotExisted"})):
        table.title(f"everything answered {name} for 3 s, 20 sends")
        with scene([{"name": "wrong", "match": OF_ACTIONS, **fault}],
                   ONE_BY_ONE) as (emulator, daemon):
            with Load(daemon.socket_path, to_user, rate=1e6, count=20) as load:
                wait(3)
                emulator.set_faults([])
                wait_while(lambda: not load.is_settled(), 10)
                table.exactly("delivered when it has ended", load.statuses()["delivered"], 20)


def kind_hold(table, _):
    held = 118_000
    table.title(f"{held:,} adds whose kind answers 403 Error.Forbidden; sends to the same users")
    rule = {"name": "role", "match": {"operation": "addUserToGroup"}, "status": 403,
            "shape": "service", "errorCode": "Error.Forbidden"}
    with scene([rule]) as (emulator, daemon):
        with Load(daemon.socket_path, to_user, rate=10):
            base = resident(daemon)
            with Load(daemon.socket_path, lambda number: json.dumps(
                    {"actionName": "addUserToGroup", "userId": f"u{number}", "group": "g"}),
                    rate=1e6, count=held) as load:
                wait_while(lambda: load.producer.unsent or len(load.begins) < held, 20)
                wait(2)
                grown = resident(daemon) - base
                delivered, _ = send_good(daemon, 50, 3)
                emulator.set_faults([])
                daemon.status()  # a reload
                took = wait_while(lambda: load.statuses()["delivered"] == 0, 10)
    table.row("resident for each, bytes", f"{1024 * grown / held:,.0f}")
    table.at_least("sends delivered beside it, %", delivered, 95)
    table.at_most("first add delivered after a reload, s", took, 1)


def resident(daemon):
    """KiB"""
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
        return int(next(line for line in file if line.startswith("VmRSS:")).split()[1])
