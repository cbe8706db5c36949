"""The layers of lib/CMakeLists.txt hold: who includes whom, and in which order they stand."""

import re
import tidy

LAYERS = "lib/CMakeLists.txt"
PAGE = "lib/README.md"
INCLUDE = re.compile(r'^\s*#\s*include\s+"(([a-z_0-9]+)/[^"]+)"', re.MULTILINE)


def modules_of(text):
    """[(name, dependencies, line)] in the order declared."""
    code = re.sub(r"#[^\n]*", "", text)
    found = []
    for call in re.finditer(r"\bawps_module\(([^)]*)\)", code):
        words = call.group(1).split()
        if not words or "function" in code[:call.start()].rsplit("\n", 1)[-1]:
            continue
        depends, reading = [], False
        for word in words[1:]:
            if word.isupper():
                reading = word == "DEPENDS"
            elif reading:
                depends.append(word)
        found.append((words[0], depends, code.count("\n", 0, call.start()) + 1))
    return found


def reachable(modules):
    """{name: itself and all below it}."""
    result = {}
    for name, depends, _ in modules:
        result[name] = {name}.union(depends, *(result.get(d, set()) for d in depends))
    return result


def check_declarations(sources):
    """A module depends on modules declared above it; emulator on base alone."""
    mistakes, above = [], set()
    for name, depends, line in modules_of(sources[LAYERS]):
        for depend in depends:
            if depend not in above:
                mistakes.append(f"{LAYERS}:{line}: {name} depends on {depend}, which is not "
                                "declared above it; modules stand bottom first")
            if depend == "config":
                mistakes.append(f"{LAYERS}:{line}: {name} depends on config; only daemon/ does")
        if name == "emulator" and depends != ["base"]:
            mistakes.append(f"{LAYERS}:{line}: emulator depends on {depends}; it uses base alone, "
                            "so that one misreading of the service cannot hide on both sides")
        above.add(name)
    return mistakes


def check_includes(sources):
    """A file of lib/ includes its module and those below; only daemon/ and tests/ use config."""
    modules = modules_of(sources[LAYERS])
    below = reachable(modules)
    mistakes = []
    for path, text in sources.items():
        if not path.endswith((".h", ".cc")):
            continue
        parts = path.split("/")
        for include in INCLUDE.finditer(text):
            target = include.group(2)
            where = f"{path}:{text.count(chr(10), 0, include.start()) + 1}"
            if target not in below:
                continue
            if parts[0] == "lib" and parts[1] not in below:
                mistakes.append(f"{where}: {parts[1]} is no module of {LAYERS}; declare it")
            elif parts[0] == "lib" and target not in below[parts[1]]:
                mistakes.append(f"{where}: {parts[1]} includes {include.group(1)}, but {LAYERS} "
                                f"does not let it depend on {target}")
            elif target == "config" and not may_use_config(parts):
                mistakes.append(f"{where}: only daemon/ and tests/ may include config; take an "
                                "Options struct instead")
    return mistakes


def may_use_config(parts):
    return parts[0] in ("daemon", "tests") or parts[:2] == ["lib", "config"]


def check_quoted(sources):
    """Includes of our own headers name their module."""
    modules = {name for name, _, _ in modules_of(sources[LAYERS])}
    mistakes = []
    for path, text in sources.items():
        if not (path.startswith("lib/") and path.endswith((".h", ".cc"))):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            quoted = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            angled = re.match(r"\s*#\s*include\s+<(\w+)/", line)
            if quoted and quoted.group(1).split("/")[0] not in modules:
                mistakes.append(f'{path}:{number}: "{quoted.group(1)}" is of no module; write '
                                '"module/file.h", or <…> for what is not ours')
            if angled and angled.group(1) in modules and (
                    tidy.ROOT / "lib" / line.split("<")[1].split(">")[0]).exists():
                mistakes.append(f'{path}:{number}: our own headers stand in "…"')
    return mistakes


def check_page(sources):
    """The list of layers in the README has every module, in an order that is right."""
    listing = re.search(r"## Layers\n.*?```\n(.*?)```", sources[PAGE], re.DOTALL)
    listed = [] if listing is None else [
        name for line in listing.group(1).splitlines()
        for name in re.split(r" {3,}", line)[0].split()]
    modules = modules_of(sources[LAYERS])
    mistakes = [f"{PAGE}: the layers lack {name}, a module of {LAYERS}" for name, _, _ in modules
                if name not in listed]
    mistakes += [f"{PAGE}: the layers have {name}, which is no module of {LAYERS}"
                 for name in listed if name not in {module for module, _, _ in modules}]
    mistakes += [f"{PAGE}: {name} depends on {depend}, so it stands below it"
                 for name, depends, _ in modules for depend in depends
                 if name in listed and depend in listed
                 and listed.index(depend) > listed.index(name)]
    return mistakes


def self_test():
    layers = ("function(awps_module name)\nendfunction()\n"
              "awps_module(base LIBRARIES X::Y)\nawps_module(net DEPENDS base)\n"
              "awps_module(hub DEPENDS net LIBRARIES A::B\n   PRECOMPILE <x.h>)\n"
              "awps_module(config DEPENDS base)\n")
    assert [name for name, _, _ in modules_of(layers)] == ["base", "net", "hub", "config"]
    tidy.expect_clean(check_declarations, {LAYERS: layers + "awps_module(emulator DEPENDS base)\n"})
    tidy.expect(check_declarations, {LAYERS: "awps_module(net DEPENDS base)\nawps_module(base)\n"},
                f"{LAYERS}:1", "base")
    tidy.expect(check_declarations, {LAYERS: layers + "awps_module(emulator DEPENDS base net)\n"},
                f"{LAYERS}:8", "emulator")
    tidy.expect(check_declarations, {LAYERS: layers + "awps_module(admin DEPENDS config)\n"},
                "config")

    def lib(path, include):
        return {LAYERS: layers, path: f'// x\n#include "{include}"\n'}

    tidy.expect_clean(check_includes, lib("lib/hub/a.cc", "base/b.h"))
    tidy.expect_clean(check_includes, lib("daemon/a.cc", "config/b.h"))
    tidy.expect_clean(check_includes, lib("lib/config/a.cc", "config/b.h"))
    tidy.expect(check_includes, lib("lib/net/a.cc", "hub/b.h"), "lib/net/a.cc:2", "hub")
    tidy.expect(check_includes, lib("lib/hub/a.h", "config/b.h"), "lib/hub/a.h:2", "config")
    tidy.expect(check_includes, lib("lib/new/a.h", "base/b.h"), "new")
    tidy.expect(check_includes, lib("bench/a.cc", "config/b.h"), "bench/a.cc:2", "config")
    tidy.expect(check_quoted, lib("lib/hub/a.h", "a.h"), "lib/hub/a.h:2")

    def page(*lines):
        return {LAYERS: layers, PAGE: "## Layers\n\n```\n" + "\n".join(lines) + "\n```\n"}

    tidy.expect_clean(check_page, page("base     words of all", "net  hub     a", "config     b"))
    tidy.expect(check_page, page("base", "net  hub     config"), "lack config")
    tidy.expect(check_page, page("base", "net  hub  spool", "config"), "have spool")
    tidy.expect(check_page, page("base", "hub  net", "config"), "hub depends on net")


if __name__ == "__main__":
    self_test()
    tree = tidy.files(".h", ".cc", LAYERS, PAGE)
    tidy.report(check_declarations(tree) + check_includes(tree) + check_quoted(tree)
                + check_page(tree))
