# SPDX-License-Identifier: Apache-2.0
"""Which rounds run, and for how long."""

import contextlib
import time
from collections.abc import Callable

import drift_rounds
import fault_rounds
import kill_rounds
import state_rounds
from bench import Bench
from faults import Action, Call

# Less than this many minutes are not enough for every call; then some are left out.
_ENOUGH_FOR_ALL = 10

# A push takes about as long; seconds.
_PUSH = 0.02

# The snapshot that is saved as a file of its own.
_BIG = -1

_FOREIGN_PAUSE = 0.003


def run(bench: Bench, seconds: float, only: set[str]):
    """First what goes through every call in order, then everything at random until the time is over."""
    end = time.monotonic() + seconds
    stride = 1 if seconds >= 60 * _ENOUGH_FOR_ALL else 7
    walks: dict[str, Callable] = {
        "kill": lambda: _walk_kills(bench, stride),
        "fault": lambda: _walk_faults(bench, stride),
    }
    for kind, walk in walks.items():
        if kind in only or not only:
            walk()
            bench.check_traffic()
    kinds: dict[str, Callable] = {
        "kill": lambda: [kill_rounds.at_random(bench, _PUSH) for _ in range(20)],
        "fault": lambda: [fault_rounds.at_random(bench) for _ in range(20)],
        "state": lambda: bench.random.choice(
            [state_rounds.disk_full, state_rounds.read_only, state_rounds.damage]
        )(bench),
        "drift": lambda: bench.random.choice(
            [drift_rounds.one, drift_rounds.one, drift_rounds.restore_old_listing]
        )(bench),
    }
    rounds = [one for kind, one in kinds.items() if kind in only or not only]
    while time.monotonic() < end:
        with _company(bench):
            for one in rounds:
                one()
                bench.figures["rounds"] += 1
                bench.check_traffic()


def _company(bench: Bench):
    """Half of the time somebody else commits all the time."""
    if bench.random.random() < 0.5:
        return contextlib.nullcontext()
    return bench.foreign_commits(_FOREIGN_PAUSE)


def _walk_kills(bench: Bench, stride: int):
    big = bench.snapshots[_BIG].number
    for target in (1, big):
        kill_rounds.walk_push(bench, target, Action.KILL, Call.all(), stride)
    for target in (1, big):
        kill_rounds.walk_push(bench, target, Action.KILL_HALF, Call.files())
    for empty in (False, True):
        kill_rounds.walk_start(bench, empty_kernel=empty, stride=stride * 4)


def _walk_faults(bench: Bench, stride: int):
    for error in fault_rounds.NETLINK_ERRORS[:: 1 if stride == 1 else 5]:
        fault_rounds.walk(bench, Action.FAIL, Call.netlink(), error, stride)
        fault_rounds.walk(bench, Action.DO_AND_FAIL, Call.netlink(), error, stride)
        fault_rounds.walk(bench, Action.ERROR_REPLY, Call.NETLINK_RECEIVE, error, stride)
    for action in (Action.INTERRUPTED, Action.CUT_SHORT):
        fault_rounds.walk(bench, action, Call.NETLINK_RECEIVE, 0, stride)
    for error in fault_rounds.FILE_ERRORS:
        fault_rounds.walk(bench, Action.FAIL, Call.files(), error)
        fault_rounds.walk(bench, Action.DO_AND_FAIL, Call.files(), error)
    fault_rounds.walk(bench, Action.HALF, Call.files(), 0)
