# SPDX-License-Identifier: Apache-2.0
"""Debian's sources of a kernel, built to be a process of the host."""

import os
import pathlib
import re
import subprocess

_CONFIG = pathlib.Path(__file__).resolve().parent / "user_mode.config"


def build_user_mode(package: str, directory: pathlib.Path) -> pathlib.Path:
    """The program, once for each version of the package and of what is configured."""
    policy = subprocess.run(
        ["apt-cache", "policy", package], capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    found = re.search(r"Candidate: (\d\S*)", policy)
    if found is None:
        raise RuntimeError(f"apt knows no sources by the name {package}: {policy}")
    folder = directory / f"{package}_{found[1]}"
    kernel = folder / "linux"
    config = folder / "config"
    if kernel.exists() and config.read_bytes() == _CONFIG.read_bytes():
        return kernel
    sources = folder / package
    if not (sources / "Makefile").exists():
        _unpack(package, folder)
    _configure(sources)
    _make(sources, f"-j{os.cpu_count()}", "linux")
    config.write_bytes(_CONFIG.read_bytes())
    (sources / "linux").replace(kernel)
    return kernel


def _unpack(package: str, folder: pathlib.Path):
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True)
    (archive,) = folder.glob(f"{package}_*.deb")
    subprocess.run(["dpkg", "-x", archive, folder / "package"], check=True)
    archive.unlink()
    tree = folder / "package/usr/src" / f"{package}.tar.xz"
    subprocess.run(["tar", "-C", folder, "-xf", tree], check=True)
    tree.unlink()


def _configure(sources: pathlib.Path):
    """What is not named is off, unless something that is named needs it."""
    _make(sources, f"KCONFIG_ALLCONFIG={_CONFIG}", "allnoconfig")
    made = set((sources / ".config").read_text().splitlines())
    lacking = [line for line in _CONFIG.read_text().splitlines() if line.startswith("CONFIG_") and line not in made]
    if lacking:
        raise RuntimeError(f"the kernel cannot be configured with {' '.join(lacking)}")


def _make(sources: pathlib.Path, *what: str):
    subprocess.run(["make", "-s", "-C", sources, "ARCH=um", *what], check=True)
