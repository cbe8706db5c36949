"""What comments cite is there: "DESIGN.md §4.1" names a document of the tree that has section 4.1,
and a document that is named without a section is in the tree, too. In a document a bare "§4" is
one of its own; elsewhere a § names its document, an RFC, or a publication by its title in quotes.
"""

import re

import tidy

SUFFIXES = (".md", ".h", ".cc", ".c", ".py", ".sh", ".mjs", ".js", ".in", ".txt", ".cmake", ".toml",
            ".yml", ".service", ".socket", ".conf", ".html", ".css")
SECTION = r"§(\d+(?:\.\d+)*)"
DOCUMENT = r"[\w./-]+\.md|RFC \d+"
# One document and its sections: "DESIGN.md §3, §4", "[X.md](../X.md) §7", "§9 of [X.md](../X.md)".
CITATION = re.compile(
    rf"\[?(?P<document>{DOCUMENT})(?:\]\([^)]*\))?\)? (?P<sections>{SECTION}(?:(?:,| and| or|, and)"
    rf" {SECTION})*)|(?P<after>{SECTION}) of \[?(?P<of>{DOCUMENT})|(?P<title>[^\s/]\", {SECTION})"
    rf"|(?P<bare>§\S*)")
HEADING = re.compile(r"^#+ (\d+(?:\.\d+)*)\.? ", re.MULTILINE)


def folded(text):
    """The text with a space for each line end and the comment marks after it; as long as before."""
    return re.sub(r"\n[ \t]*(?://+|#|\*|;)?[ \t]*", lambda end: " " * len(end.group()), text)


def citations_of(text):
    """[(position, document or "", section)]"""
    found = []
    line = folded(text)
    line = re.sub(r"(?<=\S)( +)(?=§)", lambda gap: " " + "\0" * (len(gap.group()) - 1), line)
    kept = [position for position, letter in enumerate(line) if letter != "\0"]
    for match in CITATION.finditer(line.replace("\0", "")):
        position = kept[match.start()]
        if match["sections"]:
            found += [(position, match["document"], section)
                      for section in re.findall(SECTION, match["sections"])]
        elif match["after"]:
            found.append((position, match["of"], match["after"][1:]))
        elif match["bare"]:
            section = re.match(SECTION, match["bare"])
            found.append((position, "", section.group(1) if section else ""))
    return found


def check_documents(sources):
    """A comment names no document that its reader does not have."""
    known = {path.rsplit("/", 1)[-1] for path in sources if path.endswith(".md")}
    mistakes = []
    for path, text in sources.items():
        if not path.endswith((".h", ".cc")):
            continue
        for match in re.finditer(r"//.*?([\w./-]+\.md)\b", text):
            if match.group(1).rsplit("/", 1)[-1] not in known:
                line = text.count(chr(10), 0, match.start()) + 1
                mistakes.append(f"{path}:{line}: {match.group(1)} is not in the tree; name what a "
                                "reader has")
    return mistakes


def check_citations(sources):
    sections = {path: set(HEADING.findall(text)) for path, text in sources.items()
                if path.endswith(".md")}
    mistakes = []
    for path, text in sources.items():
        for position, document, section in citations_of(text):
            where = f"{path}:{text.count(chr(10), 0, position) + 1}"
            if document.startswith("RFC "):
                continue
            if not document and not path.endswith(".md"):
                mistakes.append(f"{where}: §{section} of what? Name the document: DESIGN.md "
                                f"§{section}")
                continue
            name = document.rsplit("/", 1)[-1]
            cited = [path] if not document else [known for known in sections
                                                 if known.rsplit("/", 1)[-1] == name]
            if not cited:
                mistakes.append(f"{where}: {document} is not in the tree; cite what a reader has")
            elif not any(section in sections[known] for known in cited):
                mistakes.append(f"{where}: {cited[0]} has no section {section or '(no number)'}; "
                                "cite one that it has")
    return mistakes


def self_test():
    document = "# Title\n\n## 3. Order\n\n### 3.1 Lanes\n\n## 4. More\n"

    def tree(path, text):
        return {"lib/DESIGN.md": document, path: text}

    for right in ("// The table of DESIGN.md §3.\n", "# DESIGN.md §3, §4 and §3.1\n",
                  "// as DESIGN.md\n// §3.1 says\n", "// RFC 9438 §4.2\n", "// RFC\n",
                  "// (\"Data\n// Networks\", §6.5.2)\n", "/// lib/DESIGN.md §4\n"):
        tidy.expect_clean(check_citations, tree("lib/a/b.h", right))
    for right in ("[D](DESIGN.md) and [DESIGN.md](../DESIGN.md) §3\n", "§4 of [DESIGN.md](x)\n",
                  "# A\n\n## 7. B\n\nsee §7, (§7)\n"):
        tidy.expect_clean(check_citations, tree("lib/OTHER.md", right))
    for wrong, word in (("// design §3\n", "§3 of what"), ("// see §3.1\n", "§3.1 of what"),
                        ("// DESIGN.md §5\n", "no section 5"), ("// DESIGN.md §3.2\n", "3.2"),
                        ("// DESIGN.md §3, §5\n", "no section 5"),
                        ("// DESIGN.md\n// §5\n", "no section 5"),
                        ("// azure.md §1\n", "azure.md is not in the tree"),
                        ("// as § says\n", "of what")):
        tidy.expect(check_citations, tree("lib/a/b.h", "\n" + wrong), "lib/a/b.h:2", word)
    tidy.expect_clean(check_documents, tree("lib/a/b.h", "// see DESIGN.md\nf(\"other.md\");\n"))
    tidy.expect(check_documents, tree("lib/a/b.h", "\n// as azure/service.md has it\n"),
                "lib/a/b.h:2", "azure/service.md")
    tidy.expect(check_citations, tree("lib/OTHER.md", "## 7. B\n\n§8\n"), "lib/OTHER.md:3",
                "no section 8")
    tidy.expect(check_citations, tree("lib/OTHER.md", "§9 of [DESIGN.md](DESIGN.md)"), "section 9")


if __name__ == "__main__":
    self_test()
    own = "tests/tidy/citations_test.py"
    found = {path: text for path, text in tidy.files(*SUFFIXES).items() if path != own}
    tidy.report(check_citations(found) + check_documents(found))
