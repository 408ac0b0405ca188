# SPDX-License-Identifier: Apache-2.0
# Sourced by the first process of a machine.

# Makes $2/root of the host's tree, which is at $1: to read; what is written stays in memory, below $2.
make_root() {
  mount -t tmpfs tmpfs "$2"
  mkdir "$2/files" "$2/work" "$2/root"
  mount -t overlay -o "lowerdir=$1,upperdir=$2/files,workdir=$2/work" overlay "$2/root"
  mkdir -p "$2/root/run"
  mount -t tmpfs tmpfs "$2/root/run"
  mkdir "$2/root/run/results" "$2/root/run/netns"
}

# Fills the /dev of the new root $1, which is mounted.
fill_devices() {
  mkdir -p "$1/dev/pts" "$1/dev/shm"
  mount -t devpts devpts "$1/dev/pts"
  mount -t tmpfs tmpfs "$1/dev/shm"
}
