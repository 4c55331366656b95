#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The command monitor: what comes many at a time, and what is lost. What is told of
# one event, events.sh is about.

# Tests are called by name, and some helpers with words or without.
# shellcheck disable=SC2317,SC2329,SC2119

TESTS=(unasked batches whole_lines counts_lost)

# shellcheck source=tool_lib.sh
. "$(dirname "$0")/tool_lib.sh"

# Sockets that are flushed at once. Their events, each of more than 600 bytes, are more
# than a socket holds that may have twice so many bytes.
MANY=1000
BYTES=212992

told()
{
	grep -q "$1" "$TMP/events"
}

# Flush the next socket; done when there is such a line. FLUSHED is the order.
FLUSHED=()
flush_until_told()
{
	if [ ${#COOKIES[@]} -gt 0 ]; then
		run flush cookie "${COOKIES[-1]}"
		FLUSHED+=("${COOKIES[-1]}")
		unset 'COOKIES[-1]'
	fi
	told "\"event\":\"$1\""
}

# A connection ends, again and again until it is told.
exit_is_told()
{
	hold -n 2 || return
	release
	told exit
}

test_unasked()
{
	begin
	watch finwait2 -j monitor
	hold -n 20 || return
	cookies
	poll flush_until_told flush || failed "no flush"
	release
	watched
	expect_count 0 '"event":"exit"'
}

# Exits come several in one message: none is left out, or told twice.
test_batches()
{
	begin
	run rule add prio 7 class held interval 1h
	watch finwait2 -j monitor exits track
	poll exit_is_told || failed "no exit"
	hold -n 3 || return
	cookies
	run flush cookie "${COOKIES[0]}"
	poll told '"reason":"request".*"event":"exit"\|"event":"exit".*"reason":"request"' ||
		failed "no exit by a flush"
	release
	poll told '"event":"track"' || failed "no track"
	watched
	expect_jq "[., inputs] | [.[] | select(.cookie == \"${COOKIES[0]}\")] |
		map({event, reason, rule, remote_port}) | unique |
		[.[] | select(.event != \"track\")] |
		length == 2 and .[0].event == \"exit\" and
		.[1].event == \"flush\" and
		all(.[]; .reason == \"request\" and .rule == 7) and
		.[0].remote_port == .[1].remote_port"
	expect_jq '[., inputs] | [.[] | select(.event == "exit")] |
		all(.[]; .local_addr == "127.0.0.1" and .remote_port > 0 and
			.seq > 0 and .time > 1e12 and .age >= 0 and
			.idle >= 0 and .uid == 0 and .reason != null)'
	expect_jq '[., inputs] | [.[] | select(.event == "exit") | .seq] |
		. == [range(.[0]; .[0] + length)]'
}

exits_are()
{
	[ "$(grep -c '"event":"exit"' "$TMP/events")" -ge "$1" ]
}

# Who reads them as they come never sees a part of one.
test_whole_lines()
{
	begin
	hold -n 300 || return
	cookies
	watch finwait2 -j monitor exits
	poll flush_until_told flush || failed "no flush"
	run flush all
	release
	poll exits_are 250 || failed "not 250 exits"
	watched
	expect_jq '[., inputs] | length >= 500'
	[ "$(wc -l <"$TMP/out")" -eq "$(jq -c . "$TMP/out" | wc -l)" ] ||
		failed "$RUN: not a line each"
}

# What is printed, and what was said to be lost, so far; and who came first.
printed()
{
	jq -nr '[inputs] | (map(select(.event == "flush")) | length),
		(map(select(.event == "lost") | .count) | add // 0),
		(.[0].cookie // 0)' "$TMP/events" 2>/dev/null
}

# As many were flushed since the first of whom is told as are printed or lost.
# Those before were flushed one by one, when nobody listened yet.
all_accounted_for()
{
	local figures first

	mapfile -t figures < <(printed)
	[ ${#figures[@]} -eq 3 ] || return
	PRINTED=${figures[0]} LOST=${figures[1]}
	for ((first = 0; first < ${#FLUSHED[@]}; first++)); do
		[ "${FLUSHED[first]}" != "${figures[2]}" ] || break
	done
	[ $((PRINTED + LOST)) -eq $((AFTER - BEFORE - first)) ]
}

# How many were flushed by request so far
flushed_so_far()
{
	run -j stats
	expect_ok
	jq .flushed_request "$TMP/out"
}

# Hold many sockets, and some to see with that events are told of
many()
{
	if ! have jq; then
		skipped "no jq"
		return 1
	fi
	if ! ulimit -n $((2 * MANY + 1000)); then
		skipped "not as many files allowed as there would be sockets"
		return 1
	fi
	begin
	hold -n $((MANY + 100)) || return
	cookies
	[ ${#COOKIES[@]} -eq $((MANY + 100)) ] ||
		failed "${#COOKIES[@]} sockets"
	FLUSHED=()
	BEFORE=$(flushed_so_far)
}

flush_many()
{
	run -j flush class held
	expect_ok
	expect_jq ".flushed >= $MANY"
}

WAS=

# room BYTES: what a socket may have without privilege, and before it is set. It is
# of the first namespace.
room()
{
	nsenter --net=/proc/1/ns/net sysctl -n net.core.rmem_max &&
		nsenter --net=/proc/1/ns/net sysctl -qw net.core.rmem_max="$1"
}

test_counts_lost()
{
	if ! have setpriv || ! have nsenter; then
		skipped "no setpriv, or no nsenter"
		return
	fi
	WAS=$(room $BYTES) || failed "cannot make buffers smaller"
	many || return
	watch setpriv --bounding-set=-net_admin --inh-caps=-net_admin \
		finwait2 -j monitor
	poll flush_until_told flush || failed "no flush"
	kill -STOP "$WATCHER"
	flush_many
	kill -CONT "$WATCHER"
	# The next that there is room for tells that some are lost.
	release
	hold -n 200 || return
	cookies class held
	poll flush_until_told lost || failed "no flush after the loss"
	AFTER=$(flushed_so_far)
	poll all_accounted_for || failed "not all are accounted for"
	echo "# $PRINTED printed, $LOST lost"
	[ "$LOST" -gt 0 ] || failed "none was lost: nothing was tested"
	watched
	expect_jq '[., inputs] | any(.[]; .event == "lost" and .count > 0 and
		.group == "events")'
}

tidy()
{
	[ -z "$WAS" ] || room "$WAS" >/dev/null
	WAS=
}

tool_main
