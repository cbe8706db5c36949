"""Debian's Chromium without a window, driven by selenium, and what a test asks of a page in it."""

import base64
import json
import os
from pathlib import Path

from programs import die_with_parent
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

WAIT_SECONDS = 120.0  # a page on a busy machine; what holds is seen at once
STEP_SECONDS = 0.1  # a page changes once a second; asking more often would slow it down
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-extensions", "--disable-sync", "--hide-scrollbars")
# Runs before the page's own script: what the policy forbids is remembered.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""
# Text whose contrast with the nearest opaque ground is below WCAG's AA.
CONTRAST = """
const channels = (text) => text.match(/[\\d.]+/g).map(Number);
const luminance = (colour) => {
  const [r, g, b] = channels(colour).map((value) => value / 255)
    .map((value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const groundOf = (node) => {
  for (; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    if ((channels(colour)[3] ?? 1) === 1) return colour;
  }
  return "rgb(255, 255, 255)";
};
const mistakes = [];
for (const node of document.querySelectorAll("body *:not(script):not(noscript)")) {
  const hasText = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  if (!hasText || !node.checkVisibility()) continue;
  const [ink, ground] = [getComputedStyle(node).color, groundOf(node)];
  const [dark, light] = [luminance(ink), luminance(ground)].sort((a, b) => a - b);
  const contrast = (light + 0.05) / (dark + 0.05);
  if (contrast < 4.5) {
    mistakes.push(`${node.textContent.slice(0, 30)}: ${ink} on ${ground}, ${contrast.toFixed(2)}`);
  }
}
return mistakes;
"""
# What stands out of the window at the right.
TOO_WIDE = """
const width = document.documentElement.clientWidth;
return [...document.querySelectorAll("body *")]
  .filter((node) => node.checkVisibility() && node.getBoundingClientRect().right > width + 0.5)
  .map((node) => `${node.tagName} ${node.className}: ${node.textContent.slice(0, 40)}`);
"""


def dying_chromium(folder):
    """A command that starts Chromium so that it ends with who drives it, however that ends."""
    path = Path(folder, "chromium")
    path.write_text('#!/bin/sh\nexec setpriv --pdeathsig TERM /usr/bin/chromium "$@"\n')
    path.chmod(0o755)
    return str(path)


class Browser:
    """One process for many pages; start_page() begins a new account of what a page did."""

    def __init__(self, folder):
        options = webdriver.ChromeOptions()
        options.binary_location = dying_chromium(folder)
        for argument in (*ARGUMENTS, f"--user-data-dir={folder}/profile"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = Service("/usr/bin/chromedriver", log_path=os.devnull,
                          popen_kw={"preexec_fn": die_with_parent})
        self.driver = webdriver.Chrome(service=service, options=options)
        self.driver.set_script_timeout(20)
        self.command("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        self.width(1280)

    def close(self):
        self.driver.quit()

    def command(self, name, arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def start_page(self, url):
        """Leaves the page before, and forgets its account."""
        self.driver.get("about:blank")
        self.scheme("light")
        self.width(1280)
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)
        self.driver.get(url)

    def width(self, pixels, height=900):
        self.command("Emulation.setDeviceMetricsOverride", {
            "width": pixels, "height": height, "deviceScaleFactor": 1, "mobile": pixels < 600})

    def scheme(self, name):
        self.command("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": name}]})

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector="body"):
        """As it is shown, nothing of what is hidden: of all elements that fit, a line each."""
        return self.run("""
            return [...document.querySelectorAll(arguments[0])]
              .filter((node) => node.checkVisibility()).map((node) => node.innerText).join("\\n");
            """, selector)

    def button(self, words, within=""):
        """The button that is shown with these words, or that a screen reader calls so; or None."""
        return self.run("""
            return [...document.querySelectorAll(`${arguments[1]} button`)].find(
              (node) => node.checkVisibility()
                && [node.innerText, node.getAttribute("aria-label")].includes(arguments[0]));
            """, words, within)

    def wait(self, condition, what, seconds=WAIT_SECONDS):
        """Returns the answer of condition(), once it is true."""
        try:
            return WebDriverWait(self.driver, seconds, STEP_SECONDS).until(lambda _: condition())
        except TimeoutException:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}; the page says:\n"
                                 + self.text()) from None

    def wait_for(self, words, selector="body"):
        self.wait(lambda: words in self.text(selector), f"'{words}' in {selector}")

    def cell(self, within, caption, row, column):
        """The text of a figure: of the table with this caption, by its row's and column's names."""
        return self.run("""
            const table = [...document.querySelectorAll(`${arguments[0]} table`)]
              .find((table) => table.caption.textContent.startsWith(arguments[1]));
            if (!table) return "";
            const columns = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
            const row = [...table.tBodies[0].rows].find(
              (row) => row.cells[0].textContent === arguments[2]);
            return row.cells[columns.indexOf(arguments[3])].textContent;
            """, within, caption, row, column)

    def errors(self):
        """What the console was told since the page began, but for requests that failed."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING") and entry["source"] != "network"]

    def violations(self):
        return self.run("return window.violations")

    def requested_urls(self):
        """Since the page began; data: and the like are no requests."""
        events = [json.loads(entry["message"])["message"]
                  for entry in self.driver.get_log("performance")]
        urls = [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if url.startswith(("http:", "https:", "ws:", "wss:"))]

    def contrast_mistakes(self):
        return self.run(CONTRAST)

    def too_wide(self):
        return self.run(TOO_WIDE)

    def keep_picture(self, name):
        """Of the whole page, into the folder that AWPS_SCREENSHOTS names, if it does."""
        folder = os.environ.get("AWPS_SCREENSHOTS")
        if folder:
            self.run("scrollTo(0, 0)")
            size = self.command("Page.getLayoutMetrics", {})["cssContentSize"]
            clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
            data = self.command("Page.captureScreenshot",
                                {"captureBeyondViewport": True, "clip": clip})["data"]
            Path(folder, f"{name}.png").write_bytes(base64.b64decode(data))
