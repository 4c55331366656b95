# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the first process of a VM does first, whatever the VM is for: what is mounted
# where, and a network. And whether the kernel had something to complain about.
export PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C

mkdir -p /proc /sys /dev /tmp /run /root /var
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2> /dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing 2> /dev/null
mkdir -p /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ln -s /proc/self/fd /dev/fd
ln -s fd/0 /dev/stdin
ln -s fd/1 /dev/stdout
ln -s fd/2 /dev/stderr
ln -s /run /var/run
exec < /dev/null > /dev/console 2>&1

ip link set lo up
sysctl -qw fs.file-max=1000000
ulimit -n 300000

# nothing_logged: the kernel did not complain. Not every complaint taints it, and
# not every one has a text that is listed here.
nothing_logged()
{
	local tainted complaints

	complaints='\] (WARNING|BUG|INFO): |KASAN: |KCSAN: |UBSAN: |Oops'
	complaints+='|Kernel panic|general protection|blocked for more than'
	complaints+='|suspicious RCU usage|detected stalls|self-detected stall'
	complaints+='|scheduling while atomic|sleeping function called'
	complaints+='|possible (recursive|circular|irq)|lock held|held lock'
	complaints+='|kmemleak: [1-9][0-9]* new|refcount_t: |_(add|del) corruption'
	complaints+='|ODEBUG: (activate|assert|deactivate|free|init)|soft lockup'
	complaints+='|unregister_netdevice: waiting|ref_tracker: .*leaked'
	complaints+='|Objects remaining|still has objects|: .* leaked'
	tainted=$(cat /proc/sys/kernel/tainted)
	# Bad page, died, warned, locked up; ours is only "out of tree, unsigned"
	[ $((tainted & (32 | 128 | 512 | 16384))) -eq 0 ] || echo "tainted: $tainted"
	dmesg > /tmp/log && awk -f /races /tmp/log > /tmp/ours && [ -s /tmp/ours ] &&
		! grep -E -A 30 "$complaints" /tmp/ours && [ $((tainted & 17056)) -eq 0 ]
}
