#!/usr/bin/env python3
"""Sends each line of the standard input, "GROUP TEXT", to that group over awpsd's socket, and ends
with status 0 when everything is delivered.

    echo "device-7 on" | ./send.py [SOCKET]
"""

import json
import os
import socket
import sys
import threading

GOOD = ("delivered", "superseded")


class ReplyReader(threading.Thread):
    """Reads while the main thread writes. Without that, awpsd would stop reading at some time."""

    def __init__(self, connection):
        super().__init__(daemon=True)  # an interrupted program does not wait for it
        self.replies = connection.makefile("r", encoding="utf-8")
        self.good = 0
        self.is_all_written = False

    def run(self):
        try:
            for line in self.replies:
                self.take(json.loads(line))
        finally:
            if not self.is_all_written:  # the main thread may wait for more input, without end
                print("awpsd ended the connection before the end of the input", file=sys.stderr,
                      flush=True)
                os._exit(1)

    def take(self, reply):
        if reply["status"] in GOOD:
            self.good += reply["to"] - reply["from"] + 1 if "from" in reply else 1
        elif reply["status"] == "warning":
            print("warning:", reply["message"], file=sys.stderr)
        elif reply["status"] != "ready":
            print(f"line {reply['seq']}: {reply['error']['message']}", file=sys.stderr)


def actions(lines):
    """`lines` are bytes that end at line feeds only. Bytes that are not UTF-8 raise an error."""
    yield {"hello": {"ack": "delivered", "producer": "python example"}}
    for line in lines:
        group, _, text = line.decode().rstrip("\n").partition(" ")
        yield {"actionName": "sendToGroup", "group": group, "data": text}


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "/run/awpsd/awpsd.sock"
    sent = -1  # without the hello
    is_whole = False  # all of the input is written
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        reader = ReplyReader(connection)
        reader.start()
        try:
            for action in actions(sys.stdin.buffer):
                sent += 1
                connection.sendall(json.dumps(action).encode() + b"\n")
            is_whole = True
        except OSError as error:  # what was confirmed before is counted
            print(f"{path}: {error}", file=sys.stderr)
        except UnicodeDecodeError as error:
            print(f"line {sent + 1}: {error}", file=sys.stderr)
        finally:
            reader.is_all_written = True
            connection.shutdown(socket.SHUT_WR)  # awpsd answers the rest, and closes
        while reader.is_alive():
            reader.join(0.5)  # else an interrupt just before it would wait with it
    if reader.good < sent:
        print(f"{sent - reader.good} of {sent} are not delivered", file=sys.stderr)
    return 0 if is_whole and reader.good == sent else 1


if __name__ == "__main__":
    sys.exit(main())
