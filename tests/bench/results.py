# SPDX-License-Identifier: Apache-2.0
"""What was measured: figures with all their values, and files of them."""

import csv
import dataclasses
import math
import os
import pathlib
import platform
import subprocess

CHECK = "check"  # the unit of what must be so: its values are 1 or 0


@dataclasses.dataclass
class Figure:
    """One thing of one way to do the work, for one profile or variant."""

    way: str
    subject: str
    what: str
    unit: str
    values: list[float]

    def quantile(self, share: float) -> float:
        ordered = sorted(self.values)
        return ordered[math.floor(share * (len(ordered) - 1) + 0.5)]

    @property
    def median(self) -> float:
        return self.quantile(0.5)


class Results:
    """Figures in the order in which they were first added."""

    def __init__(self):
        self._figures: dict[tuple[str, str, str], Figure] = {}
        self.skipped: list[tuple[str, str]] = []  # what was not measured, and why

    def add(self, way: str, subject: str, what: str, unit: str, value: float):
        figure = self._figures.setdefault(
            (way, subject, what), Figure(way, subject, what, unit, [])
        )
        figure.values.append(value)

    def add_csv(self, way: str, text: str):
        """Rows of `nftsvc_bench --csv`. A row that was cut off is none."""
        for row in csv.reader(text.splitlines()):
            if len(row) == 4:
                self.add(way, row[0], row[1], row[2], float(row[3]))

    def skip(self, what: str, reason: str):
        self.skipped.append((what, reason))

    def find(self, way: str, subject: str, what: str) -> Figure | None:
        return self._figures.get((way, subject, what))

    def of(self, way: str, subject: str | None = None) -> list[Figure]:
        """But for checks."""
        return [
            figure
            for figure in self._figures.values()
            if figure.way == way and subject in (None, figure.subject) and figure.unit != CHECK
        ]

    def failed_checks(self) -> list[Figure]:
        return [
            figure
            for figure in self._figures.values()
            if figure.unit == CHECK and min(figure.values) < 1
        ]

    def write_csv(self, path: pathlib.Path):
        with path.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow("way subject what unit values min median p99 max".split())
            for figure in self._figures.values():
                quantiles = (f"{figure.quantile(share):.6g}" for share in (0, 0.5, 0.99, 1))
                writer.writerow(
                    [figure.way, figure.subject, figure.what, figure.unit]
                    + [len(figure.values), *quantiles]
                )


def machine() -> str:
    """Where this runs, in one line."""
    cpu = platform.processor() or platform.machine()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    virtual = " (virtual)" if "hypervisor" in pathlib.Path("/proc/cpuinfo").read_text() else ""
    nft = subprocess.run(["nft", "--version"], capture_output=True, text=True).stdout.split()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} × {cpu}{virtual}, {memory:.0f} GB, kernel {platform.release()}, "
        f"nft {nft[1].lstrip('v')}; load average before: {os.getloadavg()[0]:.1f}"
    )
