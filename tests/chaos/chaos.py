# SPDX-License-Identifier: Apache-2.0
"""Everything that can go wrong on a host, at random, for as long as wanted. Prints what came of it.

    ./dev chaos --minutes 60
"""

import argparse
import os
import pathlib
import sys
import time

_TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_TESTS / "kernel"))

_SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def _own_mounts():
    """The rest of this program runs in a mount namespace of its own, for the small disks."""
    if os.environ.get("NFTSVC_CHAOS_MOUNTS") != "own":
        os.environ["NFTSVC_CHAOS_MOUNTS"] = "own"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, "-B", *sys.argv])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--only", default="", help="kinds of rounds, separated by commas")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        print("skipped: network namespaces need root", file=sys.stderr)
        sys.exit(_SKIPPED)
    _own_mounts()
    from bench import Bench
    from schedule import run

    began = time.monotonic()
    with Bench(arguments.seed) as bench:
        try:
            run(bench, 60 * arguments.minutes, set(filter(None, arguments.only.split(","))))
        finally:
            print(f"seed {arguments.seed}, {time.monotonic() - began:.0f} s")
            print(bench.report(), flush=True)


if __name__ == "__main__":
    main()
