# SPDX-License-Identifier: Apache-2.0
"""For what others do in their own time."""

import os
import time
from collections.abc import Callable

# How many times slower than real hardware this machine is: one that is emulated may say so.
SLOWNESS = float(os.environ.get("NFTSVC_TEST_SLOWNESS", "1"))

# Seconds for anything that is done in milliseconds on an idle machine.
PATIENCE = 20 * SLOWNESS


def wait_until(condition: Callable[[], bool], what: str):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {PATIENCE:g} seconds still not: {what}")
        time.sleep(0.01)
