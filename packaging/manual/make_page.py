#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints a manual page: make_page.py PAGE VERSION SOURCE.

SOURCE is the program itself for nftsvc.1 and nftsvcd.8, which is asked for its --help, and a .proto file
for the pages of section 5.
"""

import pathlib
import sys

import configuration
import fields
import help_text
import proto_text
import snapshot
from roff import Page


def command_page(version: str, program: str) -> Page:
    help_ = help_text.parse(help_text.ask(program))
    page = Page("nftsvc", "1", version, "User Commands")
    _name(page, "nftsvc", help_.description)
    page.section("SYNOPSIS")
    page.paragraph("nftsvc [OPTIONS] COMMAND ...")
    page.section("DESCRIPTION")
    page.paragraph(
        "nftsvc talks to nftsvcd over its control socket. A snapshot holds all services; pushing it makes "
        "the kernel forward as it says, whole or not at all."
    )
    page.section("OPTIONS")
    page.paragraph("These may stand before or behind the command.")
    _terms(page, help_.terms["Options"])
    page.section("COMMANDS")
    for name, _ in help_.terms["Subcommands"]:
        _command(page, program, name)
    _end(page, help_)
    page.see_also("nftsvc-snapshot.5", "nftsvcd.8", "nftsvcd.textproto.5", "nft.8")
    return page


def _command(page: Page, program: str, *names: str):
    """It or, if it is a group of commands, each of these."""
    help_ = help_text.parse(help_text.ask(program, *names))
    if "Subcommands" in help_.terms:
        for name, _ in help_.terms["Subcommands"]:
            _command(page, program, *names, name)
        return
    page.subsection(help_.usage)
    page.paragraph(help_.description + ".")
    _terms(page, help_.terms.get("Positionals", []))
    _terms(page, [term for term in help_.terms["Options"] if "--help" not in term[0]])
    for note in help_.notes:
        page.paragraph(note)
    for example in help_.examples:
        page.example(example)


def daemon_page(version: str, program: str) -> Page:
    help_ = help_text.parse(help_text.ask(program))
    page = Page("nftsvcd", "8", version, "System Administration")
    _name(page, "nftsvcd", "The service load balancer on nftables")
    page.section("SYNOPSIS")
    page.paragraph(help_.usage)
    page.section("DESCRIPTION")
    page.paragraph(help_.description)
    page.section("OPTIONS")
    _terms(page, help_.terms["Options"])
    page.section("RUNNING")
    _end(page, help_)
    page.section("FILES")
    page.term("/etc/nftsvc/nftsvcd.textproto", "The configuration.")
    page.term("/etc/nftsvc/services.d", "Services that are served whoever pushes, in files.")
    page.term("/run/nftsvc/control.sock", "The control socket, unless the configuration says another.")
    page.term("/var/lib/nftsvc", "The accepted snapshot, unless the configuration says another.")
    page.see_also("nftsvc.1", "nftsvcd.textproto.5", "nft.8", "systemctl.1")
    return page


def configuration_page(version: str, source: str) -> Page:
    page = Page("nftsvcd.textproto", "5", version, "File Formats")
    _name(page, "nftsvcd.textproto", "The configuration of nftsvcd")
    page.section("DESCRIPTION")
    page.paragraph(configuration.INTRODUCTION)
    page.paragraph(configuration.RELOADING)
    _fields(page, source, configuration.ROOT_MESSAGE)
    page.section("EXAMPLE")
    page.example(configuration.EXAMPLE)
    page.see_also("nftsvcd.8", "nftsvc.1")
    return page


def snapshot_page(version: str, source: str) -> Page:
    page = Page("nftsvc-snapshot", "5", version, "File Formats")
    _name(page, "nftsvc-snapshot", "Services for nftsvcd")
    page.section("DESCRIPTION")
    page.paragraph(snapshot.INTRODUCTION)
    page.paragraph(proto_text.parse(pathlib.Path(source).read_text()).comment)
    _fields(page, source, snapshot.ROOT_MESSAGE)
    page.section("EXAMPLE")
    page.example(snapshot.EXAMPLE)
    page.see_also("nftsvc.1", "nftsvcd.8")
    return page


def _fields(page: Page, source: str, message: str):
    """Every field below a message of a .proto file."""
    page.section("FIELDS")
    for entry in fields.entries(proto_text.parse(pathlib.Path(source).read_text()), message):
        if entry.is_message:
            page.subsection(f"{entry.path} {{ ... }}")
            if entry.comment:
                page.paragraph(entry.comment)
        else:
            page.term(f"{entry.path}: {entry.type}", entry.comment)


def _name(page: Page, name: str, description: str):
    page.section("NAME")
    page.paragraph(f"{name} - {description[0].lower()}{description[1:].rstrip('.')}")


def _terms(page: Page, terms: list[tuple[str, str]]):
    for term, said in terms:
        page.term(term, said)


def _end(page: Page, help_: help_text.Help):
    if help_.examples:
        page.section("EXAMPLES")
        for example in help_.examples:
            page.example(example)
    for note in help_.notes:
        if note.startswith("Exit codes:"):
            page.section("EXIT STATUS")
        page.paragraph(note)


PAGES = {
    "nftsvc.1": command_page,
    "nftsvcd.8": daemon_page,
    "nftsvcd.textproto.5": configuration_page,
    "nftsvc-snapshot.5": snapshot_page,
}


def main():
    name, version, source = sys.argv[1:]
    sys.stdout.write(PAGES[name](version, source).text())


if __name__ == "__main__":
    main()
