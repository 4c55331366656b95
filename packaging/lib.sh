# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts beside this file share. Nothing here needs root.
set -euo pipefail
shopt -s inherit_errexit

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # for who sources this
build=$top/build

die()
{
	echo "finwait2: $*" >&2
	exit 1
}

# needs PROGRAM PACKAGE...: what to install, if it is not there
needs()
{
	PATH=$PATH:/usr/sbin:/sbin command -v "$1" > /dev/null ||
		die "there is no $1: install ${*:2}"
}

# version: of all that is here, which must be one
version()
{
	local all

	all=$(
		cd "$top"
		sed -n 's/^VERSION := //p' tools/Makefile
		sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf
		sed -n 's/^MODULE_VERSION("\(.*\)");/\1/p' module/main.c
		sed -n 's/^Version:[[:space:]]*//p' packaging/finwait2.spec
		sed -n '1s/^finwait2 (\(.*\)) .*/\1/p' debian/changelog
	)
	if [ "$(wc -l <<< "$all")" -ne 5 ] || [ "$(uniq <<< "$all" | wc -l)" -ne 1 ]; then
		die "versions differ: tools/Makefile, dkms.conf, module/main.c, packaging/finwait2.spec, debian/changelog: ${all//$'\n'/ }"
	fi
	head -n 1 <<< "$all"
}

# epoch: the time that what is packed is of, for it to be the same each time
epoch()
{
	[ -z "${SOURCE_DATE_EPOCH:-}" ] || { echo "$SOURCE_DATE_EPOCH"; return; }
	date -d "$(sed -n 's/^ -- .*>  //p' "$top/debian/changelog" | head -n 1)" +%s
}
