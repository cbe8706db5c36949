#!/usr/bin/env python3
"""Writes stream_keys.json: keys of records, their hashes and partitions, as kafka-python says.

It shares no code with the client library: keys are put together here from stream.md's words, the
hash is kafka-python's. `pip install kafka-python`, then: make_stream_keys.py > ../stream_keys.json
"""

import importlib.metadata
import json

from kafka.partitioner.default import murmur2

PARTITIONS = (1, 4, 8, 64)

# name, hub as a producer says it, target, name of the target
KEYS = [
    ("a group", "chat", "group", "dashboard"),
    ("a hub in capitals", "CHAT", "group", "dashboard"),
    ("a hub in both letter cases", "Chat", "group", "Dashboard"),
    ("a group of one byte", "chat", "group", "g"),
    ("a group of two bytes", "chat", "group", "gg"),
    ("a group of three bytes", "chat", "group", "ggg"),
    ("a group of four bytes", "chat", "group", "gggg"),
    ("a group with slashes", "chat", "group", "a/b//c/"),
    ("a group with spaces", "chat", "group", "  two words "),
    ("a group that needs escapes", "chat", "group", "\"\\\n\t\u007f"),
    ("a group in German", "chat", "group", "Größe"),
    ("a group in Japanese", "chat", "group", "日本語のグループ"),
    ("a group beyond the first plane", "chat", "group", "🚀🧭"),
    ("a group composed", "chat", "group", "caf\u00e9"),
    ("the same decomposed: another group", "chat", "group", "cafe\u0301"),
    ("the longest group", "chat", "group", "g" * 1024),
    ("a user", "chat", "user", "ann"),
    ("a user in capitals: another user", "chat", "user", "ANN"),
    ("a user that is an address", "chat", "user", "ann@example.com"),
    ("a user with the name of a group", "chat", "user", "dashboard"),
    ("a user in Greek", "chat", "user", "Ἀριστοτέλης"),
    ("a connection", "chat", "connection", "Y2oCWoUsLkFvOZ5YMmtCOA8CZXLRC02"),
    ("all", "chat", "all", ""),
    ("all of a hub in capitals", "CHAT", "all", ""),
    ("a group that is a star", "chat", "group", "*"),
    ("an orderingKey", "chat", "orderingKey", "order-7"),
    ("an orderingKey that is a number", "chat", "orderingKey", "13"),
    ("an orderingKey with U+0000", "chat", "orderingKey", "a\u0000b"),
    ("the longest orderingKey", "chat", "orderingKey", "k" * 256),
    ("a hub of one letter", "h", "user", "u"),
    ("a hub with every kind of character", "Ab9_`,.[]", "group", "g"),
    ("the longest hub", "H" * 128, "group", "g"),
]

INFIXES = {"group": "/g/", "user": "/u/", "connection": "/c/", "all": "/*", "orderingKey": "/k/"}

# Bytes of every length, with the high bit set as well: Java's bytes are signed.
BYTES = [("empty", b""), ("zeros", bytes(4)), ("ones", b"\xff" * 7)]
BYTES += [(f"{size} bytes", bytes((0x7b + 37 * i) % 256 for i in range(size)))
          for size in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 255)]


def hashed(key: bytes) -> dict:
    value = murmur2(key)
    return {"murmur2": value,
            "partitions": {str(count): (value & 0x7fffffff) % count for count in PARTITIONS}}


def main() -> None:
    keys = []
    for title, hub, target, name in KEYS:
        key = hub.lower() + INFIXES[target] + name
        keys.append({"title": title, "hub": hub, "target": target, "name": name, "key": key}
                    | hashed(key.encode()))
    version = importlib.metadata.version("kafka-python")
    about = ["Keys of records of a stream, their murmur2 hashes, and the partitions of a topic",
             "that has so many. The hashes are not those of the client library that is tested by",
             f"them: kafka-python {version} computed them, for",
             "tests/support/kafka/make_stream_keys.py, which wrote this file. Keys are UTF-8."]
    print(json.dumps({"about": " ".join(about), "keys": keys,
                      "bytes": [{"title": title, "hex": data.hex()} | hashed(data)
                                for title, data in BYTES]}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
