# SPDX-License-Identifier: Apache-2.0
"""kill -9 at every step of what the daemon does: the kernel holds the old or the new snapshot, and an
acknowledged push is never lost.
"""

import itertools

from bench import Bench
from faults import Action, Call
from protocol import Ack

# No push or start makes more calls than that.
_END = 5000


def walk_push(bench: Bench, target: int, action: Action, calls: Call, stride: int = 1):
    """Dies at the first, second, … call that a push of this snapshot makes, until it makes no more."""
    for call in itertools.count(1, stride):
        assert call < _END
        if bench.accepted == target:
            _calm_push(bench, bench.another().number)
        old = bench.accepted
        bench.faults.plan(call, action, calls)
        answer = bench.push(bench.snapshots[target])
        bench.faults.cancel()
        if not bench.faults.hit:
            assert isinstance(answer, Ack), answer
            bench.accepted = target
            return
        bench.bury()
        bench.figures["kills at a call of a push"] += 1
        bench.after_death(old, target, answer)


def _calm_push(bench: Bench, number: int):
    answer = bench.push(bench.snapshots[number])
    assert isinstance(answer, Ack) and not answer.persist_warning, answer
    bench.accepted = number


def walk_start(bench: Bench, *, empty_kernel: bool, stride: int = 1):
    """The same for a start, over a kernel that holds all already, or nothing."""
    for call in itertools.count(1, stride):
        assert call < _END
        bench.kill()
        if empty_kernel:
            with bench.outage():
                bench.node.run("nft", "flush", "ruleset")
                bench.figures["rulesets flushed"] += 1
                died = _die_at_start(bench, call)
                bench.recover(bench.accepted)
            bench.make_foreign_table()
        else:
            died = _die_at_start(bench, call)
            bench.held(bench.accepted)
            bench.recover(bench.accepted)
        if not died:
            return


def _die_at_start(bench: Bench, call: int) -> bool:
    bench.faults.plan(call, Action.KILL)
    bench.spawn()
    status = bench.wait_for_status()
    bench.faults.cancel()
    if status is not None:
        # The call after that which answered us may be the one.
        bench.kill()
        return False
    bench.figures["kills at a call of a start"] += 1
    return True


def at_random(bench: Bench, longest: float):
    """Dies whenever it happens: pushes take longer or shorter than the delay."""
    old, new = bench.accepted, bench.another()
    answer = bench.push_and_kill(new, bench.random.uniform(0, longest))
    bench.figures["kills at random"] += 1
    bench.after_death(old, new.number, answer)
