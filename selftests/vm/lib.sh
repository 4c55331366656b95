# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts beside this file share: a cache of things that take long to
# make, and telling what is being made.
set -euo pipefail
shopt -s inherit_errexit nullglob

vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$vm/../.." && pwd)
cache=${FINWAIT2_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/finwait2}

say()
{
	printf '%s: %s\n' "${VM_NAME:-vm}" "$*" >&2
}

die()
{
	say "$*"
	exit 1
}

# suite_of KERNEL: where Debian has it, and with it the compiler that it wants
suite_of()
{
	case $1 in
	6.1-*) echo bookworm ;;
	*) echo trixie ;;
	esac
}

# arch_of KERNEL: as Debian calls it
arch_of()
{
	case $1 in
	*-arm64) echo arm64 ;;
	*) echo amd64 ;;
	esac
}

# cross_of KERNEL: what goes into the environment of make, a line each
cross_of()
{
	[[ $1 != *-uml ]] || echo ARCH=um
	case $(arch_of "$1") in
	arm64)
		printf '%s\n' ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- \
			PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig
		;;
	esac
}

# copy_tree DIRECTORY: the project's own files, and no objects of some kernel
copy_tree()
{
	rm -rf "$1"
	mkdir -p "$1"
	if git -C "$top" rev-parse > /dev/null 2>&1; then
		git -C "$top" ls-files -z --cached --others --exclude-standard
	else
		(cd "$top" && find . -path ./build -prune -o -type f -print0)
	fi | (cd "$top" && while IFS= read -r -d '' file; do
		# Git lists what is deleted, too
		[ ! -f "$file" ] || printf '%s\0' "$file"
	done | cpio --quiet --null -pdm "$1")
}

# seen_from KERNEL: what "enter" must bind for modules to be compiled
seen_from()
{
	local dir

	for dir in "$1"/usr/src "$1"/usr/lib/linux-kbuild-*; do
		echo "$dir:${dir#"$1/"}"
	done
}

# hash FILE|-...: a key for what an artefact is made from
hash()
{
	cat "$@" | sha256sum | cut -c -12
}

# alone COMMAND...: run it without the descriptors that are open here, or were open
# in whoever called. mmdebstrap has /bin/sh write to the next that is free, and
# dash knows none above 9.
alone()
(
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || [ "$fd" -gt 99 ] || eval "exec $fd>&-"
	done
	"$@"
)

# step WHAT COMMAND...: run what may take long; its output is shown only when it
# fails
step()
{
	local what=$1 start=$SECONDS log ticker rc=0

	shift
	log=$(mktemp)
	say "$what"
	(
		trap 'kill $! 2>/dev/null; exit' TERM
		while kill -0 $$; do
			sleep 15 &
			wait $!
			say "$what: $((SECONDS - start)) s"
		done
	) &
	ticker=$!
	alone "$@" > "$log" 2>&1 < /dev/null || rc=$?
	kill "$ticker" 2>/dev/null || :
	wait "$ticker" 2>/dev/null || :
	if [ "$rc" -ne 0 ]; then
		tail -n 60 "$log" >&2
		say "$what: failed"
	fi
	rm -f "$log"
	return "$rc"
}

# cached PATH PROGRAM [ARGUMENT...]: make PATH below the cache, unless it is
# there, by running PROGRAM with the directory to fill as its last argument.
# Only complete artefacts ever get their name, and one run makes them.
cached()
{
	local path=$cache/$1

	shift
	[ ! -e "$path" ] || return 0
	mkdir -p "${path%/*}"
	(
		flock -n 9 || { say "waiting for another run"; flock 9; }
		[ ! -e "$path" ] || exit 0
		part=$path.part
		rm -rf --one-file-system "$part"
		mkdir "$part"
		"$@" "$part"
		mv "$part" "$path"
	) 9> "$path.lock"
}

# What kernels are told: what they warn of ends the VM; and what costs emulation much, and
# no test is about, is off
told="panic=-1 oops=panic panic_on_warn=1 mitigations=off init_on_alloc=0 apparmor=0 audit=0"

# boot_stock KERNEL DIRECTORY SECONDS ARGUMENTS: boot Debian's kernel with
# DIRECTORY/initrd, for so long at most, in a VM whose time is what its CPUs execute,
# see the program `run`. Prints what comes from the second serial port; the console's
# log is DIRECTORY/console.log.
boot_stock()
{
	local start=$SECONDS rc=0

	say "booting $(cat "$1/release")"
	timeout --foreground "$3" "$vm/emulate" amd64 "$1" "$2" \
		-accel tcg,thread=single -smp 2 -icount shift=2,sleep=off -m 4G \
		-initrd "$2/initrd" -append "console=ttyS0 $told $4" \
		-serial "file:$2/console.log" -serial stdio < /dev/null |
		sed -u 's/\r$//' || rc=$?
	say "the VM ran for $((SECONDS - start)) s"
	rm -f "$2/initrd"
	return "$rc"
}

# beside COMMAND...: run it in the background, in a process group of its own, as soon
# as fewer than JOBS (2) of them run
beside()
{
	[ "$(jobs -pr | wc -l)" -lt "${JOBS:-2}" ] || wait -n || :
	set -m
	"$@" &
	set +m
}

# stop_all: end what runs in the background, with all that it has started
stop_all()
{
	local pid

	for pid in $(jobs -p); do
		kill -- "-$pid" 2> /dev/null || :
	done
}
