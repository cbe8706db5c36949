"""awpsctl's manual page and its completion know every command and every option of --help."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from programs import ROOT, binary

MANUAL = ROOT / "daemon/manual/pages/awpsctl.1.in"
COMPLETION = ROOT / "daemon/manual/completions/awpsctl"
HELP = {"--help", "--version"}


def help_of(command):
    """(options, subcommands) of `awpsctl COMMAND --help`."""
    text = subprocess.run([binary("awpsctl"), *command, "--help"], capture_output=True, text=True,
                          check=True).stdout
    options = set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", text, re.MULTILINE))
    _, _, listed = text.partition("\nSubcommands:\n")
    return options, re.findall(r"^  ([\w-]+) ", listed, re.MULTILINE)


def commands():
    """{("dead-letters", "list"): its options} of all that do something; (): the common ones."""
    found, waiting = {}, [()]
    while waiting:
        command = waiting.pop()
        options, below = help_of(command)
        waiting += [command + (name,) for name in below]
        if not below or not command:
            found[command] = options - HELP
    return found


def manual_sections():
    """{command: the options that its section of the manual explains}; (): the common ones."""
    text = MANUAL.read_text(encoding="utf-8").replace("\\-", "-")
    common = re.search(r"^\.SH COMMON OPTIONS\n(.*?)^\.SH", text, re.MULTILINE | re.DOTALL)
    listed = re.search(r"^\.SH COMMANDS\n(.*?)^\.SH", text, re.MULTILINE | re.DOTALL)
    sections = {(): common.group(1)}
    for part in listed.group(1).split("\n.SS ")[0:]:
        name, _, body = part.removeprefix(".SS ").partition("\n")
        sections[tuple(name.split())] = body
    return {name: set(re.findall(r"^\.TP\n\.(?:BI|B) (--[\w-]+)", body, re.MULTILINE))
            - HELP for name, body in sections.items()}


def completions(*words, **options):
    """What bash would offer behind `awpsctl WORDS…`; the last word is the one begun."""
    script = ('source "$0"; COMP_WORDS=(awpsctl "$@"); COMP_CWORD=$#; _awpsctl; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "--norc", "-c", script, str(COMPLETION), *words],
                          capture_output=True, text=True, check=True, **options)
    assert not done.stderr, done.stderr
    return {word for word in done.stdout.split("\n") if word}


class Manual(unittest.TestCase):
    def setUp(self):
        self.commands = commands()

    def test_help_is_read(self):
        self.assertIn(("dead-letters", "export"), self.commands)
        self.assertIn("--yes", self.commands[("dead-letters", "purge")])
        self.assertGreater(len(self.commands), 15)

    def test_manual_has_every_command_and_option(self):
        self.assertEqual(manual_sections(), self.commands)

    def test_completion_has_every_command(self):
        firsts = {command[0] for command in self.commands if command}
        self.assertEqual(completions(""), firsts)
        for first in sorted(firsts):
            seconds = {command[1] for command in self.commands
                       if len(command) == 2 and command[0] == first}
            if seconds:
                self.assertEqual(completions(first, ""), seconds, first)

    def test_completion_has_every_option(self):
        common = self.commands[()] | HELP
        for command, options in self.commands.items():
            with self.subTest(command=command):
                self.assertEqual(completions(*command, "--"), options | common)

    def test_completion_sees_the_command_behind_common_options(self):
        self.assertIn("--names", completions("--admin", "unix:/a", "--json", "hubs", "--n"))

    def test_completion_offers_values(self):
        self.assertEqual(completions("send", "--ack", ""), {"delivered", "accepted"})
        self.assertEqual(completions("log", ""), {"error", "warning", "info", "debug"})

    def test_completion_offers_every_action(self):
        header = (ROOT / "lib/action/action.h").read_text(encoding="utf-8")
        _, _, listed = header.partition("kActionNames = {")
        names = set(re.findall(r'"(\w+)"', listed.partition("};")[0]))
        self.assertGreater(len(names), 14)
        self.assertEqual(completions("send", "--action", ""), names)
        self.assertEqual(completions("send", "--action", "closeU"), {"closeUserConnections"})

    def test_completion_carries_out_nothing_that_others_have_named(self):
        hubs = ["chat", "ne`touch a`ws", "$(touch b)", "a*", "two words", "x;touch c", "e'f"]
        with tempfile.TemporaryDirectory() as folder:
            stub = Path(folder, "awpsctl")
            stub.write_text("#!/bin/sh\ncat <<'EOF'\n" + "\n".join(hubs) + "\nEOF\n")
            stub.chmod(0o755)
            Path(folder, "a file").touch()
            there = sorted(os.listdir(folder))
            shell = {"cwd": folder, "env": {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}}
            for words in (("pause", ""), ("status", "--hub", "")):
                offered = completions(*words, **shell)
                # What is offered stands on a command line, where it has to mean the hub.
                meant = subprocess.run(["bash", "-c", "printf '%s\\n' " + " ".join(offered)],
                                       capture_output=True, text=True, check=True, **shell).stdout
                self.assertEqual(sorted(meant.splitlines()), sorted(hubs))
            self.assertEqual(completions("pause", "ne`", **shell), {"ne\\`touch\\ a\\`ws"})
            self.assertEqual(completions("pause", "ne\\`", **shell), {"ne\\`touch\\ a\\`ws"})
            self.assertEqual(completions("send", "a", **shell), {"a file", "awpsctl"})
            self.assertEqual(sorted(os.listdir(folder)), there)


if __name__ == "__main__":
    unittest.main(verbosity=2)
