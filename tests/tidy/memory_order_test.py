"""An order of memory that is not relaxed says what it pairs with: a comment on its line or in the
lines above it has "pairs with …" and names the function of the other side, "f()", or points to
where it stands above or below; the name must be one of the tree's.
"""

import re

import tidy

ORDER = re.compile(r"\bmemory_order(?:_|::)(?:acquire|release|acq_rel|seq_cst|consume)\b")
LINES_ABOVE = 7  # a comment may stand for a few operations in a row
PAIRS = re.compile(r"\bpairs? with\b(.*)", re.DOTALL | re.IGNORECASE)
FUNCTION = re.compile(r"\b(?:[A-Za-z_]\w*::)?([A-Za-z_]\w*)\(\)")


def parts_of(line):
    """(code, comment) of a line; the text of a string may be taken for a comment, which is rare."""
    code, _, comment = line.partition("//")
    return code, comment.lstrip("/").strip()


def comment_above(lines, number):
    """The comments of line `number` and of those above it, within the same block of lines."""
    taken = []
    for line in lines[max(0, number - LINES_ABOVE):number + 1]:
        if not line.strip():
            taken = []  # an empty line ends what a comment is about
        taken.append(parts_of(line)[1])
    return " ".join(comment for comment in taken if comment)


def defined_in(sources):
    names = set()
    for text in sources.values():
        for line in text.split("\n"):
            names.update(re.findall(r"\b(\w+)\(", parts_of(line)[0]))
    return names


def check_orders(sources):
    known = defined_in(sources)
    mistakes = []
    for path, text in sources.items():
        lines = text.split("\n")
        for number, line in enumerate(lines):
            order = ORDER.search(parts_of(line)[0])
            if order is None:
                continue
            where = f"{path}:{number + 1}"
            pairs = PAIRS.search(comment_above(lines, number))
            if pairs is None:
                mistakes.append(f"{where}: {order.group()} with nothing said; write above it: "
                                "\"Release pairs with the acquire in f(): why that is enough\"")
                continue
            names = FUNCTION.findall(pairs.group(1))
            if not names and not re.search(r"\b(?:above|below)\b", pairs.group(1)):
                mistakes.append(f"{where}: the comment names no function that it pairs with; write "
                                "\"pairs with the acquire in f()\"")
            for name in names:
                if name not in known:
                    mistakes.append(f"{where}: pairs with {name}(), which is not in the tree; name "
                                    "the function as it is called today")
    return mistakes


def self_test():
    other = {"lib/a/reader.h": "bool is_set() { return true; }\n"}

    def one(text):
        return {**other, "lib/a/b.cc": "\n" + text}

    store = "  flag_.store(true, std::memory_order_release);\n"
    for right in (f"  // Release pairs with the acquire in is_set(): f is seen with it.\n{store}",
                  f"  // Release pairs\n  // with the acquire in Reader::is_set().\n{store}",
                  store.rstrip() + "  // pairs with the load in is_set()\n",
                  f"  // Both pair with is_set().\n{store}  other();\n{store}",
                  f"  // Pairs with the load below.\n{store}",
                  "  flag_.store(true, std::memory_order_relaxed);\n",
                  "  // std::memory_order_release would be too little.\n"):
        tidy.expect_clean(check_orders, one(right))
    for wrong in (store, f"  // Release, so that all is seen.\n{store}",
                  f"  // Pairs with is_set().\n\n{store}",
                  "  // Pairs with is_set().\n" + LINES_ABOVE * "  f();\n" + store,
                  "  fence(std::memory_order::seq_cst);\n",
                  "  x_.load(std::memory_order_acquire);  // is_set()\n"):
        line = 2 + wrong[:wrong.index("memory_order")].count("\n")
        tidy.expect(check_orders, one(wrong), f"lib/a/b.cc:{line}:", "nothing said")
    tidy.expect(check_orders, one(f"  // Release pairs with the reader.\n{store}"), "no function")
    tidy.expect(check_orders, one(f"  // Release pairs with the acquire in was_set().\n{store}"),
                "lib/a/b.cc:3", "was_set()")


if __name__ == "__main__":
    self_test()
    tidy.report(check_orders(tidy.files(".h", ".cc")))
