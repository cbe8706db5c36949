"""How much of the machine the service's sandbox leaves open, by `systemd-analyze security`."""

import re

MAX_EXPOSURE = 1.5


def exposure_in(text):
    """0 to 10, of what it printed."""
    found = re.search(r"Overall exposure level.*: ([\d.]+)", text)
    if found is None:
        raise AssertionError(f"systemd-analyze said no exposure: {text}")
    return float(found.group(1))
