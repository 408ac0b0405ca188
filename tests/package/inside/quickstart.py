# SPDX-License-Identifier: Apache-2.0
"""Does what docs/quickstart.md says as somebody would who has only that page and the package, and leaves
the page with what was printed in /results.
"""

import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.append("/tests/package")

import transcript  # noqa: E402

_DOCUMENT = pathlib.Path("/docs/quickstart.md")
_WORK = pathlib.Path("/tmp/quickstart")

_ENVIRONMENT = {
    **os.environ,
    "DEBIAN_FRONTEND": "noninteractive",
    "LC_ALL": "C.UTF-8",
}


def _write(name: str, text: str):
    (_WORK / name).write_text(text)


def _as_left_on_a_terminal(output: str) -> str:
    """Without what later parts of the same line overwrote, such as how far dpkg is."""
    return re.sub(r"[^\n]*\r(?!\n)", "", re.sub(r"\r+\n", "\n", output))


def _run(command: str) -> tuple[int, str]:
    """In a shell of its own: what goes on behind it must not hold the output."""
    started = time.monotonic()
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        cwd=_WORK, env=_ENVIRONMENT, timeout=120,
    )  # fmt: skip
    print(f"{time.monotonic() - started:6.1f} s  {command}", flush=True)
    return result.returncode, _as_left_on_a_terminal(result.stdout.decode())


def main():
    _WORK.mkdir()
    for package in pathlib.Path("/package").glob("nftsvc_*.deb"):
        (_WORK / package.name).write_bytes(package.read_bytes())
    made = transcript.record(_DOCUMENT.read_text(), _write, _run)
    pathlib.Path("/results/quickstart.md").write_text(made)


if __name__ == "__main__":
    main()
