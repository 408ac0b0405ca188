# SPDX-License-Identifier: Apache-2.0
"""How the demo prints."""

import collections
import os
import sys

from netns import Namespace

_COLOURED = os.environ.get("CLICOLOR_FORCE") or (
    sys.stdout.isatty() and not os.environ.get("NO_COLOR")
)

# As nftsvc has it.
COLOUR = "always" if _COLOURED else "never"

_BAR_WIDTH = 40


def _paint(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if _COLOURED else text


def heading(text: str):
    print(f"\n{_paint('1', text)}\n", flush=True)


def say(text: str):
    print(_paint("32" if text.startswith("✓") else "2", text), flush=True)


def command(
    namespace: Namespace,
    program: str,
    *arguments: str,
    hidden: tuple[str, ...] = (),
    stdin: str = "",
    note: str = "",
):
    """Runs a command and shows it as one would type it, but for what is hidden, and its output."""
    words = [program, *arguments]
    shown = " ".join(os.path.basename(word) if word.startswith("/") else word for word in words)
    print(_paint("1;34", f"$ {shown}") + (f"   # {note}" if note else ""), flush=True)
    print(namespace.run(program, *hidden, *arguments, stdin=stdin), end="", flush=True)


def bars(counts: collections.Counter):
    total, most = counts.total(), max(counts.values())
    for name, count in sorted(counts.items()):
        bar = "█" * round(_BAR_WIDTH * count / most)
        bar = _paint("36", f"{bar:{_BAR_WIDTH}}")
        print(f"{name}  {bar}  {count:5}  {count / total:5.1%}")
