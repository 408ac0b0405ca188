# SPDX-License-Identifier: Apache-2.0
"""docs/quickstart.md, done on a Debian that has never seen the package, prints what it says.

With RECORD=1 it is written anew: ./dev quickstart.
"""

import os

import transcript
from booted import ROOT, BootedTest, main

_DOCUMENT = ROOT / "docs/quickstart.md"


class QuickstartTest(BootedTest):
    def test_every_step_does_what_it_says(self):
        made = self.run_inside("quickstart.py", result="quickstart.md")
        if os.environ.get("RECORD"):
            _DOCUMENT.write_text(made)
            return
        if differences := transcript.differences(_DOCUMENT.read_text(), made):
            self.fail("\n".join(["", *differences, "", "If that is meant: ./dev quickstart"]))


if __name__ == "__main__":
    main()
