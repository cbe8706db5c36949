"""Waits for a condition with a deadline: tests and the demo never wait for a time alone."""

import time

STEP_SECONDS = 0.01


class DeadlineError(AssertionError):
    """What was waited for did not come."""


def wait_until(condition, what, seconds=20.0):
    """Asks until condition() is true, and returns its answer; the error names `what`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise DeadlineError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(STEP_SECONDS)
