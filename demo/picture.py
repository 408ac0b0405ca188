# SPDX-License-Identifier: Apache-2.0
"""What a terminal shows, as an SVG: the first screen of the demo, for README.md.

    picture.py --build build/dev >docs/demo.svg
"""

import argparse
import contextlib
import io
import os
import pathlib
import re
import sys
from collections.abc import Iterator
from xml.sax.saxutils import escape

# Pixels of a character. Every run of characters is stretched to these, whichever font there is, so that
# columns and lines meet.
_WIDTH, _HEIGHT = 8.4, 19
_MARGIN, _TITLE_BAR = 18, 34

# What SGR codes are in a dark theme. Without one: the foreground.
_STYLES = {
    "1": "font-weight:bold;fill:#ffffff",
    "2": "fill:#8b93a7",
    "31": "fill:#f07178",
    "32": "fill:#a5d66f",
    "33": "fill:#f2c55c",
    "34": "fill:#6fb3ff",
    "36": "fill:#62d6d0",
    "1;34": "font-weight:bold;fill:#6fb3ff",
}
_FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">
<title>{title}</title>
<style>
text {{ font: 14px "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace; fill: #d5d9e3 }}
{styles}
</style>
<rect width="{width}" height="{height}" rx="9" fill="#171b24"/>
<circle cx="20" cy="18" r="5.5" fill="#f0645c"/>
<circle cx="39" cy="18" r="5.5" fill="#f2bd4a"/>
<circle cx="58" cy="18" r="5.5" fill="#5cc454"/>
{lines}
</svg>
"""


def runs(line: str) -> Iterator[tuple[int, str, str]]:
    """Column, SGR code and text of whatever is printed in one style, without gaps of blanks."""
    column, code = 0, ""
    for part in re.split(r"(\x1b\[[\d;]*m)", line):
        if part.startswith("\x1b"):
            code = part[2:-1].removeprefix("0").removeprefix(";")
            continue
        for word in re.finditer(r"\S+(?: \S+)*", part):
            yield column + word.start(), code, word[0]
        column += len(part)


def svg(transcript: str, title: str) -> str:
    names = {code: f"s{code.replace(';', '-')}" for code in _STYLES}
    lines, columns = [], 0
    for row, line in enumerate(transcript.splitlines()):
        y = _TITLE_BAR + _HEIGHT * (row + 1)
        for column, code, text in runs(line):
            columns = max(columns, column + len(text))
            style = f' class="{names[code]}"' if code else ""
            lines.append(
                f'<text x="{_MARGIN + column * _WIDTH:.1f}" y="{y}"'
                f' textLength="{len(text) * _WIDTH:.1f}" lengthAdjust="spacingAndGlyphs"{style}>'
                f"{escape(text)}</text>"
            )
    return _FRAME.format(
        width=round(2 * _MARGIN + columns * _WIDTH),
        height=_TITLE_BAR + _HEIGHT * len(transcript.splitlines()) + _MARGIN,
        title=escape(title),
        styles="\n".join(f".{names[code]} {{ {style} }}" for code, style in _STYLES.items()),
        lines="\n".join(lines),
    )


def first_screen() -> str:
    """Of the demo, with its colours."""
    os.environ["CLICOLOR_FORCE"] = "1"
    import demo
    import network

    printed = io.StringIO()
    with contextlib.ExitStack() as exits:
        net = network.Network(exits)
        daemon = exits.enter_context(demo.Daemon(net.node, demo.CONFIG))
        exits.enter_context(contextlib.redirect_stdout(printed))
        demo.Demo(demo.FAMILIES[0], net, daemon, connections=3000).tell_first()
    return printed.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    for program in ("nftsvc", "nftsvcd"):
        os.environ[program.upper()] = str(arguments.build.resolve() / program)
    sys.stdout.write(svg(first_screen().strip("\n"), "A service, its connections and why they went there"))


if __name__ == "__main__":
    main()
