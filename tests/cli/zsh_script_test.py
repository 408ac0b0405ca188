# SPDX-License-Identifier: Apache-2.0
"""The completions in zsh, in a session on a terminal of its own: nothing else runs them."""

import os
import subprocess
import unittest

from shell_case import ShellCase, main

# zsh's completion system runs within the line editor only. This starts a zsh on a pseudo terminal,
# in which `compadd`, through which all that is offered goes, writes it down instead.
_DRIVER = r"""
zmodload zsh/zpty
zpty session zsh -f -i
ask() { zpty -w session "$1"; zpty -m -r session reply "*$2*" }
ask 'PROMPT= ; unset zle_bracketed_paste; print -r -- st""arted' started
ask 'autoload -Uz compinit; compinit -u -d "$HOME/dump"; print -r -- re""ady' ready
ask 'source "$SCRIPT"; print -r -- sour""ced' sourced
ask 'compadd() {
  local -a offered; local -a flags
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
  builtin compadd -A offered "$@"
  print -rl -- $offered >>"$OFFERED"
  builtin compadd "$@"
}
finish() { print -r -- "fin""ished"; BUFFER=; zle accept-line }
zle -N finish; bindkey "^Y" finish; print -r -- defi""ned' defined
zpty -w -n session "$LINE"$'\t'$'\C-Y'
zpty -m -r session reply '*finished*'
zpty -d session
"""


class ZshTest(ShellCase, unittest.TestCase):
    SHELL = "zsh"

    def complete(self, line: str) -> set[str]:
        offered = self.directory / "offered"
        offered.write_text("")
        subprocess.run(
            ["timeout", "60", "zsh", "-f", "-c", _DRIVER],
            cwd=self.directory, capture_output=True, text=True, timeout=90, check=True,
            env={"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(self.directory),
                 "SCRIPT": str(self.script), "LINE": line, "OFFERED": str(offered)},
        )  # fmt: skip
        return set(offered.read_text().split())


if __name__ == "__main__":
    main("zsh")
