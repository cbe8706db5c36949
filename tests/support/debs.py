"""Our Debian packages: made by cpack from what is built, and changed as another version is."""

import os
import re
import shutil
import subprocess
from pathlib import Path

NAMES = ("awpsd", "awpsd-emulator", "libawps-dev")


def build_folder():
    """AWPS_BUILD names the folder of the binaries, which is in it."""
    root = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("AWPS_BUILD", root / "build/release/daemon")).parent


def deb_folder():
    return build_folder() / "package"


def debs():
    """name -> file of the packages that are made."""
    found = {field(file, "Package"): file for file in deb_folder().glob("*.deb")}
    missing = set(NAMES) - set(found)
    if missing:
        raise FileNotFoundError(f"there is no package {', '.join(sorted(missing))} in "
                                f"{deb_folder()}: run cpack in {build_folder()}")
    return found


def make_debs():
    for old in deb_folder().glob("*.deb"):
        old.unlink()
    run_quietly("cpack", "-G", "DEB", cwd=build_folder())
    shutil.rmtree(deb_folder() / "_CPack_Packages", ignore_errors=True)
    return debs()


def field(deb, name):
    return run_quietly("dpkg-deb", "--field", deb, name).strip()


def contents(deb):
    """The paths of what is in it, folders without their slash."""
    listing = run_quietly("dpkg-deb", "--contents", deb).splitlines()
    return [re.sub(r"^\.|/$", "", line.split()[5]) for line in listing]


def depends(deb):
    """The packages that it depends on: of alternatives the first, of a virtual one the package
    installed here that provides it.
    """
    names = [part.split("|")[0].split("(")[0].strip()
             for part in field(deb, "Depends").split(",") if part.strip()]
    lines = run_quietly("dpkg-query", "--show", "--showformat", "${Package} ${Provides}\n")
    providers = {provided: line.split()[0] for line in lines.splitlines()
                 for provided in re.findall(r"[\w.+-]+", re.sub(r"\(.*?\)", "", line))[1:]}
    return [providers.get(name, name) for name in names]


def other_version(deb, version, folder, changes):
    """The same package as another version; `changes`: path in it -> function of its text."""
    tree = Path(folder) / f"{deb.stem}-{version}"
    run_quietly("dpkg-deb", "--raw-extract", deb, tree)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {version}", control.read_text()))
    for path, change in changes.items():
        file = tree / path.lstrip("/")
        file.write_text(change(file.read_text()))
    later = tree.with_suffix(".deb")
    run_quietly("dpkg-deb", "--build", "--root-owner-group", tree, later)
    return later


def run_quietly(*command, **options):
    run = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False,
                         **options)
    if run.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: status {run.returncode}\n"
                           f"{run.stdout}{run.stderr}")
    return run.stdout
