# SPDX-License-Identifier: Apache-2.0
"""A kernel as Debian builds it, in a machine of QEMU."""

import pathlib
import subprocess
import tempfile
import time

from debian_kernel import DebianKernel
from initramfs import Initramfs
from machine import Machine

_HERE = pathlib.Path(__file__).resolve().parent

# What the first process needs to reach the tree: the bus, the file system that the host shares, and the one
# that keeps what is written in memory.
_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")


def _initramfs(kernel: DebianKernel) -> bytes:
    files = Initramfs()
    for name in ("proc", "sys", "dev", "host", "written"):
        files.add_folder(name)
    files.add("init", (_HERE / "init_emulated.sh").read_bytes())
    files.add("tree.sh", (_HERE / "tree.sh").read_bytes())
    files.add("bin/busybox", pathlib.Path("/bin/busybox").read_bytes())
    modules = kernel.module_files(*_MODULES)
    for module in modules:
        files.add(f"modules/{module.name}", module.read_bytes())
    files.add("modules/order", "".join(f"{module.name}\n" for module in modules).encode())
    return files.archive()


class EmulatedMachine(Machine):
    """It is emulated: the machines that tests run on are often virtual themselves and cannot have others."""

    # It is told to end rather than to reboot.
    END = "b"

    def __init__(
        self,
        kernel: DebianKernel,
        program: pathlib.Path,
        results: pathlib.Path,
        console: pathlib.Path,
        *,
        cpus: int,
        memory_mb: int,
    ):
        with tempfile.NamedTemporaryFile(prefix="nftsvc-initramfs-") as initramfs:
            initramfs.write(_initramfs(kernel))
            initramfs.flush()
            words = (
                # An emulated timer may come too late for the check of it, and then the machine stands still.
                # Nobody in there is to be kept from another's secrets, which costs most when emulated.
                "console=ttyS0 quiet panic=-1 reboot=t no_timer_check mitigations=off",
                f"modules_path={kernel.modules.resolve()}",
                f"program={program}",
            )
            process = subprocess.Popen(
                [
                    "qemu-system-x86_64",
                    "-accel", "tcg,thread=multi", "-cpu", "Nehalem",
                    "-smp", str(cpus), "-m", str(memory_mb),
                    "-nodefaults", "-nographic", "-nic", "none", "-no-reboot",
                    "-serial", f"file:{console}",
                    "-kernel", str(kernel.image),
                    "-initrd", initramfs.name,
                    "-append", " ".join(words),
                    *_share("host", pathlib.Path("/"), "readonly=on,multidevs=remap"),
                    *_share("results", results, "readonly=off"),
                ],
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
            super().__init__(process, console)
            self._await_start()

    def _await_start(self):
        """The initramfs is read before the console says anything."""
        deadline = time.monotonic() + 120
        while not (self.console.exists() and self.console.stat().st_size > 0):
            if self.has_ended() or time.monotonic() > deadline:
                break
            time.sleep(0.1)


def _share(tag: str, folder: pathlib.Path, options: str) -> list[str]:
    return [
        "-fsdev", f"local,id={tag},path={folder},security_model=none,{options}",
        "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}",
    ]  # fmt: skip
