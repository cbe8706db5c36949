"""The top of the tree is the agreed one: a new folder there is a decision, not an accident."""

import tidy

ALLOWED = {".ci", ".clang-format", ".clang-tidy", ".gitignore", "CMakeLists.txt",
           "CMakePresets.json", "LICENSE", "README.md", "bench", "config", "daemon", "lib",
           "systemd", "tests"}


def check_top_level(names):
    tops = sorted({name.split("/")[0] for name in names} - ALLOWED)
    return [f"{top}: not of the agreed top level; put it into one of its folders, or agree on it "
            "in tests/tidy/top_level_test.py" for top in tops]


if __name__ == "__main__":
    tidy.expect_clean(check_top_level, ["lib/a/b.cc", "README.md"])
    tidy.expect(check_top_level, ["lib/a/b.cc", "notes.txt"], "notes.txt")
    tidy.expect(check_top_level, ["src/a.cc", "src/b.cc"], "src")
    tidy.report(check_top_level(tidy.listed()))
