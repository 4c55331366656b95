# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Debian packages that are unpacked and not installed: looked up and downloaded
# with the package lists of a chroot. Sourced after lib.sh.
: "${vm:?}"

# proxies: how APT reaches the archive from this machine, as options of mmdebstrap,
# which does not look at that configuration
proxies()
{
	apt-config dump --no-empty | grep -iE '^Acquire::https?::Proxy' |
		sed 's/^/--aptopt=/' || :
}

# unpack_suite WHAT SUITE ARCHITECTURE DIRECTORY SOURCES PACKAGE...: packages, and
# what they depend on, without running any of it
unpack_suite()
{
	local what=$1 suite=$2 arch=$3 dir=$4 sources=$5 options

	shift 5
	mapfile -t options < <(proxies)
	step "$what" mmdebstrap --mode=root --variant=extract \
		--architectures="$arch" --include="$(IFS=,; echo "$*")" \
		"${options[@]}" "$suite" "$dir" "$sources"
}

# in_apt ROOT COMMAND...
in_apt()
{
	"$vm/enter" "$1" -- "${@:2}"
}

# newest ROOT REGEX: the name of the package with the highest version in it
newest()
{
	in_apt "$1" apt-cache pkgnames | grep -xE "$2" | sort -V | tail -n 1
}

# version_of ROOT PACKAGE
version_of()
{
	in_apt "$1" apt-cache --no-all-versions show "$2" |
		sed -n 's/^Version: //p'
}

# download ROOT DIRECTORY PACKAGE...
download()
{
	local root=$1 dir=$2

	shift 2
	mkdir -p "$dir"
	step "downloading $*" "$vm/enter" "$root" "$dir:mnt/debs" -- sh -c \
		'cd /mnt/debs && apt-get -o APT::Sandbox::User=root download "$@"' \
		sh "$@"
}
