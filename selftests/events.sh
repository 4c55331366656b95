#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The program finwait2: what selects, explains and tells of sockets.

# Tests are called by name, and some helpers with words or without.
# shellcheck disable=SC2317,SC2329,SC2119

TESTS=(
	rule_counts list_filter flush_filter explain_sysctl explain_rule
	explain_exempt explain_which monitor monitor_track
	monitor_exits monitor_words monitor_crowd monitor_unload doctor
)

# shellcheck source=tool_lib.sh
. "$(dirname "$0")/tool_lib.sh"

test_rule_counts()
{
	begin
	run rule add prio 7 class held interval 1h
	hold -n 2 || return
	cookies
	run -j list
	expect_jq '[.[].rule] == [7, 7] and all(.[]; .limit == 3600000 and
		.processes[0].name == "hold_fw2" and .due_in > 3000000)'
	run -j rule
	expect_jq '.[0].matched == 2 and .[0].flushed == 0'
	run flush cookie "${COOKIES[0]}"
	run -j rule
	expect_jq '.[0].matched == 2 and .[0].flushed == 1'
}

test_list_filter()
{
	local words

	begin
	hold -n 3 || return
	cookies
	for words in "" "class held" "class held,shut sport ${NEAR##*:}" "uid 0" \
		     "uid root" "local 127.0.0.0/8 peer 127.0.0.1" \
		     "dport 1-65535" "mark 0" "peer 0.0.0.0/0 cookie 0"; do
		[[ $words != "uid root" ]] || grep -qs ^root: /etc/passwd ||
			continue
		# shellcheck disable=SC2086
		run list $words
		if [[ $words == *" cookie 0" ]]; then
			expect_error 2 'bad cookie "0"'
			continue
		fi
		expect_ok
		expect_lines 4
		# shellcheck disable=SC2086
		run -j list $words
		expect_jq 'length == 3'
	done
	for words in "dport ${FAR##*:}" "cookie ${COOKIES[2]}" \
		     "cookie 0x${COOKIES[2]} class held"; do
		# shellcheck disable=SC2086
		run -j list $words
		expect_ok
		expect_jq "length == 1 and .[0].cookie == \"${COOKIES[2]}\""
	done
	for words in "class shut" "uid 1" "peer 192.0.2.0/24" "mark 1" "peer ::/0" \
		     "dev lo" "cookie ${COOKIES[2]} class orphan"; do
		# shellcheck disable=SC2086
		run list $words
		expect_ok
		expect_lines 1
	done
	for words in interval prio; do
		run list $words 1
		expect_error 2 "unknown word \"$words\"" cookie
	done
}

test_flush_filter()
{
	begin
	hold -n 5 || return
	cookies
	run flush
	expect_error 2 "flush FILTER|all"
	run flush class shut
	expect_ok
	expect_line '^flushed +0$'
	expect_line '^busy +0$'
	run flush cookie "${COOKIES[0]}"
	expect_ok
	expect_line '^flushed +1$'
	run list
	expect_lines 5
	expect_count 0 " ${COOKIES[0]} +- "
	run -j flush class held dport "${FAR##*:}"
	expect_ok
	expect_jq '. == {"flushed": 1, "busy": 0}'
	run flush all
	expect_ok
	expect_line '^flushed +3$'
	run list
	expect_lines 1
	run -j show
	expect_jq '.stats.flushed_request >= 5'
}

test_explain_sysctl()
{
	begin
	hold || return
	cookies
	run explain "$NEAR" "$FAR"
	expect_ok
	expect_line '^socket +class +held'
	expect_line "^ +processes +$HOLDER/hold_fw2 fd "
	expect_line '^rule +prio +none +no rule matches$'
	expect_line '^limits +flush_interval +5m +sysctl$'
	expect_line '^verdict +due_in +in 4m'
	expect_line '^ +why +idle for flush_interval$'
	run -j explain "$NEAR" "$FAR"
	expect_ok
	expect_jq '.socket.class == "held" and .rule.prio == null and
		.limits.flush_interval == {"value": 300000, "from": "sysctl"} and
		.limits.observe == {"value": false, "from": "sysctl"} and
		.activity.last == "entry" and .verdict.due_in > 200000'
	expect_jq ".socket.cookie == \"${COOKIES[0]}\""
}

test_explain_rule()
{
	begin
	run rule add prio 9 class held interval 2m observe on
	run rule add prio 10 interval 1m
	hold || return
	cookies
	run explain cookie "${COOKIES[0]}"
	expect_ok
	expect_line '^rule +prio +9$'
	expect_line '^ +match +class held$'
	expect_line '^ +set +interval 2m observe on$'
	expect_line '^limits +flush_interval +2m +rule 9$'
	expect_line '^ +max_age +no-limit +sysctl$'
	run -j explain class held
	expect_jq '.rule.prio == 9 and .limits.flush_interval ==
		{"value": 120000, "from": "rule 9"} and .verdict.observe and
		.limits.max_age == {"value": 0, "from": "sysctl"}'
}

test_explain_exempt()
{
	begin
	run rule add prio 4 exempt
	hold || return
	run explain class held
	expect_ok
	expect_line '^ +set +exempt$'
	expect_line '^verdict +due_in +never$'
	expect_line '^ +why +its rule has it left alone$'
	run -j explain class held
	expect_jq '.rule.prio == 4 and .limits == null and
		.verdict.due_in == null'
	run list
	expect_count 1 ' exempt +- '
	run -j list
	expect_jq '.[0].exempt and .[0].rule == 4'
}

test_explain_which()
{
	begin
	run explain class held
	expect_error 1 "no such socket in FIN_WAIT_2"
	run explain 192.0.2.1:80 192.0.2.2:81
	expect_error 1 "no such socket in FIN_WAIT_2"
	run explain 192.0.2.1 192.0.2.2:81
	expect_error 2 'unknown word "192.0.2.1"'
	run explain 192.0.2.1:80
	expect_error 2 "LOCAL:PORT PEER:PORT"
	hold -n 2 || return
	run explain class held
	expect_error 1 "2 sockets are like that" "cookie"
}

# Flush sockets one by one until one is told of.
flush_is_seen()
{
	cookies
	run flush cookie "${COOKIES[0]:-1}"
	[ -s "$TMP/events" ]
}

test_monitor()
{
	local option

	begin
	hold -n 60 || return
	for option in "" -j; do
		# shellcheck disable=SC2086
		watch finwait2 $option monitor
		poll flush_is_seen || failed "no event"
		watched
		if [ "$option" = -j ]; then
			expect_jq '[., inputs] | all(.[]; .event == "flush" and
				.reason == "request" and .class == "held" and
				.local_addr == "127.0.0.1" and .remote_port > 0
				and .time > 1e12 and .seq > 0 and
				(.cookie | test("^[0-9a-f]+$")))'
		else
			expect_line "^[0-9-]+ [0-9:.]+ +flush +held +127[0-9.:]+ +127[0-9.:]+ +reason request +age .* cookie [0-9a-f]+"
		fi
	done
}

# A socket begins to wait, again and again until it is told. It is watched when
# it has waited for a moment, or when the list is asked for.
track_is_seen()
{
	hold || return
	run list
	release
	grep -q track "$TMP/events"
}

test_monitor_track()
{
	begin
	watch finwait2 -j monitor track
	poll track_is_seen || failed "no event"
	watched INT
	expect_jq '[., inputs] | any(.[]; .event == "track" and .class == "held"
		and .reason == null)'
}

# Sockets leave, again and again until it is told.
exit_is_seen()
{
	hold -n 3 || return
	run list
	release
	grep -q exit "$TMP/events"
}

test_monitor_exits()
{
	local option

	begin
	for option in "" -j; do
		# shellcheck disable=SC2086
		watch finwait2 $option monitor exits
		poll exit_is_seen || failed "no event"
		watched
		if [ "$option" = -j ]; then
			expect_jq '[., inputs] | all(.[]; .event == "exit" and
				(.reason == "peer-fin" or .reason == "close" or
				 .reason == "reset") and .age >= 0 and
				.seq > 0 and .time > 1e12 and .cgroup_id > 0 and
				.local_addr == "127.0.0.1" and .remote_port > 0)'
		else
			expect_line "^[0-9-]+ [0-9:.]+ +exit +(held|orphan) +127[0-9.:]+ +127[0-9.:]+ +reason (peer-fin|close|reset) +age "
		fi
	done
	# Of a flush there are two.
	hold -n 2 || return
	watch finwait2 -j monitor exits track
	flush_is_told()
	{
		flush_is_seen
		grep -q '"exit"' "$TMP/events" && grep -q '"flush"' "$TMP/events"
	}
	poll flush_is_told || failed "no two events"
	watched
	expect_jq '[., inputs] | any(.[]; .event == "exit" and
		.reason == "request" and .class == "held")'
}

test_monitor_words()
{
	run monitor x
	expect_error 2 'unknown word "x"' track exits
	run monitor track track
	expect_error 2 "track is said twice"
}

# marker WORD...: a socket is flushed, and told of by each of the events
marker()
{
	local event

	hold || return
	cookies
	run flush cookie "${COOKIES[0]}"
	for event in "$@"; do
		poll grep -q "\"$event\".*\"${COOKIES[0]}\"" "$TMP/events" ||
			failed "no $event of ${COOKIES[0]}"
	done
	release
}

# told EVENT GROUP: how many events were printed, or counted as lost
told()
{
	local line lost=0

	while IFS= read -r line; do
		[[ $line =~ \"count\":([0-9]+),\"group\":\"$2\" ]] || continue
		lost=$((lost + BASH_REMATCH[1]))
		echo "# lost $lost of $2" >&2
	done < <(grep '"event":"lost"' "$TMP/events")
	echo $(($(grep -c "\"event\":\"$1\"" "$TMP/events") + lost))
}

# All that are flushed at one time are printed, or counted as lost: those between
# two that are known to be told.
test_monitor_crowd()
{
	local crowd=10000 flushes exits start

	[ -z "$KSFT_MACHINE_SLOW" ] || crowd=1000
	crowd=${FINWAIT2_EVENTS:-$crowd}
	begin
	watch finwait2 -j monitor exits
	hold -n 60 || return
	poll flush_is_seen || failed "no event"
	run flush all
	release
	marker flush exit
	flushes=$(told flush events)
	exits=$(told exit exits)

	hold -n "$crowd" || return
	start=${EPOCHREALTIME/[.,]/}
	run flush all
	echo "# $((${EPOCHREALTIME/[.,]/} - start)) us"
	expect_ok
	expect_line "^flushed +$crowd\$"
	release
	marker flush exit
	watched
	flushes=$(($(told flush events) - flushes))
	exits=$(($(told exit exits) - exits))
	echo "# $flushes flushes, $exits exits"
	[ $flushes -eq $((crowd + 1)) ] || failed "$flushes flushes"
	[ $exits -eq $((crowd + 1)) ] || failed "$exits exits"
}

test_monitor_unload()
{
	begin
	if [ -z "$FINWAIT2_KO" ]; then
		skipped "FINWAIT2_KO is not set"
		return
	fi
	watch finwait2 monitor
	hold -n 60 || return
	poll flush_is_seen || failed "no event"
	rmmod finwait2 || failed "cannot unload"
	poll watcher_has_left || kill "$WATCHER"
	wait "$WATCHER"
	STATUS=$? OUT='' RUN="finwait2 monitor"
	mapfile -t LINES_ERR <"$TMP/watch-err"
	ERR=${LINES_ERR[*]}
	expect_error 1 "the finwait2 module was unloaded"
}

test_doctor()
{
	begin
	run doctor
	expect_ok
	expect_line '^RESULT +CHECK +FINDING$'
	expect_line '^ok +module +loaded$'
	run -j doctor
	expect_ok
	expect_jq 'all(.[]; .result == "ok" or (.result == "warn" and .advice))'
	expect_jq 'any(.[]; .check == "module" and .result == "ok")'
	if [ -z "$FINWAIT2_KO" ] || ! rmmod finwait2; then
		echo "# the module cannot be unloaded"
		return
	fi
	run doctor
	[ "$STATUS" -eq 1 ] || failed "$RUN: exit status $STATUS, not 1"
	expect_line '^fail +module +not loaded: run '
	run -j doctor
	[ "$STATUS" -eq 1 ] || failed "$RUN: exit status $STATUS, not 1"
	expect_jq '.[0] | .result == "fail" and .check == "module" and .advice'

	# What can be said of a file that would be loaded
	local modules
	modules=/lib/modules/$(uname -r)
	mkdir -p "$modules"
	mount -t tmpfs tmpfs "$modules" || failed "no $modules"
	cp "$FINWAIT2_KO" "$modules/finwait2.ko"
	run doctor
	expect_line '^fail +installed '
	echo "finwait2.ko:" >"$modules/modules.dep"
	run doctor
	[ "$STATUS" -eq 1 ] || failed "$RUN: exit status $STATUS, not 1"
	expect_line '^ok +installed +/lib/modules/.*/finwait2.ko$'
	expect_line '^ok +vermagic +built for this kernel$'
	expect_line '^ok +signature +the kernel does not ask for one'
	# No other length, as that would be no file of a module any more
	sed -i 's/vermagic=./vermagic=0/' "$modules/finwait2.ko"
	run doctor
	expect_line '^fail +vermagic +built for kernel 0[^ ]*, but .* runs: run '
	echo nothing >"$modules/finwait2.ko"
	run doctor
	expect_line '^warn +file +/sbin/modinfo can say nothing of it'
	umount "$modules"
}

tool_main
