# SPDX-License-Identifier: Apache-2.0
"""A state directory that is full, read-only or damaged: forwarding goes on, and the socket says what is wrong."""

import contextlib
import shutil
import subprocess
import tempfile

from bench import Bench
from protocol import Ack


def disk_full(bench: Bench):
    """Pushes are enforced, and saved as soon as there is room."""
    filler = bench.state / "filler"

    def fill():
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))

    _cannot_save(bench, fill, filler.unlink, "no space left on device")
    bench.figures["disks filled"] += 1


def read_only(bench: Bench):
    def remount(mode: str):
        subprocess.run(["mount", "-o", f"remount,{mode}", bench.state], check=True)

    # A journal that is open for writing would keep the disk writable.
    bench.kill()
    remount("ro")
    bench.start()
    _cannot_save(bench, lambda: None, lambda: remount("rw"), "read-only file system")
    bench.figures["disks made read-only"] += 1


def _cannot_save(bench: Bench, begin, end, why: str):
    new = bench.random.choice([s for s in bench.snapshots[:-1] if s.number != bench.accepted])
    begin()
    try:
        # The journal may have room left in its last block; the big snapshot has not.
        for snapshot in (new, bench.snapshots[-1], new, new):
            answer = bench.push(snapshot)
            assert isinstance(answer, Ack), answer
            bench.held(snapshot.number)
            bench.accepted = snapshot.number
        status = bench.status()
        assert status.in_sync, status
        assert why in status.persist_problem.lower(), status
        assert why in answer.persist_warning.lower(), answer
        assert why in bench.log_tail().lower()
        dies_too = bench.random.random() < 0.5
        if dies_too:
            bench.kill()
            bench.held(new.number)
    finally:
        end()
    if dies_too:
        # What the socket and the log had warned of.
        bench.recover(*range(len(bench.snapshots)))
        return
    bench.converge(new.number)
    bench.kill()
    bench.recover(new.number)


def damage(bench: Bench):
    """Whatever the files look like: the daemon holds some snapshot that was accepted, or says what is wrong
    and touches nothing."""
    # So that there is a snapshot file, one before it, and a journal.
    for snapshot in (bench.snapshots[-1], bench.another(), bench.another()):
        if snapshot.number != bench.accepted:
            answer = bench.push(snapshot)
            assert isinstance(answer, Ack), answer
            bench.accepted = snapshot.number
    bench.kill()
    with tempfile.TemporaryDirectory(prefix="nftsvc-chaos-") as kept:
        shutil.copytree(bench.state, kept, dirs_exist_ok=True)
        for path in bench.random.sample(sorted(bench.state.iterdir()), bench.random.randint(1, 2)):
            _spoil(bench, path)
        bench.figures["state files damaged"] += 1
        bench.spawn()
        status = bench.wait_for_status()
        if status is not None:
            assert status.in_sync, status
            bench.accepted = bench.held(*range(len(bench.snapshots)))
            return
        bench.figures["starts refused over damaged files"] += 1
        assert str(bench.state) in bench.log_tail()
        bench.held(bench.accepted)
        for path in bench.state.iterdir():
            path.unlink()
        shutil.copytree(kept, bench.state, dirs_exist_ok=True)
    bench.recover(bench.accepted)


def _spoil(bench: Bench, path):
    data = bytearray(path.read_bytes())
    random = bench.random
    kind = random.choice(["flip", "cut", "zeros", "garbage", "gone"])
    if kind == "flip" and data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    elif kind == "cut":
        del data[random.randrange(len(data) + 1) :]
    elif kind == "zeros":
        data += bytes(random.randrange(1, 5000))
    elif kind == "garbage":
        data += random.randbytes(random.randrange(1, 5000))
    if kind == "gone":
        path.unlink()
    else:
        path.write_bytes(data)
