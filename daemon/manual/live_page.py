"""Takes the README's picture of the live page, while the demo runs.

    /usr/bin/python3 daemon/manual/live_page.py [PICTURE]

It needs what tests/run installs (Chromium and selenium). AWPS_BUILD names a folder of ready
binaries, as for daemon/demo.
"""

import base64
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from browser import Browser
from programs import temporary_folder

PICTURE = Path(__file__).with_name("live_page.png")
WIDTH, HEIGHT = 1200, 800  # wide enough for the columns of the overview
SHOWN_SECONDS = 300  # as much as the charts show
DEMO_SECONDS = 2 * SHOWN_SECONDS  # it is stopped when the picture is taken
START_SECONDS = 60
MAX_BYTES = 200_000


def address_of(demo):
    """The demo prints it among its first lines, after the build."""
    for line in demo.stdout:
        if found := re.search(r"live page +(http\S+)", line):
            return found[1]
    raise SystemExit("the demo ended before it said where the live page is")


def seconds_shown(browser):
    return browser.run("return performance.now()") / 1000


def take(url):
    with temporary_folder() as folder:
        browser = Browser(folder)
        try:
            browser.start_page(url)
            browser.width(WIDTH, HEIGHT)
            browser.wait(lambda: seconds_shown(browser) > SHOWN_SECONDS, "charts with a past",
                         SHOWN_SECONDS + START_SECONDS)
            browser.run("document.querySelectorAll('details').forEach((node) => node.open = false)")
            browser.run("scrollTo(0, 0)")
            return base64.b64decode(browser.command("Page.captureScreenshot", {})["data"])
        finally:
            browser.close()


def main():
    picture = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    with subprocess.Popen([ROOT / "daemon/demo", "--seconds", str(DEMO_SECONDS)],
                          stdout=subprocess.PIPE, text=True) as demo:
        try:
            data = take(address_of(demo))
        finally:
            demo.stdout.close()
            demo.terminate()
    if len(data) > MAX_BYTES:
        raise SystemExit(f"the picture has {len(data)} bytes, {MAX_BYTES} at most")
    picture.write_bytes(data)
    print(f"{picture}: {len(data)} bytes")


if __name__ == "__main__":
    main()
