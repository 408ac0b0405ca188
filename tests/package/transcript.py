# SPDX-License-Identifier: Apache-2.0
"""A document that is its own script: commands with what they printed, to be run and recorded anew.

Two kinds of fenced blocks mean something, everything else is prose:

    ```textproto web.textproto      a file, which is written before what follows is run
    ```console                      "$ COMMAND" lines, each followed by what it printed

A comment in front of a block says what of its output differs from run to run, as a regular expression,
or that its last command fails:

    <!-- varies: web-\\d -->
    <!-- fails -->
"""

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterator

# What no two runs have in common, whatever the command. All else has to be the same, but for blanks, of
# which tables have more or fewer with the width of a number.
_VARIES = (
    r"\b\d+-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z?",  # a point in time
    r"\b\d+(\.\d+)? (ns|us|ms|s|min)\b",  # a duration
    r"(?<![\d.])\d+\.\d+\.\d+(-\d+)?(?![\d.])",  # a version, of three parts: addresses have four
    r"_[a-z0-9]+(?=\.deb)",  # an architecture
)

_FENCE = re.compile(r"```(\w+)(?: (\S+))?$")
_COMMENT = re.compile(r"<!-- (?:varies: (?P<varies>.+)|(?P<fails>fails)) -->$")


@dataclasses.dataclass
class Block:
    """What stands between two fences, or prose, as lines; with the comments in front of it."""

    lines: list[str]
    kind: str = ""  # "console", or a file's language
    name: str = ""  # of a file
    varies: list[str] = dataclasses.field(default_factory=list)
    fails: bool = False

    def commands(self) -> list[str]:
        """Those of a console; one that ends with a backslash goes on in the next line."""
        commands, goes_on = [], False
        for line in self.lines[1:-1]:
            if goes_on:
                commands[-1] += f"\n{line}"
            elif line.startswith("$ "):
                commands.append(line.removeprefix("$ "))
            goes_on = (goes_on or line.startswith("$ ")) and line.endswith("\\")
        return commands


def parse(document: str) -> Iterator[Block]:
    block = Block([])
    for line in document.splitlines():
        block.lines.append(line)
        fence, comment = _FENCE.match(line), _COMMENT.match(line)
        if block.kind:
            if line == "```":
                yield block
                block = Block([])
        elif comment and comment["varies"]:
            block.varies.append(comment["varies"])
        elif comment:
            block.fails = True
        elif fence:
            yield Block(block.lines[:-1])
            block = Block([line], fence[1], fence[2] or "", block.varies, block.fails)
    yield block


def record(
    document: str,
    write: Callable[[str, str], None],
    run: Callable[[str], tuple[int, str]],
) -> str:
    """The document with what its commands print now: `run` says it, and the exit code."""
    lines = []
    for block in parse(document):
        if block.kind == "console":
            lines += [block.lines[0], *_run_all(block, run), block.lines[-1]]
            continue
        if block.name:
            write(block.name, "".join(f"{line}\n" for line in block.lines[1:-1]))
        lines += block.lines
    return "\n".join(lines) + "\n"


def _run_all(block: Block, run: Callable[[str], tuple[int, str]]) -> Iterator[str]:
    commands = block.commands()
    for i, command in enumerate(commands):
        code, output = run(command)
        expected_to_fail = block.fails and i == len(commands) - 1
        if (code != 0) != expected_to_fail:
            raise AssertionError(f"$ {command}\n{output}exit code {code}")
        if "\n```" in f"\n{output}":
            raise AssertionError(f"$ {command}: prints a fence")
        yield from f"$ {command}".split("\n")
        yield from (line.rstrip() for line in output.splitlines())


def differences(kept: str, made: str) -> list[str]:
    """Where the two say different things, as lines of a diff; what may vary is shown as a "*"."""
    return list(
        difflib.unified_diff(_comparable(kept), _comparable(made), "kept", "made", lineterm="")
    )


def _comparable(document: str) -> list[str]:
    lines = []
    for block in parse(document):
        patterns = (*_VARIES, *block.varies) if block.kind == "console" else ()
        for line in block.lines:
            # A command is as it is.
            if not line.startswith("$ "):
                for pattern in patterns:
                    line = re.sub(pattern, "*", line)
            lines.append(re.sub(r" +", " ", line) if patterns else line)
    return lines
