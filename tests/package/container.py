# SPDX-License-Identifier: Apache-2.0
"""A Debian that boots with systemd as its init, in a container with a network of its own.

The system lies in a folder that is made once. What a container changes there is kept apart from it and
forgotten when this process ends, as are its mounts: they are in a mount namespace of ours.
"""

import contextlib
import ctypes
import pathlib
import shlex
import shutil
import signal
import subprocess
import tempfile

# <linux/sched.h>
_CLONE_NEWNS = 0x00020000

# Packages beyond the smallest system: init, and what tests use inside.
_INCLUDED = (
    "systemd,systemd-sysv,dbus,apt-utils,"
    "nftables,iptables,conntrack,iproute2,kmod,python3,procps,curl,sudo"
)

# Not unpacked: what nobody reads there. Only while the system is made, not when the package is installed.
_UNREAD = ("doc", "man", "locale", "info")

# Of Debian's own, where apt of this host has no source for its release.
_MIRROR = "http://deb.debian.org/debian"

# Where systemd runs, it gives the container a cgroup. Elsewhere nspawn makes these in its own.
_UNIT_OPTIONS = [] if pathlib.Path("/run/systemd/system").is_dir() else ["--keep-unit"]
_CGROUPS = ("payload/init.scope", "payload", "supervisor")
_CGROUP_ROOTS = ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified")

# What nspawn shares with its containers.
_SHARED = pathlib.Path("/run/systemd/nspawn")

# Seconds. An idle machine needs a tenth of them.
_TIME_TO_SHUT_DOWN = 30


def host_release() -> str:
    """This Debian's code name, for which the package was built."""
    fields = dict(
        line.split("=", 1)
        for line in pathlib.Path("/etc/os-release").read_text().splitlines()
        if "=" in line
    )
    return fields["VERSION_CODENAME"]


def _mirror(release: str) -> str:
    """Where this host gets its own packages from."""
    places = _run(
        "apt-get", "indextargets", "--format", "$(REPO_URI)",
        f"Codename: {release}", "Component: main", "Created-By: Packages",
    ).split()  # fmt: skip
    return places[0] if places else _MIRROR


def make_system(directory: pathlib.Path, package: pathlib.Path) -> pathlib.Path:
    """The installed system below the directory, with all that the package depends on, but without it.

    It is made anew whenever what is wanted of it has changed.
    """
    depends = _run("dpkg-deb", "--field", str(package), "Pre-Depends", "Depends")
    depends = ", ".join(line.split(":", 1)[1].strip() for line in depends.splitlines())
    wanted = f"{_INCLUDED}\n{depends}\n"
    system = directory / host_release()
    marker = directory / f"{system.name}.wanted"
    if system.exists() and marker.exists() and marker.read_text() == wanted:
        return system
    marker.unlink(missing_ok=True)
    shutil.rmtree(system, ignore_errors=True)
    directory.mkdir(parents=True, exist_ok=True)
    satisfy = f"apt-get satisfy -q -y --no-install-recommends {shlex.quote(depends)}"
    _run(
        "mmdebstrap", "--quiet", "--variant=apt", f"--include={_INCLUDED}",
        "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _UNREAD),
        f'--customize-hook=chroot "$1" {satisfy}',
        '--customize-hook=rm "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"',
        system.name, str(system), _mirror(system.name),
    )  # fmt: skip
    marker.write_text(wanted)
    return system


def _run(*command: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {result.stdout}{result.stderr}")
    return result.stdout


def may_have_mounts() -> bool:
    """Whether root is allowed to mount here; in a container it often is not."""
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "probe", "/mnt"]
    return subprocess.run(probe, capture_output=True, timeout=60).returncode == 0


def enter_private_mounts():
    """Whatever this process mounts from here on is seen by nobody else, and gone with it."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare mounts")
    _run("mount", "--make-rprivate", "/")
    _SHARED.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "shared", str(_SHARED))


class Container:
    """Boots when entered, and is gone after leaving it.

    `files` are put into the system before. `shown` are folders of ours by their place inside, read only
    there; in `results`, which is one of ours too, the container may write.
    """

    def __init__(
        self,
        system: pathlib.Path,
        files: dict[str, str],
        shown: dict[str, pathlib.Path],
        results: pathlib.Path,
    ):
        self._system = system
        self._files = files
        self._shown = shown
        self._results = results
        self._exits = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as exits:
            work = pathlib.Path(
                exits.enter_context(
                    tempfile.TemporaryDirectory(prefix="nftsvc-test-", ignore_cleanup_errors=True)
                )
            )
            self._root = self._layer(work, exits)
            for path, text in self._files.items():
                (self._root / path).parent.mkdir(parents=True, exist_ok=True)
                (self._root / path).write_text(text)
            # Kept on disk, to be read from outside whatever becomes of the container.
            self._journal = self._root / "var/log/journal"
            self._journal.mkdir(parents=True, exist_ok=True)
            self._boot(exits)
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_):
        self._exits.close()

    def journal(self) -> str:
        """The end of it."""
        return _run("journalctl", f"--directory={self._journal}", "--lines=200", "--no-pager")

    def wait(self, seconds: float) -> bool:
        """Whether it shut down by itself within this time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _layer(self, work: pathlib.Path, exits: contextlib.ExitStack) -> pathlib.Path:
        """A view of the system that takes changes, in memory."""
        _run("mount", "-t", "tmpfs", "changes", str(work))
        exits.callback(_run, "umount", "--lazy", str(work))
        layers = {name: work / name for name in ("changed", "scratch", "root")}
        for path in layers.values():
            path.mkdir()
        options = (
            f"lowerdir={self._system},upperdir={layers['changed']},workdir={layers['scratch']}"
        )
        _run("mount", "-t", "overlay", "-o", options, "system", str(layers["root"]))
        exits.callback(_run, "umount", "--lazy", str(layers["root"]))
        return layers["root"]

    def _boot(self, exits: contextlib.ExitStack):
        binds = [f"--bind-ro={ours}:{theirs}" for theirs, ours in self._shown.items()]
        binds.append(f"--bind={self._results}:/results")
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL",
             "systemd-nspawn", "--quiet", "--boot", "--private-network", "--register=no",
             *_UNIT_OPTIONS, "--machine=nftsvc-test", "--console=pipe", "--link-journal=no",
             "--resolv-conf=off", "--timezone=off", *binds, f"--directory={self._root}"],
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        exits.callback(self._end)

    def _end(self):
        """nspawn asks the container's init to shut down; without nspawn all its processes die."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            if not self.wait(_TIME_TO_SHUT_DOWN):
                self._process.kill()
                self._process.wait()
        if _UNIT_OPTIONS:
            for cgroup in (pathlib.Path(root, name) for name in _CGROUPS for root in _CGROUP_ROOTS):
                with contextlib.suppress(OSError):
                    cgroup.rmdir()
