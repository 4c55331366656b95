#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What bash offers to complete after finwait2. Needs neither the module nor root:
# the program and the system are stood in for. FINWAIT2_COMPLETION is the file
# with the completion, if it is not where it is in the source or installed.

DIR=$(cd "$(dirname "$0")" && pwd)
for helpers in "$KSFT_KTAP" "$DIR/../../kselftest/ktap_helpers.sh" \
	       "$DIR/../kselftest/ktap_helpers.sh" \
	       "$DIR/kselftest/ktap_helpers.sh" "$DIR/ktap_helpers.sh"; do
	[ -r "$helpers" ] && break
done
if [ ! -r "$helpers" ]; then
	echo "1..0 # SKIP no ktap_helpers.sh"
	exit 4
fi
# shellcheck disable=SC1090
. "$helpers"

for completion in "$FINWAIT2_COMPLETION" "$DIR/../tools/completion/finwait2" \
		  {/usr/local,/usr}/share/bash-completion/completions/finwait2; do
	[ -r "$completion" ] && break
done

TMP=

# offers WORDS OFFER...: this and nothing else is offered in place of the last
# word, in any order. The words are split as bash does it.
offers()
{
	local line=$1

	shift
	COMP_WORDS=()
	while [[ $line =~ ^([^\ =]+|=|\ )(.*)$ ]]; do
		[ "${BASH_REMATCH[1]}" = " " ] ||
			COMP_WORDS+=("${BASH_REMATCH[1]}")
		[[ -n ${BASH_REMATCH[2]} || ${BASH_REMATCH[1]} != " " ]] ||
			COMP_WORDS+=("")
		line=${BASH_REMATCH[2]}
	done
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_finwait2
	expected=$(printf '%s\n' "$@" | sort)
	offered=$(printf '%s\n' "${COMPREPLY[@]}" | sort)
	[ "$expected" = "$offered" ]
}

cases=(
	"finwait2 l|list"
	"finwait2 |show list get set rule apply save flush explain stats monitor top suggest doctor help"
	"finwait2 -j -p mo|monitor"
	"finwait2 -ne|-netns"
	"finwait2 -n |blue red"
	"finwait2 -n re|red"
	"finwait2 -n red l|list"
	"finwait2 -c=|auto always never"
	"finwait2 -c=a|auto always"
	"finwait2 -color=always l|list"
	"finwait2 get |flush_interval shut_interval max_age orphan_interval keepstart keepstop adaptive_start adaptive_end reset observe"
	"finwait2 get reset |"
	"finwait2 set keep|keepstart keepstop"
	"finwait2 set observe |on off"
	"finwait2 set max_age |no-limit"
	"finwait2 suggest |share"
	"finwait2 suggest share |"
	"finwait2 stats |--prometheus"
	"finwait2 stats --prometheus |classic rules"
	"finwait2 stats --prometheus classic |rules"
	"finwait2 stats --prometheus rules |"
	"finwait2 stats --prometheus rules 5 |classic"
	"finwait2 monitor |track exits"
	"finwait2 monitor track |exits"
	"finwait2 monitor exits track |"
	"finwait2 top |by prefix sort reverse interval --once"
	"finwait2 top by |peer port process cgroup rule"
	"finwait2 top by p|peer port process"
	"finwait2 top by port s|sort"
	"finwait2 top by port |prefix sort reverse interval --once"
	"finwait2 top sort o|orphan oldest"
	"finwait2 top interval |"
	"finwait2 top interval 1s --|--once"
	"finwait2 top --once b|by"
	"finwait2 doctor |"
	"finwait2 rule |list add replace del flush"
	"finwait2 rule list |"
	"finwait2 rule add |prio"
	"finwait2 rule add prio |"
	"finwait2 rule del prio |10 20 4294967295"
	"finwait2 rule replace prio 2|20"
	"finwait2 -n red rule del prio |30"
	"finwait2 rule del prio 10 |"
	"finwait2 rule add prio 5 sh|shut-interval"
	"finwait2 rule add prio 5 sport 80 s|shut-interval"
	"finwait2 rule add prio 5 sport |"
	"finwait2 rule add prio 5 interval 30s d|dport dev"
	"finwait2 rule add prio 5 reset |on off"
	"finwait2 rule add prio 5 class |held shut orphan"
	"finwait2 rule add prio 5 class held,|held,shut held,orphan"
	"finwait2 rule add prio 5 dev l|lo"
	"finwait2 rule add prio 5 uid roo|root"
	"finwait2 rule add prio 5 cgroup /|/system.slice /user.slice"
	"finwait2 rule add prio 5 cgroup /system.slice/a|/system.slice/a.service /system.slice/a\\\\x2db.service"
	"finwait2 list c|cgroup class cookie"
	"finwait2 list class held c|cgroup cookie"
	"finwait2 list int|"
	"finwait2 flush a|all"
	"finwait2 flush all |"
	"finwait2 flush uid 0 a|"
	"finwait2 explain coo|cookie"
	"finwait2 apply --|--check"
	"finwait2 apply --check $PWD/no-such-|"
	"finwait2 xyz |"
)

run_tests()
{
	local test words offered expected

	for test in "${cases[@]}"; do
		words=${test%%|*}
		# shellcheck disable=SC2086 # a list of words
		if offers "$words" ${test#*|}; then
			ktap_test_pass "$words"
		else
			echo "# expected: ${expected//$'\n'/ }"
			echo "# offered: ${offered//$'\n'/ }"
			ktap_test_fail "$words"
		fi
	done
}

ktap_print_header
if [ ! -r "$completion" ]; then
	ktap_skip_all "no completion, FINWAIT2_COMPLETION not set"
	exit "$KSFT_SKIP"
fi
# shellcheck disable=SC1090
. "$completion"

TMP=$(mktemp -d) || exit
trap 'rm -rf "$TMP"' EXIT
mkdir -p "$TMP"/{user.slice,system.slice/{a.service,'a\x2db.service',b.service}}

# The program has three rules, and one in namespace red
# shellcheck disable=SC2317,SC2329 # called by the completion
finwait2()
{
	if [ "$*" = "-j -n red rule list" ]; then
		echo '[{"prio":30,"interval":30000}]'
	elif [ "$*" = "-j rule list" ]; then
		echo '[{"prio":10,"sport":["80"]},{"prio": 20},{"prio":4294967295}]'
	else
		return 2
	fi
}

# shellcheck disable=SC2317,SC2329
_finwait2_cgroup_root()
{
	printf '%s' "$TMP"
}

# shellcheck disable=SC2317,SC2329
_finwait2_namespaces()
{
	printf '%s\n' blue red
}

# shellcheck disable=SC2317,SC2329
_finwait2_devices()
{
	printf '%s ' lo eth0
}

ktap_set_plan ${#cases[@]}
run_tests
ktap_finished
