#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# The first process of an emulated machine: makes the host's tree its root.
# The kernel gives it what its command line says as variables: modules_path, program.
set -e

/bin/busybox --install -s /bin
export PATH=/bin
. /tree.sh

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
while read -r module; do
  insmod "/modules/$module"
done </modules/order

# Others write to the host's tree meanwhile, but not to what the tests read: a cache is right, and without it
# each start of a program is thousands of questions to the host.
readonly TREE=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o ro,cache=loose,$TREE host /host
make_root /host /written
readonly ROOT=/written/root
mkdir -p $ROOT/usr/lib/modules
mount --bind "$ROOT$modules_path" $ROOT/usr/lib/modules
mount -t 9p -o rw,$TREE results $ROOT/run/results
for name in proc sys dev; do
  mount --move /$name $ROOT/$name
done
fill_devices $ROOT
exec switch_root $ROOT /usr/bin/python3 -B "$program"
