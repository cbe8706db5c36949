"""A name has one meaning: no function of a header is declared again, with equal parameters, in a
header of another module or program. The emulator and the client library are worlds of their own.
"""

import re

import tidy

# They share no code with the daemon, on purpose, and have namespaces of their own.
APART = ("lib/emulator/", "lib/client/")
# A function at the outermost level of a header, as clang-format writes it.
FUNCTION = re.compile(
    r"^(?! |(?:using|return|struct|class|enum|namespace|template|typedef|extern)\b)"
    r"(?:\[\[\w+\]\] |inline |constexpr |static )*[\w:<>,&* ]+?[ &*](\w+)\(([^()]*)\)"
    r"(?: noexcept)?(?:;| \{)", re.MULTILINE)


def without_noise(text):
    """Comments gone; statements that clang-format broke, joined."""
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r"\n {4,}", " ", re.sub(r"^#[^\n]*", "", text, flags=re.MULTILINE))


def types_of(parameters):
    """"const Entry& entry, int n = 3" → ("const Entry&", "int")."""
    types = []
    for parameter in re.split(r",(?![^<]*>)", parameters):
        bare = parameter.split("=")[0].strip()
        types.append(re.sub(r"(?<=[&*\s>])\w+$", "", bare).strip() or bare)
    return tuple(types)


def module_of(path):
    return "/".join(path.split("/")[:2])


def functions_of(sources):
    """[(name, types, path, line)]"""
    found = []
    for path, text in sources.items():
        if not path.endswith(".h") or path.startswith(APART):
            continue
        for match in FUNCTION.finditer(without_noise(text)):
            name = match.group(1)
            line = text[:max(text.find(name + "("), 0)].count("\n") + 1
            found.append((name, types_of(match.group(2)), path, line))
    return found


def check_names(sources):
    first = {}
    mistakes = []
    for name, types, path, line in functions_of(sources):
        other = first.setdefault((name, types), path)
        if module_of(other) != module_of(path):
            mistakes.append(f"{path}:{line}: {name}({', '.join(types)}) is declared in {other}, "
                            "too; one name has one meaning: share it, or say what differs")
    return mistakes


def self_test():
    one = "// x\nstd::string canonical(std::string_view name);\n"
    two = "inline std::string canonical(std::string_view\n    text) {\n  return {};\n}\n"
    tidy.expect(check_names, {"lib/config/a.h": one, "daemon/awpsctl/b.h": two},
                "daemon/awpsctl/b.h:1", "canonical(std::string_view)", "lib/config/a.h")
    tidy.expect_clean(check_names, {"lib/config/a.h": one, "lib/config/b.h": two})
    tidy.expect_clean(check_names, {"lib/config/a.h": one, "lib/emulator/b.h": two})
    tidy.expect_clean(check_names, {"lib/a/a.h": "std::string_view name_of(Kind kind);\n",
                                    "lib/b/b.h": "std::string_view name_of(Form form);\n"})
    tidy.expect_clean(check_names, {"lib/a/a.h": "class A {\n  int size(int n) const;\n};\n",
                                    "lib/b/b.h": "class B {\n  int size(int n) const;\n};\n"})
    assert len(functions_of({"lib/a/a.h": one + two})) == 2


self_test()
tidy.report(check_names({path: text for path, text in tidy.files(".h").items()
                         if path.startswith(("lib/", "daemon/"))}))
