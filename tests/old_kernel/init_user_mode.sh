#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The first process of a user-mode machine, whose root is the host's, to read.
# The kernel gives it what its command line says as variables: here, results, program.
set -e

export PATH=/usr/sbin:/usr/bin:/sbin:/bin
. "$here/tree.sh"

# Until then the host's own is there, in which this process is the machine.
mount -n -t proc proc /proc
exec >/dev/console 2>&1
make_root / /mnt
readonly ROOT=/mnt/root
mount -t hostfs -o "$results" results $ROOT/run/results
mount -t proc proc $ROOT/proc
mount -t sysfs sysfs $ROOT/sys
mount -t devtmpfs devtmpfs $ROOT/dev
fill_devices $ROOT
exec chroot $ROOT /usr/bin/python3 -B "$program"
