"""Fault points (lib/base/fault_point.h): the daemon's pass() does nothing, and what kills is in
tests/fault alone; there a point has the name that its enumerator has. That no byte of it is in the
program is scenario/durable_kills's to see.
"""

import re

import tidy

HEADER = "lib/base/fault_point.h"
EMPTY = "lib/base/fault_point.cc"
FAULTY = "tests/fault/fault_point.cc"
CMAKE = "lib/CMakeLists.txt"
CALL = re.compile(r"\bpass\((?:awps::)?FaultPoint::(k\w+)\)")
VARIABLE = "AWPSD_" "FAULT"


def points_of(header):
    body = re.search(r"enum class FaultPoint[^{]*\{(.*?)\n\};", header, re.DOTALL)
    return re.findall(r"^ *(k\w+),", re.sub(r"//[^\n]*", "", body.group(1)), re.MULTILINE)


def snake_case(enumerator):
    return re.sub(r"(?<!^)([A-Z])", r"_\1", enumerator[1:]).lower()


def check_empty(sources):
    mistakes = []
    if "void pass(FaultPoint /*point*/) {}\n" not in sources[EMPTY]:
        mistakes.append(f"{EMPTY}: the daemon's pass() does something; it must do nothing")
    if not re.search(r"awps_module\(base\b[^)]*\bREPLACEABLE fault_point\.cc\b", sources[CMAKE]):
        mistakes.append(f"{CMAKE}: fault_point.cc is not REPLACEABLE in base; compiled with "
                        "others, it would come into awpsd-fault with them")
    return mistakes


def check_apart(sources):
    return [f"{path}: reads {VARIABLE}; what kills on request is in tests/fault alone"
            for path, text in sources.items()
            if path.startswith(("lib/", "daemon/")) and path.endswith((".cc", ".h"))
            and VARIABLE in text]


def check_passed(sources):
    """In the daemon's sources, or where awpsd-fault takes a write apart."""
    passed = {point for path, text in sources.items()
              if path.startswith(("lib/", "daemon/")) or path == FAULTY
              for point in CALL.findall(text)}
    return [f"{HEADER}: nobody passes {point}; a test that waits for it would wait in vain"
            for point in points_of(sources[HEADER]) if point not in passed]


def check_spelling(sources):
    table = re.search(r"\bkNames = \{(.*?)\}", sources[FAULTY], re.DOTALL)
    names = re.findall(r'"(\w+)"', table.group(1))
    wanted = [snake_case(point) for point in points_of(sources[HEADER])]
    return [] if names == wanted else [f"{FAULTY}: kNames is {names}; {HEADER} has {wanted}"]


def self_test():
    enum = ("enum class FaultPoint : uint8_t {\n  // Of one.\n  kA,  // a kB, too\n"
            "  kTwoWords,\n};\n")
    assert points_of(enum) == ["kA", "kTwoWords"] and snake_case("kTwoWords") == "two_words"
    right = {EMPTY: "void pass(FaultPoint /*point*/) {}\n",
             CMAKE: "awps_module(base LIBRARIES a\n  REPLACEABLE fault_point.cc)\n"}
    tidy.expect_clean(check_empty, right)
    tidy.expect(check_empty, {**right, EMPTY: "void pass(FaultPoint point) { f(); }\n"}, EMPTY)
    tidy.expect(check_empty, {**right, CMAKE: "awps_module(base)\n"}, CMAKE)
    tidy.expect(check_apart, {"lib/a/b.cc": f'getenv("{VARIABLE}")'}, "lib/a/b.cc")
    tidy.expect_clean(check_apart, {"tests/fault/b.cc": f'getenv("{VARIABLE}")'})
    calls = {HEADER: enum, "lib/a/b.cc": "  if (x) pass(FaultPoint::kA);\n",
             FAULTY: "awps::pass(awps::FaultPoint::kTwoWords);\n"}
    tidy.expect_clean(check_passed, calls)
    tidy.expect(check_passed, {**calls, "lib/a/b.cc": ""}, "kA")
    names = 'kNames = {{"a", "{}"}};\n'
    tidy.expect_clean(check_spelling, {HEADER: enum, FAULTY: names.format("two_words")})
    tidy.expect(check_spelling, {HEADER: enum, FAULTY: names.format("twowords")}, "two_words")


if __name__ == "__main__":
    self_test()
    tree = tidy.files(".h", ".cc", CMAKE)
    tidy.report(check_empty(tree) + check_apart(tree) + check_passed(tree) + check_spelling(tree))
