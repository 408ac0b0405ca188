#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# The first process of the guest: makes the host's tree its root, to read; what is written stays in memory.
# The kernel gives it what its command line says as variables: modules_path, results, program.
set -e

busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs devtmpfs /dev
while read -r module; do
  busybox insmod "/modules/$module"
done </modules/order

# Others write to the host's tree meanwhile, but not to what the tests read: a cache is right, and without it
# each start of a program is thousands of questions to the host.
readonly TREE=trans=virtio,version=9p2000.L,msize=512000
busybox mount -t 9p -o ro,cache=loose,$TREE host /host
busybox mount -t tmpfs tmpfs /written
busybox mkdir /written/files /written/work
busybox mount -t overlay -o lowerdir=/host,upperdir=/written/files,workdir=/written/work overlay /root

busybox mkdir -p /root/usr/lib/modules /root/run
busybox mount -t tmpfs tmpfs /root/run
busybox mkdir /root/run/results /root/run/netns
busybox mount --bind "/root$modules_path" /root/usr/lib/modules
busybox mount -t 9p -o rw,$TREE results /root/run/results
for name in proc sys dev; do
  busybox mount --move /$name /root/$name
done
busybox mkdir -p /root/dev/pts /root/dev/shm
busybox mount -t devpts devpts /root/dev/pts
busybox mount -t tmpfs tmpfs /root/dev/shm
exec busybox switch_root /root /usr/bin/python3 -B "$program"
