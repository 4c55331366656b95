# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of the program finwait2 have in common. Sourced by a script that
# names its tests in TESTS, defines test_NAME() for each, and ends with tool_main.
#
# Runs as root with finwait2 in PATH. FINWAIT2_KO is the module's file, loaded
# if the module is not. Sockets come from the helper hold_fw2. What needs a
# program that is not there is skipped.

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

SYSCTLS=/proc/sys/net/ipv4
# The tests run in namespace A. B is another one.
A=${TOOL_NETNS:-fw2tool-$$}-a
B=${TOOL_NETNS:-fw2tool-$$}-b
HOLDER=
WATCHER=
PATH=$DIR:$PATH

# A test says that it failed, or that it cannot be done, and goes on or returns.
RET=ok

failed()
{
	echo "# ${*//$'\n'/$'\n'# }"
	RET=fail
}

skipped()
{
	echo "# skipped: $*"
	[ "$RET" = ok ] && RET=skip
}

have()
{
	command -v "$1" >/dev/null 2>&1
}

# Whether the C library has the locale C.UTF-8
have_utf8()
{
	[ -d /usr/lib/locale/C.utf8 ]
}

# Poll until a command is true, for 20 seconds at most.
poll()
{
	poll_left=200
	until "$@"; do
		poll_left=$((poll_left - 1))
		[ "$poll_left" -gt 0 ] || return 1
		# A sleep that starts no program
		read -r -t 0.1 <>"$TMP/never" || :
	done
}

# Take in what a program has done, for the checks that follow. Thousands of them
# run, and virtual machines are slow: what bash can do takes no other program.
took()
{
	STATUS=$1
	RUN=$2
	OUT=$(<"$TMP/out")
	ERR=$(<"$TMP/err")
	mapfile -t LINES_OUT <"$TMP/out"
	mapfile -t LINES_ERR <"$TMP/err"
}

# Run a program.
run_as()
{
	"$@" >"$TMP/out" 2>"$TMP/err" </dev/null
	took $? "$*"
}

run()
{
	run_as finwait2 "$@"
}

# The program did what it was asked, and had nothing to complain about.
expect_ok()
{
	[ "$STATUS" -eq 0 ] || failed "$RUN: exit status $STATUS: $ERR"
	[ -z "$ERR" ] || failed "$RUN: complains: $ERR"
}

# It failed with status $1, and one line that has each of the other words.
expect_error()
{
	local word status=$1

	shift
	[ "$STATUS" -eq "$status" ] ||
		failed "$RUN: exit status $STATUS, not $status"
	[ -z "$OUT" ] || failed "$RUN: prints in spite of an error"
	[ ${#LINES_ERR[@]} -eq 1 ] || failed "$RUN: not one line: $ERR"
	for word in "finwait2: " "$@"; do
		[[ $ERR == *"$word"* ]] || failed "$RUN: no '$word' in: $ERR"
	done
}

# A line of its output matches.
expect_line()
{
	local line

	for line in "${LINES_OUT[@]}"; do
		[[ $line =~ $1 ]] && return
	done
	failed "$RUN: no '$1' in: $OUT"
}

# Its output has $1 lines.
expect_lines()
{
	[ ${#LINES_OUT[@]} -eq "$1" ] ||
		failed "$RUN: ${#LINES_OUT[@]} lines, not $1: $OUT"
}

# What was printed fits a terminal of $1 lines.
expect_screen()
{
	local LC_ALL=C line

	# Bars may be of characters that are longer than a byte.
	! have_utf8 || LC_ALL=C.UTF-8
	[ ${#LINES_OUT[@]} -le "$1" ] || failed "$RUN: more than a screen: $OUT"
	for line in "${LINES_OUT[@]}"; do
		[ ${#line} -le 80 ] || failed "$RUN: too wide: $line"
		[[ $line != *" " ]] || failed "$RUN: ends in blanks: $line"
	done
}

# Its output has something $1 times.
expect_count()
{
	local count

	count=$(grep -oE -e "$2" "$TMP/out" | wc -l)
	[ "$count" -eq "$1" ] || failed "$RUN: $count, not $1 times '$2'"
}

# Its output is JSON.
expect_json()
{
	# Python takes ten times as long to start.
	if have jq; then
		jq -e . <"$TMP/out" >/dev/null 2>&1
	elif have python3; then
		python3 -m json.tool <"$TMP/out" >/dev/null 2>&1
	else
		skipped "neither python3 nor jq to check JSON with"
		return
	fi || failed "$RUN: not JSON: ${OUT:0:300}"
}

# Its output is JSON of which a jq filter is true.
expect_jq()
{
	if ! have jq; then
		skipped "no jq"
	elif ! jq -e "$1" "$TMP/out" >/dev/null 2>&1; then
		failed "$RUN: not so: $1: ${OUT:0:2000}"
	fi
}

# Sysctl $1 of this namespace is $2.
expect_sysctl()
{
	local value

	value=$(<"$SYSCTLS/tcp_fin_wait_2_$1")
	[ "$value" = "$2" ] || failed "$RUN: $1 is $value, not $2"
}

# Keep sockets in FIN_WAIT_2; the words are those of hold_fw2.
hold()
{
	if ! have hold_fw2; then
		skipped "no helper hold_fw2"
		return 1
	fi
	rm -f "$TMP/hold" "$TMP/ready"
	mkfifo "$TMP/hold"
	hold_fw2 "$@" <"$TMP/hold" >"$TMP/ready" 2>"$TMP/hold-err" &
	HOLDER=$!
	exec 8>"$TMP/hold"
	poll grep -q ready "$TMP/ready" && return 0
	failed "hold_fw2 $*: not ready: $(cat "$TMP/hold-err")"
	release
	return 1
}

release()
{
	[ -n "$HOLDER" ] || return 0
	exec 8>&-
	wait "$HOLDER"
	HOLDER=
}

# What a script has to put away after each test; it may define another one.
tidy()
{
	:
}

# List sockets until there are as many as the helper made.
listed()
{
	run list
	[ ${#LINES_OUT[@]} -eq $(($1 + 1)) ]
}

# Take in the cookies of the list, and both ends of the last socket; the words are
# those of a filter.
cookies()
{
	run list "$@"
	# There may be thousands.
	mapfile -t COOKIES < <(awk 'NR > 1 { print $10 }' "$TMP/out")
	[ ${#COOKIES[@]} -gt 0 ] || return
	# Who calls may want either.
	# shellcheck disable=SC2034
	read -r _ NEAR FAR _ <<<"${LINES_OUT[-1]}"
}

# watch COMMAND...: begin to print events. Who has a copy of descriptor 8 keeps the
# sockets, see hold().
watch()
{
	"$@" >"$TMP/events" 2>"$TMP/watch-err" </dev/null 8>&- &
	WATCHER=$!
}

watcher_has_left()
{
	! kill -0 "$WATCHER" 2>/dev/null
}

# watched [SIGNAL]: end the watcher, and take in what it has printed.
watched()
{
	kill "-${1:-TERM}" "$WATCHER"
	poll watcher_has_left || { failed "does not end"; kill -KILL "$WATCHER"; }
	wait "$WATCHER"
	STATUS=$?
	cp "$TMP/events" "$TMP/out"
	cp "$TMP/watch-err" "$TMP/err"
	took $STATUS "finwait2 monitor"
	expect_ok
	[ -s "$TMP/out" ] || failed "$RUN: no events"
}

# No rules, and limits that let sockets be
begin()
{
	run set flush_interval 5m
	run set observe off
	run set adaptive_start off
	run rule flush
	expect_ok
	expect_lines 0
}

loaded()
{
	[ -e "$SYSCTLS/tcp_fin_wait_2_flush_interval" ]
}

load()
{
	loaded && return 0
	[ -n "$FINWAIT2_KO" ] && insmod "$FINWAIT2_KO"
}

cleanup()
{
	release
	tidy
	# As it was found.
	if [ -n "$UNLOAD" ] && loaded; then
		rmmod finwait2
	fi
	rm -rf "$TMP"
}

run_tests()
{
	local t

	UNLOAD=
	loaded || UNLOAD=1
	TMP=$(mktemp -d) || exit
	mkfifo "$TMP/never" || exit
	trap cleanup EXIT
	trap 'exit 1' INT TERM

	ktap_set_plan ${#TESTS[@]}
	for t in "${TESTS[@]}"; do
		RET=ok
		# What others have unloaded; this one unloads it.
		[ "$t" = no_module ] || load ||
			ktap_exit_fail_msg "cannot load the module"
		"test_$t"
		release
		tidy
		case $RET in
		ok) ktap_test_pass "$t" ;;
		skip) ktap_test_skip "$t" ;;
		fail) ktap_test_fail "$t" ;;
		esac
	done
	ktap_finished
}

skip_all()
{
	ktap_skip_all "$@"
	exit "$KSFT_SKIP"
}

tool_main()
{
	local netns

	if [ -n "$TOOL_NETNS" ]; then
		run_tests
	fi

	ktap_print_header
	[ "$(id -u)" -eq 0 ] || skip_all "needs root"
	have finwait2 || skip_all "no finwait2 in PATH"
	have ip || skip_all "no ip"
	loaded || [ -n "$FINWAIT2_KO" ] || skip_all "no module, FINWAIT2_KO not set"
	trap 'ip netns del "$A"; ip netns del "$B"' EXIT
	for netns in "$A" "$B"; do
		ip netns add "$netns" || exit "$KSFT_FAIL"
		ip -n "$netns" link set lo up
	done
	TOOL_NETNS=${A%-a} ip netns exec "$A" "$BASH" "$0"
}
