# SPDX-License-Identifier: Apache-2.0
"""What a program says when asked for --help, as values."""

import dataclasses
import re
import subprocess


@dataclasses.dataclass
class Help:
    """Of a program or of one of its commands."""

    usage: str = ""
    description: str = ""
    # By the title that stands above: "Options", "Subcommands", "Positionals".
    terms: dict[str, list[tuple[str, str]]] = dataclasses.field(default_factory=dict)
    # What follows: paragraphs of text, and blocks that are kept line for line.
    notes: list[str] = dataclasses.field(default_factory=list)
    examples: list[str] = dataclasses.field(default_factory=list)


_TITLE = re.compile(r"^(Options|Positionals|Subcommands):$")
_TERM = re.compile(r"^  (\S(?:.*?\S)?)(?:\s{2,}(\S.*))?$")


# Seconds, for a program that hangs: with sanitizers, and behind all else that a machine does, one that does not took 30.
_HANGS = 600


def ask(program: str, *command: str) -> str:
    return subprocess.run(
        [program, *command, "--help"], capture_output=True, text=True, check=True, timeout=_HANGS
    ).stdout


def parse(text: str) -> Help:
    help_ = Help()
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines = block.split("\n")
        title = _TITLE.match(lines[0])
        if title:
            help_.terms[title[1]] = _terms(lines[1:])
        elif lines[0] == "Examples:":
            help_.examples.append("\n".join(line.removeprefix("  ") for line in lines[1:]))
        elif lines[0].startswith("  -"):
            help_.terms["Options"] = _terms(lines)
        elif not help_.usage:
            _read_head(lines, help_)
        else:
            help_.notes.append("\n".join(lines))
    return help_


def _read_head(lines: list[str], help_: Help):
    """The usage, and around it what the program or command does."""
    described = []
    for line in lines:
        if line.startswith("Usage: "):
            help_.usage = line.removeprefix("Usage: ")
        else:
            described.append(line.strip())
    help_.description = "\n".join(described)


def _terms(lines: list[str]) -> list[tuple[str, str]]:
    found = [_TERM.match(line) for line in lines]
    # Where texts begin. A term that reaches up to there is parted from its text by one blank.
    column = max((match.start(2) for match in found if match), default=-1)
    terms: list[tuple[str, str]] = []
    for line, match in zip(lines, found):
        if match and match[2] is None and 0 < column < len(line) and line[column - 1] == " ":
            terms.append((line[: column - 1].strip(), line[column:]))
        elif match:
            terms.append((match[1], match[2] or ""))
        elif terms:
            term, said = terms[-1]
            terms[-1] = (term, f"{said} {line.strip()}".strip())
    return terms
