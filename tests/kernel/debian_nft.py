# SPDX-License-Identifier: Apache-2.0
"""nft as other releases of Debian have it: unpacked into a folder with its libraries, not installed."""

import os
import pathlib
import re
import subprocess

# An apt that knows nothing of this host but where its packages come from and who signs them.
_SETTINGS = (
    "Dir::Etc::SourceParts=-",
    "Dir::State::lists=lists",
    "Acquire::Languages=none",
    "Acquire::Retries=1",
    "Acquire::http::Timeout=20",
    "APT::Sandbox::User=root",
)
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

# Where libraries are, and were before /lib was a part of /usr.
_LIBRARIES = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu")

# Seconds for one call of apt.
_PATIENCE = 180


class NotOffered(Exception):
    """Why there is none here."""


def nft_of(release: str) -> list[str]:
    """The start of a command that runs this release's nft. It is fetched once for each build."""
    folder = pathlib.Path(os.environ["BUILD"], "debian_nft", release)
    root = folder / "root"
    if not (folder / "complete").exists():
        _unpack(_download(release, folder), root)
        (folder / "complete").touch()
    libraries = [root / name for name in _LIBRARIES]
    loader = next(path for path in _loaders(root) if path.exists())
    return [str(loader), "--library-path", ":".join(map(str, libraries)), str(root / "usr/sbin/nft")]


def version_of(nft: list[str]) -> str:
    said = subprocess.run([*nft, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"v([0-9.]+)", said).group(1)


def _loaders(root: pathlib.Path) -> list[pathlib.Path]:
    return [root / name / "ld-linux-x86-64.so.2" for name in _LIBRARIES]


def _run(*command: str, cwd: pathlib.Path | None = None) -> str:
    try:
        result = subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotOffered(f"{command[0]}: {error}") from None
    if result.returncode != 0:
        raise NotOffered(f"{command[0]}: {result.stderr.strip().splitlines()[-1:]}")
    return result.stdout


def _download(release: str, folder: pathlib.Path) -> list[pathlib.Path]:
    """The packages that nft of this release consists of."""
    if os.uname().machine != "x86_64":
        raise NotOffered("only looked for on amd64")
    if not pathlib.Path(_KEYRING).exists():
        raise NotOffered("there is no keyring of Debian's archive")
    places = _run(
        "apt-get", "indextargets", "--format", "$(REPO_URI)",
        "Codename: bookworm", "Component: main", "Created-By: Packages",
    ).split()  # fmt: skip
    if not places:
        raise NotOffered("apt has no source for Debian 12")
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={_KEYRING}] {places[0]} {release} main\n")
    settings = [f"-o{setting}" for setting in _SETTINGS] + [
        f"-oDir::Etc::SourceList={sources}",
        f"-oDir::State={folder}",
        f"-oDir::State::status={folder / 'status'}",
        f"-oDir::Cache={folder / 'cache'}",
    ]
    _run("apt-get", *settings, "update", "-q", "--error-on=any")
    _run(
        "apt-get", *settings, "install", "-q", "--yes", "--download-only",
        "--no-install-recommends", "nftables",
    )  # fmt: skip
    return sorted((folder / "cache/archives").glob("*.deb"))


def _unpack(packages: list[pathlib.Path], root: pathlib.Path):
    for package in packages:
        _run("dpkg", "-x", str(package), str(root))
