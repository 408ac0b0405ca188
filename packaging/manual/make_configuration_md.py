#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints docs/configuration.md, from the comments of config.proto:

    packaging/manual/make_configuration_md.py >docs/configuration.md
"""

import pathlib

import configuration
import fields
import proto_text

ROOT = pathlib.Path(__file__).resolve().parents[2]


def page(proto: proto_text.Proto) -> str:
    entries = list(fields.entries(proto, configuration.ROOT_MESSAGE))
    parts = [
        "<!-- Made by packaging/manual/make_configuration_md.py from proto/nftsvc/v1/config.proto. -->",
        "# Configuration",
        "The configuration of nftsvcd, by default `/etc/nftsvc/nftsvcd.textproto`; "
        "nftsvcd.textproto(5) says the same.",
        configuration.INTRODUCTION,
        configuration.RELOADING,
        f"```\n{configuration.EXAMPLE}\n```",
        "## The file",
        _table(entry for entry in entries if "." not in entry.path),
    ]
    for entry in entries:
        if entry.is_message:
            parts += [f"## {entry.path}", entry.comment]
            parts.append(
                _table(
                    below
                    for below in entries
                    if below.path.rpartition(".")[0] == entry.path
                )
            )
    return "\n\n".join(filter(None, parts)) + "\n"


def _table(entries) -> str:
    rows = ["| field | value | meaning |", "|---|---|---|"]
    for entry in entries:
        name = entry.path.rpartition(".")[2]
        meaning = entry.comment.replace("\n", " ").replace("|", "\\|")
        rows.append(
            f"| [`{name}`](#{name}) | message | {_first_sentence(meaning)} |"
            if entry.is_message
            else f"| `{name}` | {entry.type} | {meaning} |"
        )
    return "\n".join(rows)


def _first_sentence(text: str) -> str:
    return text.split(". ")[0].rstrip(".") + "." if text else "See below."


if __name__ == "__main__":
    print(page(proto_text.parse((ROOT / "proto/nftsvc/v1/config.proto").read_text())), end="")
