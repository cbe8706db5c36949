"""Links in documents lead somewhere: to a file of the tree, and to a heading of it."""

import os.path
import re
import tidy

FENCED = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]+\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def anchors(text):
    """As GitHub makes them from headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in HEADING.findall(FENCED.sub("", text))}


def check_links(sources, names):
    mistakes = []
    folders = {os.path.dirname(name) for name in names}
    for path, text in sources.items():
        for link in LINK.finditer(FENCED.sub(lambda fence: "\n" * fence[0].count("\n"), text)):
            target, anchor = link.groups()
            where = f"{path}:{text.count(chr(10), 0, link.start()) + 1}"
            file = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
            if file not in names and file not in folders:
                mistakes.append(f"{where}: there is no {file}; correct the link")
            elif anchor and anchor not in anchors(sources.get(file, "")):
                mistakes.append(f"{where}: {file} has no heading #{anchor}; correct the link")
    return mistakes


def self_test():
    def check(sources):
        return check_links(sources, {*sources, "lib/a/b.h"})

    right = ("# One *two*: `three`\n[a](../README.md) [b](a/b.h) [c](a) [d](#one-two-three)\n"
             "[e](https://x.y/z.md)\n```\n[f](g.md)\n```\n")
    tidy.expect_clean(check, {"lib/x.md": right, "README.md": "[g](lib/x.md#one-two-three)"})
    tidy.expect(check, {"lib/x.md": "\n[a](README.md)", "README.md": ""}, "lib/x.md:2", "README.md")
    tidy.expect(check, {"x.md": "# A\n```\n# B\n```\n[a](#b)"}, "x.md", "#b")
    tidy.expect(check, {"x.md": "[a](y.md#c)", "y.md": "# B\n"}, "x.md:1", "y.md", "#c")


if __name__ == "__main__":
    self_test()
    tidy.report(check_links(tidy.files(".md"), set(tidy.listed())))
