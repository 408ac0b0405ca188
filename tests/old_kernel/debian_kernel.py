# SPDX-License-Identifier: Apache-2.0
"""A kernel as Debian packages it: unpacked into a folder, not installed."""

import dataclasses
import pathlib
import re
import subprocess


@dataclasses.dataclass(frozen=True)
class DebianKernel:
    """`folder` is the root of what its package brings."""

    folder: pathlib.Path
    release: str

    @property
    def image(self) -> pathlib.Path:
        return self.folder / "boot" / f"vmlinuz-{self.release}"

    @property
    def modules(self) -> pathlib.Path:
        """Of which /lib/modules is made."""
        return self.folder / "lib/modules"

    def module_files(self, *names: str) -> list[pathlib.Path]:
        """Those of these modules and of all that they need, in an order in which they load."""
        order: list[str] = []
        by_name = {pathlib.Path(path).stem: path for path in self._needs()}
        for name in names:
            # Each line has what it needs behind it, the deepest last.
            for path in [*reversed(self._needs()[by_name[name]]), by_name[name]]:
                if path not in order:
                    order.append(path)
        return [self.modules / self.release / path for path in order]

    def _needs(self) -> dict[str, list[str]]:
        lines = (self.modules / self.release / "modules.dep").read_text().splitlines()
        return {path: needed.split() for path, needed in (line.split(":") for line in lines)}


def fetch(metapackage: str, directory: pathlib.Path) -> DebianKernel:
    """The newest of what a metapackage stands for, once for each version of it."""
    depends = subprocess.run(
        ["apt-cache", "depends", "--no-recommends", "--no-suggests", metapackage],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found = re.search(r"Depends: (linux-image-(\S+))", depends)
    if found is None:
        raise RuntimeError(f"apt knows no kernel by the name {metapackage}: {depends}")
    package, release = found.groups()
    kernel = DebianKernel(directory / package, release)
    if not (kernel.modules / release / "modules.dep").exists():
        directory.mkdir(parents=True, exist_ok=True)
        for old in directory.glob(f"{package}_*.deb"):
            old.unlink()
        subprocess.run(["apt-get", "download", "-q", package], cwd=directory, check=True)
        (archive,) = directory.glob(f"{package}_*.deb")
        subprocess.run(["dpkg", "-x", archive, kernel.folder], check=True)
        archive.unlink()
        subprocess.run(["depmod", "-b", kernel.folder, release], check=True)
    return kernel
