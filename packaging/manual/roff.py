# SPDX-License-Identifier: Apache-2.0
"""Pages in the language of man(7)."""


def escape(text: str) -> str:
    """So that it stands in the page as it is written."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = text.replace("'", "\\(aq").replace("`", "\\(ga")
    return "\n".join("\\&" + line if line.startswith(".") else line for line in text.split("\n"))


class Page:
    def __init__(self, name: str, section: str, version: str, manual: str):
        title = escape(name.upper())
        self._lines = [
            ".\\\" Made from the program's own text; do not edit.",
            f'.TH {title} {section} "" "nftsvc {version}" "{manual}"',
        ]

    def section(self, title: str):
        self._lines.append(f'.SH "{escape(title)}"')

    def subsection(self, title: str):
        self._lines.append(f'.SS "{escape(title)}"')

    def paragraph(self, text: str):
        self._lines += [".PP", escape(text)]

    def term(self, term: str, text: str):
        """An option, a command or a field, and what it means; paragraphs are parted by blank lines."""
        first, *more = text.split("\n\n")
        self._lines += [".TP", f"\\fB{escape(term)}\\fR", escape(first)]
        for paragraph in more:
            self._lines += [".IP", escape(paragraph)]

    def example(self, text: str):
        """Kept line for line."""
        self._lines += [".PP", ".EX", escape(text), ".EE"]

    def see_also(self, *pages: str):
        self.section("SEE ALSO")
        references = []
        for page in pages:
            name, section = page.rsplit(".", 1)
            references.append(f"\\fB{escape(name)}\\fR({section})")
        self._lines.append(",\n".join(references))

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"
