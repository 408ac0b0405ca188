# SPDX-License-Identifier: Apache-2.0
"""What the lint tests read of the source tree."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def cpp_files(*folders: str) -> list[pathlib.Path]:
    """All C++ files below these folders, as paths relative to the root."""
    return sorted(
        path.relative_to(ROOT)
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".h", ".cc")
    )


def listed_sources(folder: pathlib.Path) -> list[str]:
    """The file names that a folder's sources.txt holds."""
    listing = ROOT / folder / "sources.txt"
    if not listing.exists():
        return []
    return [line for line in listing.read_text().splitlines() if not line.startswith("#")]


def markdown_table(text: str, first_header: str) -> list[list[str]]:
    """The rows of the table whose first column has this header, without header and rule."""
    lines = iter(text.splitlines())
    for line in lines:
        if re.match(rf"\|\s*{re.escape(first_header)}\s*\|", line):
            break
    else:
        raise ValueError(f"no table with a first column '{first_header}'")
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
    return rows


def quoted(cell: str) -> list[str]:
    """The words in backticks of a table's cell."""
    return re.findall(r"`([^`]*)`", cell)
