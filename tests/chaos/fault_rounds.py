# SPDX-License-Identifier: Apache-2.0
"""System calls that fail, or claim to: the loop converges, whatever the push was answered."""

import errno
import itertools

from bench import Bench
from faults import Action, Call
from protocol import Ack

# Of netfilter's netlink, and of sockets.
NETLINK_ERRORS = (
    errno.EPERM, errno.ENOENT, errno.EINTR, errno.EIO, errno.EAGAIN, errno.ENOMEM, errno.EBUSY,
    errno.EEXIST, errno.EINVAL, errno.ENFILE, errno.EMFILE, errno.ENOSPC, errno.ERANGE,
    errno.ENOBUFS, errno.EOPNOTSUPP, errno.EMSGSIZE, errno.ETIMEDOUT, errno.ECONNREFUSED,
    errno.ERESTART, errno.EOVERFLOW,
)  # fmt: skip

FILE_ERRORS = (errno.EIO, errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EINTR, errno.EMFILE)

_END = 5000


def one(bench: Bench, call: int, action: Action, calls: Call, error: int) -> bool:
    """A push during which that call goes wrong. False: it makes less calls than that."""
    old, new = bench.accepted, bench.another().number
    bench.faults.plan(call, action, calls, error)
    answer = bench.push(bench.snapshots[new])
    hit = bench.faults.hit
    bench.faults.cancel()
    assert bench.process.poll() is None, f"{action.name} {hit}: {bench.log_tail()}"
    bench.figures[f"faults of system calls ({action.name})"] += hit != ""
    if hit != "" or not isinstance(answer, Ack):
        # The socket's own calls may have been hit: then there is no answer, and the push may be done.
        bench.converge(*((new,) if isinstance(answer, Ack) else (old, new)))
    else:
        bench.accepted = new
    return hit != ""


def walk(bench: Bench, action: Action, calls: Call, error: int, stride: int = 1):
    for call in itertools.count(1, stride):
        assert call < _END
        if not one(bench, call, action, calls, error):
            return


def at_random(bench: Bench):
    random = bench.random
    if random.random() < 0.7:
        action = random.choice(
            [Action.FAIL, Action.DO_AND_FAIL, Action.ERROR_REPLY, Action.INTERRUPTED, Action.CUT_SHORT]
        )
        replies = (Action.ERROR_REPLY, Action.INTERRUPTED, Action.CUT_SHORT)
        calls = Call.NETLINK_RECEIVE if action in replies else Call.netlink()
        one(bench, random.randint(1, 40), action, calls, random.choice(NETLINK_ERRORS))
    else:
        action = random.choice([Action.FAIL, Action.DO_AND_FAIL, Action.HALF])
        one(bench, random.randint(1, 10), action, Call.files(), random.choice(FILE_ERRORS))
