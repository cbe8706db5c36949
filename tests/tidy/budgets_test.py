"""The budgets and bans of lib/STYLE.md hold: sizes, opening comments, words not to commit.

Documents and scripts of the page have a width only; how long they are is the reader's business.
"""

import re
import sys
import tidy
from functions import functions

MAX_FILE, MAX_HEADER, MAX_FUNCTION, MAX_COLUMNS = 400, 200, 60, 100
CXX = (".h", ".cc")
SOURCES = CXX + (".py", ".sh", ".mjs", "tests/run", ".ci/run", "daemon/demo")
DOCUMENTS = (".md", ".js")

# Still wider; take a file out once its tables are lists.
WIDE = {"lib/DESIGN.md", "lib/README.md"}

# A line of the protocol is an example of lib/PROTOCOL.md (```json reply), and cannot be broken.
PROTOCOL_FENCE = re.compile(r"\s*```json \w")

# In two halves, so that this file does not report itself.
BANNED = [
    (re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b"), SOURCES, "", "finish it, or name an issue"),
    (re.compile(r"\busing\s+name" r"space\b"), CXX, "", "name what you use"),
    (re.compile(r"\b(?:DIS" r"ABLED_\w|GTEST_" r"SKIP)"), CXX, "",
     "a test is fixed or deleted, never disabled"),
    (re.compile(r"\b(?:sleep_" r"for|sleep_" r"until|us" r"leep|nano" r"sleep)\b|\bsle" r"ep\("),
     CXX, "tests/", "wait on the event with a deadline"),
    (re.compile(r"^\s*thr" r"ow\b"), CXX, "lib/", "return an Error; we do not throw"),
]
MAY_SLEEP = "tests/support/"


def check_sizes(sources):
    mistakes = []
    for path, text in sources.items():
        most = MAX_HEADER if path.endswith(".h") else MAX_FILE
        lines = text.count("\n")
        if lines > most:
            mistakes.append(f"{path}:{most}: {lines} lines, {most} at most; split it by topic")
    return mistakes


def check_columns(sources):
    mistakes = []
    for path, text in sources.items():
        for number, line in breakable_lines(path, text):
            if len(line) > MAX_COLUMNS:
                mistakes.append(f"{path}:{number}: {len(line)} columns, {MAX_COLUMNS} at most; "
                                "break it (a table that is wider is better a list)")
    return mistakes


def check_wide(sources):
    """What is excused needs the excuse."""
    return [f"{path}: has no line of more than {MAX_COLUMNS} columns; take it out of WIDE"
            for path, text in sources.items() if not check_columns({path: text})]


def breakable_lines(path, text):
    """(number, line) of all lines but the examples of the protocol."""
    fence = None
    for number, line in enumerate(text.split("\n"), 1):
        if path.endswith(".md") and line.lstrip().startswith("```"):
            fence = None if fence is not None else line
        elif fence is None or not PROTOCOL_FENCE.match(fence):
            yield number, line


def check_functions(sources):
    mistakes = []
    for path, text in sources.items():
        for first, last in functions(text) if path.endswith(CXX) else []:
            if last - first + 1 > MAX_FUNCTION:
                mistakes.append(f"{path}:{first}: a function of {last - first + 1} lines, "
                                f"{MAX_FUNCTION} at most; give its parts names")
    return mistakes


def check_opening(sources):
    """A file opens with its contract; a .cc may leave it to the header of its name."""
    mistakes = []
    for path, text in sources.items():
        if path.endswith(".h") and not re.match(r"#pragma once\n\n// ?\S", text):
            mistakes.append(f"{path}:1: opens without its contract; after #pragma once and a "
                            "blank line write what it is, what is always true, and which thread "
                            "may call it")
        opens = text.startswith("// ") or opens_with_own_header(path, text)
        if path.endswith(".cc") and not opens:
            mistakes.append(f"{path}:1: opens without its contract; say in a comment what it is, "
                            "or include its own header first")
    return mistakes


def opens_with_own_header(path, text):
    name = re.sub(r"(?:_test)?\.cc$", ".h", path.split("/")[-1])
    return re.match(r'#include "(?:\w+/)+' + re.escape(name) + '"', text) is not None


def check_bans(sources):
    mistakes = []
    for path, text in sources.items():
        for number, line in enumerate(text.split("\n"), 1):
            for pattern, suffixes, folder, remedy in BANNED:
                found = path.endswith(suffixes) and path.startswith(folder) and pattern.search(line)
                if found and not (folder == "tests/" and path.startswith(MAY_SLEEP)):
                    mistakes.append(f"{path}:{number}: {found.group(0).strip()}; {remedy}")
    return mistakes


def self_test():
    tidy.expect_clean(check_sizes, {"a.cc": "\n" * MAX_FILE, "a.h": "\n" * MAX_HEADER})
    tidy.expect(check_sizes, {"a.cc": "\n" * (MAX_FILE + 1)}, "a.cc")
    tidy.expect(check_sizes, {"a.h": "\n" * (MAX_HEADER + 1)}, "a.h")
    tidy.expect_clean(check_columns, {"a.cc": "ä" * MAX_COLUMNS})
    self_test_columns()
    self_test_functions()
    contract = "#pragma once\n\n// What it is.\n"
    tidy.expect_clean(check_opening, {"lib/a/b.h": contract, "lib/a/b.cc": '#include "a/b.h"\n',
                                      "tests/a/b_test.cc": '#include "a/b.h"\n',
                                      "x.cc": "// What.\n"})
    late = "#pragma once\n\n#include <x>\n// Late.\n"
    tidy.expect(check_opening, {"lib/a/b.h": late}, "lib/a/b.h:1")
    tidy.expect(check_opening, {"lib/a/b.cc": '#include "a/c.h"\n'}, "lib/a/b.cc:1")
    for pattern, example in [("TO" + "DO", "lib/a.cc"), ("FIX" + "ME", "tests/run"),
                             ("using name" + "space std;", "lib/a.h"),
                             ("TEST(A, DIS" + "ABLED_B) {", "tests/a.cc"),
                             ("GTEST_" + "SKIP();", "tests/a.cc"),
                             ("std::this_thread::sleep_" + "for(1s);", "tests/a.cc"),
                             ("us" + "leep(5);", "tests/a/b.cc"), ("  thr" + "ow 5;", "lib/a.cc")]:
        tidy.expect(check_bans, {example: "// x\n" + pattern}, f"{example}:2")
    tidy.expect_clean(check_bans, {"tests/support/a.cc": "us" + "leep(5);",
                                   "lib/a.cc": "sleep_" + "for(1s);"})


def self_test_columns():
    long = "a" * (MAX_COLUMNS + 1)
    for path in ("a.cc", "a.py", "a.md", "a.js"):
        tidy.expect(check_columns, {path: "\n" + long}, f"{path}:2")
    tidy.expect(check_columns, {"a.md": f"| {long} |\n"}, "a.md:1", "list")
    tidy.expect_clean(check_columns, {"a.md": f"```json reply\n{long}\n```\n"})
    tidy.expect(check_columns, {"a.md": f"```json\n{long}\n```\n"}, "a.md:2")
    tidy.expect(check_columns, {"a.md": f"```json reply\n```\n{long}\n"}, "a.md:3")
    tidy.expect_clean(check_wide, {"a.md": long})
    tidy.expect(check_wide, {"a.md": "short"}, "WIDE")
    tidy.expect(check_columns, {"a.py": f"```json reply\n{long}\n```\n"}, "a.py:2")


def self_test_functions():
    body = "  f();\n" * (MAX_FUNCTION - 2)
    for signature in ["void f() {", "TEST(A, B) {", "int C::f() const noexcept {",
                      "auto f(int (*g)(int)) -> std::vector<int> {",
                      "C::C() : a_{1}, b_(2), c_{3} {",
                      "template <typename T>\nvoid f(T t) requires std::integral<T> {",
                      "class C {\n void f() override {",
                      "namespace a {\nstruct S final : T {\n S() {",
                      "const auto f = [](int a) {",
                      'const char* s = "{"; char c = \'{\';\nint f() {',
                      "enum class E { kA, kB };\nint f() {", "int a[] = {1, 2};\nint f(int b) {",
                      "#define X {\nint f() {", "int f(std::vector<int> v = {}) {",
                      'extern "C" {\ntypedef enum E { kA } E;\nint f() {']:
        before = signature.count("\n") if not signature.startswith("template") else 0
        extra = signature.count("\n") - before
        right = {"a.cc": signature + "\n" + body[:len(body) - 7 * extra] + "}\n}\n}\n"}
        wrong = {"a.cc": signature + "\n" + body + "  f();\n" + "}\n}\n}\n"}
        tidy.expect_clean(check_functions, right)
        tidy.expect(check_functions, wrong, f"a.cc:{before + 1}")
    call = "CALL(\n" + "  {1, 2},\n" * 100 + "  [](const auto& row) {\n    return row;\n  });\n"
    tidy.expect_clean(check_functions, {"a.cc": call})
    argument = "CALL(1,\n  [](int a) {\n" + body + "  f();\n});"
    tidy.expect(check_functions, {"a.cc": argument}, "a.cc:2")
    lambdas = "const Row kRows[] = {\n" + '  {"a", [](int& x, int y) { x = y; }},\n' * 100 + "};\n"
    tidy.expect_clean(check_functions, {"a.cc": lambdas})
    table = "const int kTable[] = {\n" + "  {1, 2},\n" * 100 + "};\n"
    members = "class C {\n" + " int a;\n" * 100 + "};"
    tidy.expect_clean(check_functions, {"a.cc": table, "b.cc": members})


if __name__ == "__main__":
    self_test()
    tree = tidy.files(*SOURCES)
    documents = tidy.files(*DOCUMENTS)
    if not tree or not documents:
        sys.exit("no sources found")
    tidy.report([mistake for check in (check_sizes, check_columns, check_functions, check_opening,
                                       check_bans) for mistake in check(tree)]
                + check_columns({path: text for path, text in documents.items()
                                 if path not in WIDE})
                + check_wide({path: documents[path] for path in WIDE}))
