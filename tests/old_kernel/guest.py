# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of the plan, as the first process of a machine that ends with it.

The plan is a file of jobs that the host wrote. Their outcomes are lines of another one; what each job
says is a file by its name.
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


class Guest:
    def __init__(self, plan: dict):
        self._jobs: list[dict] = plan["jobs"]
        self._lock = threading.Lock()
        self._outcomes = (_RESULTS / "outcomes").open("a")

    def work(self):
        """Until no job is left."""
        while True:
            with self._lock:
                if not self._jobs:
                    return
                job = self._jobs.pop(0)
            self._run(job)

    def _run(self, job: dict):
        self._tell(job["name"], "begun")
        began = time.monotonic()
        with (_RESULTS / f"{job['name']}.log").open("w") as log:
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
        self._tell(job["name"], "ended", code=code, seconds=round(time.monotonic() - began, 1))

    def _tell(self, name: str, what: str, **more):
        with self._lock:
            self._outcomes.write(json.dumps({"name": name, "what": what, **more}) + "\n")
            self._outcomes.flush()


def run_jobs():
    plan = json.loads((_RESULTS / "plan").read_text())
    (_RESULTS / "kernel").write_text(os.uname().release + "\n")
    os.environ.update(
        {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
    )
    for module in plan["modules"]:
        subprocess.run(["modprobe", module], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    guest = Guest(plan)
    workers = [threading.Thread(target=guest.work) for _ in range(plan["parallel"])]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def main():
    # The first process is the parent of all whose own has ended, and must take leave of them.
    worker = os.fork()
    if worker == 0:
        run_jobs()
        sys.exit(0)
    while os.wait()[0] != worker:
        pass
    os.sync()
    # Writes to the host are not cached; the machine may go at once. The emulator is told to end with it.
    pathlib.Path("/proc/sysrq-trigger").write_text("b")


if __name__ == "__main__":
    main()
