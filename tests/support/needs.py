#!/usr/bin/env python3
"""Runs a test if the packages that it needs are there; else says in one line which are not.

    needs.py PACKAGE… -- COMMAND…

A PACKAGE is one of Debian's, or `npm:FOLDER`: the packages of FOLDER/package.json, or
`venv:FOLDER`: those of FOLDER/requirements.txt in FOLDER/.venv, or `kafka`: Java, a broker's jars
and its Python clients. A program that came another way than by its package will do. Ends with 77,
what ctest calls skipped, if one is missing, else as COMMAND does.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

SKIPPED = 77
# Where the program is not called as its package.
PROGRAMS = {"nodejs": "node", "php-cli": "php", "chromium-driver": "chromedriver",
            "netcat-openbsd": "nc", "man-db": "man", "dpkg-dev": "dpkg-shlibdeps",
            "openjdk-17-jdk-headless": "javac"}
KAFKA = Path(__file__).resolve().parent / "kafka"
KAFKA_JARS = Path(os.environ.get("AWPS_KAFKA", KAFKA.parents[2] / "build/kafka"))


def is_installed(package):
    if shutil.which(PROGRAMS.get(package, package)):
        return True
    query = shutil.which("dpkg-query")
    if query is None:
        return True  # no Debian: the test itself will say what it lacks
    said = subprocess.run([query, "-W", "-f", "${db:Status-Status}", package],
                          capture_output=True, text=True, check=False)
    return said.stdout == "installed"


def missing_of_npm(folder):
    """npm writes its lock file last: with it, all is there."""
    if Path(folder, "node_modules/.package-lock.json").exists():
        return []
    return list(json.loads(Path(folder, "package.json").read_text())["devDependencies"])


def missing_of_venv(folder):
    """tests/run leaves the list there of what it has installed."""
    wanted = Path(folder, "requirements.txt").read_text()
    installed = Path(folder, ".venv/requirements.txt")
    if installed.exists() and installed.read_text() == wanted:
        return []
    return wanted.split()


def missing_of_kafka():
    """kafka.py leaves the pom beside the jars that it has fetched."""
    wanted, fetched = KAFKA / "pom.xml", KAFKA_JARS / "pom.xml"
    found = [] if is_installed("openjdk-17-jdk-headless") else ["openjdk-17-jdk-headless"]
    if not fetched.exists() or fetched.read_text() != wanted.read_text():
        found.append(f"the jars of {wanted} (by maven)")
    return found + missing_of_venv(KAFKA)


def missing(needs):
    found = []
    for need in needs:
        if need.startswith("npm:"):
            found += missing_of_npm(need.removeprefix("npm:"))
        elif need.startswith("venv:"):
            found += missing_of_venv(need.removeprefix("venv:"))
        elif need == "kafka":
            found += missing_of_kafka()
        elif not is_installed(need):
            found.append(need)
    return found


def main(arguments):
    split = arguments.index("--")
    lacking = missing(arguments[:split])
    if lacking:
        print(f"SKIPPED: it needs packages that are not installed: {', '.join(lacking)}")
        return SKIPPED
    command = arguments[split + 1:]
    os.execvp(command[0], command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
