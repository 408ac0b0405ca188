# SPDX-License-Identifier: Apache-2.0
"""For what others do in their own time."""

import time
from collections.abc import Callable

# Seconds for anything that is done in milliseconds on an idle machine.
PATIENCE = 20


def wait_until(condition: Callable[[], bool], what: str):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {PATIENCE} seconds still not: {what}")
        time.sleep(0.01)
