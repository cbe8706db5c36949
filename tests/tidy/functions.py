"""Finds the functions of a C++ file by its braces, well enough to measure them.

No parser: comments, texts and preprocessor lines are blanked out, then each `{` is judged by what
stands before it. A lambda belongs to the function that it stands in.
"""

import re

BLANKED = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"([^()\s\\]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'"""
    r"""|^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*""", re.DOTALL | re.MULTILINE)
CONTAINER = re.compile(r"^(?:inline\s+)?(?:namespace\b|extern\b\s*(?:\x22\x22)?\s*$)"
                       r"|^(?:template\s*<.*>\s*)?(?:class|struct|union|enum)\b[^()=]*$"
                       r"|^(?:class|struct)\b[^=]*\b(?:alignas|CAPABILITY)\b", re.DOTALL)
BODY = re.compile(r"(?:\)|\b(?:const|noexcept|override|final|mutable|try))\s*$")
# A list of values that was closed, as `a_{1}` among a constructor's initializers.
CLOSED = "\x01"
INITIALIZERS = re.compile(r"\)\s*(?:noexcept\s*)?:[^:;].*" + CLOSED + r"\s*$", re.DOTALL)
TRAILING = re.compile(r"\)[^;]*(?:->|\brequires\b)[^;]*$", re.DOTALL)


def blanked(text):
    """The text with the same lines, but nothing in comments, texts and preprocessor lines."""
    def blank(match):
        word = match.group(0)
        kept = '""' if word[0] in "\"R'" else ""
        return kept + "\n" * word.count("\n")
    # Digit separators are no quotes.
    return BLANKED.sub(blank, re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "", text))


def kind_of(header):
    """What a `{` after `header` opens: a container, a function's body, or a list of values."""
    if CONTAINER.search(header):
        return "container"
    bodies = (BODY, INITIALIZERS, TRAILING)
    if "(" in header and any(body.search(header) for body in bodies):
        return "function"
    return "values"


def functions(text):
    """[(first line, last line)] of each function, from its signature to its closing brace."""
    found, stack = [], []
    line, header, header_line = 1, "", None
    for char in blanked(text):
        if char == "{":
            kind = kind_of(header.strip())
            if kind == "function" and header.count("(") > header.count(")"):
                kind, header_line = "argument", line  # a lambda among a call's arguments
            stack.append((kind, header, header_line or line))
            header, header_line = "", None
        elif char == "}" and stack:
            kind, before, first = stack.pop()
            inner = any(outer in ("function", "argument") for outer, _, _ in stack)
            if kind in ("function", "argument") and not inner:
                found.append((first, line))
            header, header_line = "", None
            if kind in ("values", "argument"):
                header, header_line = before + CLOSED, first
        elif char == ("," if stack and stack[-1][0] == "values" else ";"):
            if header.count("(") <= header.count(")"):
                header, header_line = "", None
        else:
            header += char
            if header_line is None and not char.isspace():
                header_line = line
        line += char == "\n"
    return found
