# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts beside this file share, on top of what those of ../vm do: file
# systems with Debian's packages, and results in KTAP.
. "$(dirname "${BASH_SOURCE[0]}")/../vm/lib.sh"

system=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vm=$(cd "$system/../vm" && pwd)
top=$(cd "$system/../.." && pwd)
# shellcheck source=../vm/packages.sh
. "$vm/packages.sh"

# debian SUITE PURPOSE PACKAGE...: print the directory of a chroot that has them,
# and what apt recommends with none of them
debian()
{
	local suite=$1 purpose=$2 sources path

	shift 2
	sources=$("$vm/sources" "$suite")
	path=$purpose/$suite-$(echo "$sources $*" | hash -)
	cached "$path" debian_fill "$suite" "$purpose" "$sources" "$@"
	echo "$cache/$path/root"
}

debian_fill() # SUITE PURPOSE SOURCES PACKAGE... DIRECTORY
{
	local suite=$1 purpose=$2 dir=${*: -1} options

	echo "$3" > "$dir/sources"
	shift 3
	mapfile -t options < <(proxies)
	step "making a $suite system for $purpose" mmdebstrap --mode=root \
		--variant=minbase --skip=cleanup/apt/lists \
		--include="$(IFS=,; echo "${*:1:$#-1}")" \
		"${options[@]}" "$suite" "$dir/root" "$dir/sources"
}

# overlaid ROOT COMMAND...: run it with ROOT seen as it is, but nothing written there
# to last. The command may enter it, or write to it.
overlaid()
{
	local root=$1

	shift
	# shellcheck disable=SC2016 # for the shell inside
	unshare --mount --propagation private bash -ec '
		root=$1
		shift
		over=$(mktemp -d)
		mount -t tmpfs tmpfs "$over"
		mkdir "$over/upper" "$over/work"
		mount -t overlay -o "lowerdir=$root,upperdir=$over/upper,workdir=$over/work" \
			overlay "$root"
		rc=0
		"$@" || rc=$?
		umount -l "$root" "$over"
		rmdir "$over"
		exit "$rc"
	' sh "$root" "$@"
}

# not COMMAND...: it fails. An exclamation mark would be no reason for "set -e" to end.
not()
{
	if "$@"; then
		return 1
	fi
}

# as_nobody COMMAND...: in a chroot, as a user who owns nothing
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent \
		CCACHE_DISABLE=1 "$@"
}

# The tests of a script are functions test_NAME, named in TESTS. One that cannot
# be done says so with "skipped WHY".
skipped()
{
	echo "# SKIP $*" > "$why"
}

# run_tests: those in TESTS, or those that ONLY names
run_tests()
{
	local test number=0 bad=0

	read -ra TESTS <<< "${ONLY:-${TESTS[*]}}"
	echo "TAP version 13"
	echo "1..${#TESTS[@]}"
	why=$(mktemp)
	for test in "${TESTS[@]}"; do
		number=$((number + 1))
		: > "$why"
		# A subshell that "if" looks at would go on after an error
		set +e
		(set -e; "test_$test") > "$why.log" 2>&1
		set -- $?
		set -e
		if [ "$1" -ne 0 ]; then
			tail -n 60 "$why.log" | sed 's/^/# /'
			echo "not ok $number ${test//_/ }"
			bad=1
		else
			echo "ok $number ${test//_/ }$(sed 's/^/ /' "$why")"
		fi
	done
	rm -f "$why" "$why.log"
	return "$bad"
}
