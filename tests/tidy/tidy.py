"""What the tidy tests share: finding sources, reporting, and testing a check on wrong examples.

A check is a function from {path: text} to a list of "path:line: what is wrong; the remedy". Each
tidy test first feeds its checks examples that must be reported, so that a check which stopped
seeing anything fails, and then the source tree.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SKIPPED = {"build", ".git", "node_modules", ".cache"}


def files(*suffixes):
    """{path: text} of the files with one of these suffixes; paths are relative to the root."""
    found = {}
    for name in listed():
        if name.endswith(suffixes):
            found[name] = (ROOT / name).read_text(encoding="utf-8")
    return found


def listed():
    """The files that git knows or would take; without git (a source archive), all."""
    git = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=False)
    if git.returncode == 0:
        names = [name for name in git.stdout.decode().split("\0") if name]
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
    return sorted(name for name in names
                  if not SKIPPED & set(name.split("/")) and (ROOT / name).is_file())


def expect(check, example, *words):
    """`check` must report `example`, one mistake that has these words."""
    mistakes = check(example)
    if len(mistakes) != 1 or not all(word in mistakes[0] for word in words):
        sys.exit(f"self-test: {check.__name__} said {mistakes} about {example}, "
                 f"not one mistake with {words}")


def expect_clean(check, example):
    """`check` must not report `example`."""
    mistakes = check(example)
    if mistakes:
        sys.exit(f"self-test: {check.__name__} said {mistakes} about {example}, which is right")


def report(mistakes):
    """Prints the mistakes and ends the test."""
    for mistake in mistakes:
        print(mistake)
    sys.exit(f"{len(mistakes)} mistakes" if mistakes else 0)
