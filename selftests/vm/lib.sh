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

# hash FILE|-...: a key for what an artefact is made from
hash()
{
	cat "$@" | sha256sum | cut -c -12
}

# step WHAT COMMAND...: run a program that may take long; its output is shown
# only when it fails
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
	"$@" > "$log" 2>&1 < /dev/null || rc=$?
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
