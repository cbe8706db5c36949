"""Layout is clang-format's: every .h and .cc is as it would write it."""

import re
import shutil
import subprocess
import sys
import tidy

FORMATTER = "clang-format-14"


def check_format(sources):
    """`sources` may be wrong examples; files of the tree are given by path, which is quicker."""
    mistakes = []
    for path, text in sources.items():
        run = subprocess.run([FORMATTER, f"--assume-filename={tidy.ROOT}/{path}"],
                             input=text.encode(), capture_output=True, check=True)
        if run.stdout.decode() != text:
            mistakes.append(f"{path}: not as {FORMATTER} -i writes it; run that")
    return mistakes


def check_tree(paths):
    run = subprocess.run([FORMATTER, "--dry-run", "-Werror", *paths], cwd=tidy.ROOT,
                         capture_output=True, check=False)
    wrong = sorted(set(re.findall(r"^([^:\n]+):\d+:\d+: error", run.stderr.decode(), re.MULTILINE)))
    if run.returncode != 0 and not wrong:
        wrong = [run.stderr.decode()]
    return [f"{path}: not as {FORMATTER} -i writes it; run that" for path in wrong]


if __name__ == "__main__":
    if shutil.which(FORMATTER) is None:
        sys.exit(f"there is no {FORMATTER}; apt-get install {FORMATTER}")
    tidy.expect(check_format, {"lib/a.cc": "int  a ;\n"}, "lib/a.cc")
    tidy.expect_clean(check_format, {"lib/a.cc": "int a;\n"})
    tidy.report(check_tree(list(tidy.files(".h", ".cc"))))
