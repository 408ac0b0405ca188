# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of the plan, as the first process of a machine that ends with it.

The plan is a file of jobs that the host wrote. Several machines may work at one plan: who can make the folder by a
job's name has the job, and leaves there what it said and what came of it.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

_RESULTS = pathlib.Path("/run/results")


def _run(job: dict, folder: pathlib.Path):
    began = time.monotonic()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            job["command"],
            env={**os.environ, **job["environment"]},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            code = process.wait(job["timeout"])
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            code = None
            log.write(f"\nnot done after {job['timeout']} seconds\n")
    outcome = folder / "outcome.new"
    outcome.write_text(json.dumps({"code": code, "seconds": time.monotonic() - began}))
    outcome.rename(folder / "outcome")


def _work(jobs: list[dict]):
    for job in jobs:
        folder = _RESULTS / job["name"]
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        _run(job, folder)


def run_jobs(plan: dict):
    (_RESULTS / "kernel").write_text(os.uname().release + "\n")
    os.environ.update(
        {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
    )
    for module in plan["modules"]:
        subprocess.run(["modprobe", module], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    workers = [
        threading.Thread(target=_work, args=(plan["jobs"],)) for _ in range(plan["parallel"])
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def main():
    plan = json.loads((_RESULTS / "plan").read_text())
    # The first process is the parent of all whose own has ended, and must take leave of them.
    worker = os.fork()
    if worker == 0:
        run_jobs(plan)
        sys.exit(0)
    while os.wait()[0] != worker:
        pass
    os.sync()
    # Writes to the host are not cached; the machine may go at once.
    pathlib.Path("/proc/sysrq-trigger").write_text(plan["end"])


if __name__ == "__main__":
    main()
