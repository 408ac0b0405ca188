# SPDX-License-Identifier: Apache-2.0
"""What others do to the ruleset, by hand or by program: ours is repaired, in one transaction, and said once."""

import time

from addresses import V4
from bench import Bench
from waiting import PATIENCE

# Whether clients notice: then the tables were destroyed. Commands of nft.
_DAMAGES = (
    (True, ["flush ruleset"]),
    (True, ["delete table ip nftsvc"]),
    (True, ["delete table ip6 nftsvc"]),
    (True, ["flush table ip nftsvc"]),
    (True, ["flush chain ip nftsvc services"]),
    (True, ["delete chain ip nftsvc nat-prerouting"]),
    (True, ["flush map ip nftsvc services"]),
    (True, ["flush map ip nftsvc endpoints"]),
    (True, ["insert rule ip nftsvc services drop"]),
    (True, ["add table ip nftsvc { flags dormant; }"]),
    (True, ["flush chain ip nftsvc nat-postrouting"]),
    (False, [f"add element ip nftsvc no-endpoints {{ {V4.unassigned_ip} . tcp . 80 : drop }}"]),
    (False, ["add chain ip nftsvc theirs", "add rule ip nftsvc theirs counter"]),
    (False, ["add rule ip nftsvc services counter"]),
    (False, ["add set ip6 nftsvc theirs { type inet_service; }"]),
    (True, ["flush set ip nftsvc hairpin"]),
    (False, ["flush set ip nftsvc allowed-sources"]),
)

_LOGGED = "somebody changed our tables"


def one(bench: Bench):
    """Something is damaged, at random."""
    destroys, commands = bench.random.choice(_DAMAGES)
    _repair(bench, destroys, "\n".join(commands))


def restore_old_listing(bench: Bench):
    """As who saves `nft list ruleset` and loads it at boot, or when they are done with their changes."""
    with bench.quiet():
        listing = bench.node.run("nft", "list", "ruleset")
    assert bench.push(new := bench.another()) is not None
    bench.accepted = new.number
    _repair(bench, True, "flush ruleset\n" + listing)


def _repair(bench: Bench, destroys: bool, commands: str):
    before, logged = bench.status(), bench.daemon.log.count(_LOGGED)
    foreign = bench.foreign_table()
    if destroys:
        with bench.outage():
            seconds = _damage_and_wait(bench, commands)
    else:
        seconds = _damage_and_wait(bench, commands)
    bench.repairs.append(seconds)
    bench.figures["damages to the tables"] += 1
    after = bench.status()
    assert after.in_sync and after.last_drift != before.last_drift, after
    assert after.drift_repairs == before.drift_repairs + 1, (before, after)
    assert bench.daemon.log.count(_LOGGED) == logged + 1, bench.log_tail()
    if commands == "flush ruleset":
        bench.make_foreign_table()
    else:
        assert bench.foreign_table() == foreign


def _damage_and_wait(bench: Bench, commands: str) -> float:
    repairs = bench.status().drift_repairs
    bench.node.run("nft", "-f", "-", stdin=commands)
    began = time.monotonic()
    while bench.status().drift_repairs == repairs:
        assert time.monotonic() < began + PATIENCE, f"not repaired: {commands}\n{bench.log_tail()}"
        time.sleep(0.005)
    seconds = time.monotonic() - began
    bench.held(bench.accepted)
    return seconds
