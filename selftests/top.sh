#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The command "top" of the program finwait2: what it counts and how it groups, as
# text and JSON; and its screen, which tmux looks at. FINWAIT2_TOP says how many
# sockets there are on the one that is looked at most.

# Tests are called by name.
# shellcheck disable=SC2317,SC2329

TESTS=(
	words no_terminal bad_terminal once groups prefixes sorted share
	not_the_peers processes observed vanished unprivileged strange_names
	signals crowd unload
)

# shellcheck source=tool_lib.sh
. "$(dirname "$0")/tool_lib.sh"

TOP=
PEERS=()

# Have peers that close, and peers that do not; the words are those of peers_fw2.
peers()
{
	local number=${#PEERS[@]}

	if ! have peers_fw2; then
		skipped "no helper peers_fw2"
		return 1
	fi
	rm -f "$TMP/peers-$number"
	[ "$number" -gt 0 ] || { rm -f "$TMP/peers"; mkfifo "$TMP/peers"; }
	peers_fw2 "$@" <"$TMP/peers" >"$TMP/peers-$number" \
		2>"$TMP/peers-err" 7>&- 8>&- &
	PEERS+=($!)
	[ "$number" -gt 0 ] || exec 7>"$TMP/peers"
	poll_long grep -q ready "$TMP/peers-$number" && return 0
	failed "peers_fw2 $*: not ready: $(cat "$TMP/peers-err")"
	return 1
}

# Poll until a command is true, for two minutes at most.
poll_long()
{
	poll "$@" || poll "$@" || poll "$@" || poll "$@" || poll "$@" ||
		poll "$@"
}

peers_leave()
{
	[ ${#PEERS[@]} -gt 0 ] || return 0
	exec 7>&-
	wait "${PEERS[@]}"
	PEERS=()
}

# Begin to count; the words are those of top.
count()
{
	finwait2 -j top interval 200ms "$@" >"$TMP/counted" 2>"$TMP/count-err" \
		</dev/null 7>&- 8>&- &
	TOP=$!
	poll test -s "$TMP/counted" || failed "nothing is counted"
}

# What was counted so far is like this.
counted()
{
	tail -n 1 "$TMP/counted" | jq -e "$1" >/dev/null 2>&1
}

# It comes to be like this.
expect_counted()
{
	if ! have jq; then
		skipped "no jq"
	elif ! poll counted "$1"; then
		failed "not so: $1: $(tail -n 1 "$TMP/counted")"
	fi
}

count_end()
{
	[ -n "$TOP" ] || return 0
	kill "$TOP"
	wait "$TOP"
	took $? "finwait2 -j top"
	[ "$STATUS" -eq 0 ] || failed "$RUN: status $STATUS when terminated"
	[ -s "$TMP/count-err" ] && failed "$RUN: $(cat "$TMP/count-err")"
	TOP=
}

# A terminal: a shell in tmux.

tm()
{
	tmux -S "$TMP/tmux" "$@"
}

screen_begin() # COLUMNS LINES
{
	if ! have tmux; then
		skipped "no tmux"
		return 1
	fi
	tm -f /dev/null new-session -d -x "$1" -y "$2" \
		"exec env PS1='ready> ' bash --norc --noprofile" \
		</dev/null 7>&- 8>&- >"$TMP/tmux-out" 2>&1 ||
		failed "tmux: $(cat "$TMP/tmux-out")"
	expect_shows '^ready>'
}

screen_end()
{
	[ -S "$TMP/tmux" ] || return 0
	tm kill-server >/dev/null 2>&1
	rm -f "$TMP/tmux"
}

capture()
{
	tm capture-pane -p >"$TMP/screen"
}

shows()
{
	capture
	grep -Eq -e "$1" "$TMP/screen"
}

shows_not()
{
	capture
	! grep -Eq -e "$1" "$TMP/screen"
}

expect_shows()
{
	poll "shows" "$1" || failed "no '$1' on the screen: $(cat "$TMP/screen")"
}

keys()
{
	tm send-keys "$@"
}

# A shell that is left alone says so, and its terminal is as it was.
expect_restored() # STATUS
{
	expect_shows "^status $1\$"
	keys " stty -g >$TMP/stty-after" Enter " echo compa''red" Enter
	expect_shows '^compared$'
	expect_shows '^begin'
	[ "$(<"$TMP/stty-before")" = "$(<"$TMP/stty-after")" ] ||
		failed "the terminal is not as it was"
	poll shows_not STUCK% || failed "the table is still there"
}

# Begin to show a table; the words are those of top.
screen_top()
{
	keys "stty -g >$TMP/stty-before; echo begin; finwait2 top $*; echo status \$?" \
		Enter
	expect_shows 'STUCK%'
}

# The screen is full to its last line and column, and no further. What a terminal
# shows may be half of what is being painted: all that is said of a screen is polled.
expect_size() # COLUMNS LINES
{
	poll sized "$@" || failed "not $2 lines of at most $1: $(cat "$TMP/screen")"
}

sized()
{
	local lines

	capture
	mapfile -t lines <"$TMP/screen"
	[ ${#lines[@]} -eq "$2" ] && [[ ${lines[$(($2 - 1))]} == *"q quit" ]] &&
		[ ${#lines[3]} -le "$1" ]
}

expect_rows() # NUMBER REGEX
{
	poll shows_rows "$@" || failed "not $1 rows of '$2': $(cat "$TMP/screen")"
}

shows_rows()
{
	capture
	[ "$(grep -Ec -e "$2" "$TMP/screen")" -eq "$1" ]
}

test_words()
{
	local word

	begin
	for word in x "by" "by x" "by peer by port" "prefix" "prefix x" \
		    "prefix 33" "prefix 24/129" "prefix 24/" "prefix /64" \
		    "prefix -1" "prefix 24/64/1" "sort" "sort x" "interval" \
		    "interval x" "interval 99ms" "interval 2d" "interval -1" \
		    "--once --once" "reverse x" "--twice"; do
		# shellcheck disable=SC2086
		run top $word
		expect_error 2 ""
	done
	run top by x
	expect_error 2 'unknown word "x"' "peer, port, process, cgroup, rule"
	run top sort x
	expect_error 2 'unknown word "x"' "waiting, held, shut" share group
	run top x
	expect_error 2 'unknown word "x"' by prefix sort interval reverse -- --once
}

test_no_terminal()
{
	begin
	run top
	expect_error 1 "no terminal" "top --once" "-j"
}

test_bad_terminal()
{
	local setting

	begin
	screen_begin 80 24 || return
	for setting in "-u TERM" "TERM=" "TERM=dumb" "TERM=no-such-terminal"; do
		keys " clear; env $setting finwait2 top; echo $setting: \$?" Enter
		expect_shows "^$setting: 1\$"
		expect_shows '^finwait2: .* top --once$'
	done
	# Without keys, but not without an end.
	keys " clear; stty -g >$TMP/stty-before; echo begin" Enter
	keys " finwait2 top </dev/null; echo status \$?" Enter
	expect_shows 'STUCK%'
	keys C-c
	expect_restored 0
}

test_once()
{
	local words

	begin
	peers -n 12 || return
	hold -s -n 5 || return
	run top --once interval 100ms
	expect_ok
	expect_line '^by peer /32 /64, in [^ ]+: 12 held, 5 shut, [0-9]+ orphan; [0-9]+ left; '
	expect_line '^WAITING +HELD +SHUT +ORPHAN +OLDEST +MEDIAN +LEFT +CLOSED +FLUSHED +WOULD +STUCK +STUCK% +PEER$'
	expect_line '^ +12 +12 +0 +0 +[0-9a-z]+ +[0-9a-z]+ .* 127\.1\.0\.1$'
	expect_line '^ +5 +0 +5 +0 +[0-9a-z]+ +[0-9a-z]+ .* 127\.0\.0\.1$'
	for words in "" -p; do
		# shellcheck disable=SC2086
		run -j $words top --once interval 100ms
		expect_ok
		expect_jq '.by == "peer" and .prefix4 == 32 and .prefix6 == 64 and
			.lost == 0 and .merged == 0 and .span >= 100 and
			.time > 1e12 and
			.total.waiting == 17 and .total.held == 12 and
			.total.shut == 5 and .total.orphan == 0 and
			.total.share == null'
		expect_jq '.groups[0] | .peer == "127.1.0.1" and .waiting == 12 and
			.held == 12 and .shut == 0 and
			.oldest >= .median and .median >= 0 and .left == 0'
		expect_jq '.groups[1] | .peer == "127.0.0.1" and .waiting == 5'
	done
	# One document a line, until it is enough.
	count
	poll counted '.span > 300' || failed "the table is not made anew"
	count_end
	jq -es 'length > 1 and all(.[]; .total.waiting == 17)' "$TMP/counted" \
		>/dev/null || failed "not a document a line"
}

test_groups()
{
	local port pid

	begin
	run rule add prio 7 peer 127.1.0.1 interval 1h
	peers -n 3 || return
	peers -f 127.2.0.1 -n 2 || return
	pid=${PEERS[0]}
	port=$(<"$TMP/peers-0")
	port=${port#ready }
	run -j top by port --once interval 100ms
	expect_jq '.by == "port" and .prefix4 == null and
		(.groups | length) == 2'
	expect_jq ".groups[0] | .port == $port and .waiting == 3"
	run -j top by process --once interval 100ms
	expect_jq "(.groups | length) == 2 and (.groups[0] |
		.process == \"peers_fw2\" and .pid == $pid and .waiting == 3)"
	run top by process --once interval 100ms
	expect_line " $pid/peers_fw2\$"
	run -j top by rule --once interval 100ms
	expect_jq '(.groups | length) == 2 and .groups[0].rule == 7 and
		.groups[0].waiting == 3 and .groups[1].rule == null and
		.groups[1].waiting == 2'
	run top by rule --once interval 100ms
	expect_line ' 7$'
	expect_line ' -$'
}

test_prefixes()
{
	begin
	ip address add 2001:db8:1::1/128 dev lo nodad 2>/dev/null
	peers -a 3 -n 6 || return
	peers -f 127.1.1.9 -n 1 || return
	run -j top prefix 32 --once interval 100ms
	expect_jq '[.groups[].waiting] == [2, 2, 2, 1]'
	run -j top prefix 24/56 --once interval 100ms
	expect_jq '[.groups[].peer] == ["127.1.0.0/24", "127.1.1.0/24"] and
		.prefix4 == 24 and .prefix6 == 56'
	run -j top prefix 22 --once interval 100ms
	expect_jq '[.groups[].peer] == ["127.1.0.0/22"]'
	run -j top prefix 0 --once interval 100ms
	expect_jq '[.groups[].peer] == ["0.0.0.0/0"]'
	peers_leave

	# An IPv4 peer is one, whatever the socket is.
	hold -m || return
	run -j top --once interval 100ms
	expect_jq '[.groups[].peer] == ["127.0.0.1"]'
	release
	[ -e /proc/net/if_inet6 ] || return
	peers -f 2001:db8:1::1 -n 2 || return
	run -j top prefix 32/128 --once interval 100ms
	expect_jq '[.groups[].peer] == ["2001:db8:1::1"]'
	run -j top --once interval 100ms
	expect_jq '[.groups[].peer] == ["2001:db8:1::/64"]'
	run -j top prefix 32/33 --once interval 100ms
	expect_jq '[.groups[].peer] == ["2001:db8::/33"]'
}

test_sorted()
{
	begin
	hold -s -n 3 || return
	peers -n 5 || return
	run -j top --once interval 100ms
	expect_jq '[.groups[].waiting] == [5, 3]'
	run -j top reverse --once interval 100ms
	expect_jq '[.groups[].waiting] == [3, 5]'
	run -j top sort shut --once interval 100ms
	expect_jq '[.groups[].shut] == [3, 0]'
	run -j top sort oldest --once interval 100ms
	expect_jq '.groups[0].oldest >= .groups[1].oldest and
		.groups[0].peer == "127.0.0.1"'
	run -j top sort group --once interval 100ms
	expect_jq '[.groups[].peer] == ["127.0.0.1", "127.1.0.1"]'
	run -j top reverse sort group --once interval 100ms
	expect_jq '[.groups[].peer] == ["127.1.0.1", "127.0.0.1"]'
}

# 3 of 10 connections of one peer are never closed, 1 of 2 of another one.
test_share()
{
	begin
	count
	peers -n 10 -c 7 || return
	peers -f 127.2.0.1 -n 2 -c 1 || return
	expect_counted '.total.closed == 8 and .total.stuck == 0 and
		.total.waiting == 4 and .total.share == 0'
	run set flush_interval 100ms
	expect_counted '.total.waiting == 0 and .total.left == 12'
	expect_counted '.groups[] | select(.peer == "127.1.0.1") |
		.left == 10 and .closed == 7 and .flushed == 3 and .stuck == 3 and
		.would_flush == 0 and .share == 0.3 and .waiting == 0'
	expect_counted '.groups[] | select(.peer == "127.2.0.1") |
		.left == 2 and .closed == 1 and .stuck == 1 and .share == 0.5'
	expect_counted '.total.stuck == 4 and .total.closed == 8 and .lost == 0'
}

test_not_the_peers()
{
	begin
	count
	peers -n 4 -c 2 || return
	expect_counted '.total.left == 2 and .total.closed == 2 and
		.total.waiting == 2'
	# What an administrator flushes has not had its time.
	run flush all
	expect_counted '.total.left == 4 and .total.flushed == 2 and
		.total.stuck == 0 and .total.share == 0'
	# Nor has what the application closes.
	peers -f 127.2.0.1 -n 3 -l || return
	expect_counted '.total.left == 7 and .total.closed == 2 and
		.total.stuck == 0'
}

# Those that leave are of the process that they were of, or of who listens, for
# most do not wait for long enough to be seen.
test_processes()
{
	local number

	begin
	peers -n 1 -m || return
	peers -f 127.2.0.1 -n 1000 -m || return
	count by process
	for number in 0 1; do
		expect_counted ".groups[] | select(.pid == ${PEERS[number]}) |
			.process == \"peers_fw2\" and .left > 50 and
			.closed > 20 and .closed < .left"
	done
	expect_counted '[.groups[] | select(.process == null) | .left] |
		add // 0 < 50'
}

# Each connection counts once.
test_observed()
{
	begin
	run set observe on
	run set flush_interval 300ms
	peers -f 127.5.0.1 -n 2 || return
	poll counted_would 2 || failed "none is observed"
	count
	peers -n 4 || return
	expect_counted '.groups[] | select(.peer == "127.1.0.1") |
		.would_flush == 4 and .stuck == 4 and .share == 1 and
		.waiting == 4 and .left == 0'
	# Those that were over their limit before do not count.
	expect_counted '.groups[] | select(.peer == "127.5.0.1") |
		.would_flush == 0 and .stuck == 0 and .waiting == 2'
	run set observe off
	expect_counted '.total.waiting == 0 and .total.left == 6 and
		.total.flushed == 6 and .total.stuck == 4 and .total.would_flush == 4'
}

counted_would()
{
	run -j list
	jq -e "[.[] | select(.observed)] | length == $1" "$TMP/out" >/dev/null 2>&1
}

# Who reads has had enough.
test_vanished()
{
	begin
	: >"$TMP/out"
	finwait2 -j top interval 100ms 2>"$TMP/err" </dev/null | head -n 1 >/dev/null
	took "${PIPESTATUS[0]}" "finwait2 -j top | head"
	[ "$STATUS" -eq 1 ] || failed "$RUN: exit status $STATUS, not 1"
	finwait2 top --once interval 100ms >/dev/full 2>"$TMP/err"
	took $? "finwait2 top --once >/dev/full"
	[ "$STATUS" -eq 1 ] || failed "$RUN: exit status $STATUS, not 1"
	[[ $ERR == *"cannot write the output"* ]] || failed "$RUN: $ERR"
}

test_unprivileged()
{
	local nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)

	begin
	if ! "${nobody[@]}" true 2>/dev/null; then
		skipped "no setpriv that sets a user"
		return
	fi
	peers -n 6 || return
	run_as "${nobody[@]}" finwait2 -j top --once interval 100ms
	expect_ok
	expect_jq '.total.waiting == 6 and .groups[0].peer == "127.1.0.1"'
	run_as "${nobody[@]}" finwait2 -j top by process --once interval 100ms
	expect_ok
	expect_jq '(.groups | length) == 1 and .groups[0].process == null and
		.groups[0].waiting == 6'
	run_as "${nobody[@]}" finwait2 top by process --once interval 100ms
	expect_line ' -$'
	run_as "${nobody[@]}" finwait2 -j top by cgroup --once interval 100ms
	expect_ok
}

# Names of cgroups and processes are of any bytes.
test_strange_names()
{
	local root=/sys/fs/cgroup escape=$'\033'
	local dir=$root/top-$'\033[31m\377\tx'

	begin
	# Where ip has mounted another sysfs, it is on top of that.
	if { [ ! -e $root/cgroup.procs ] && ! mount -t cgroup2 none $root; } ||
	   ! mkdir "$dir"; then
		skipped "no cgroup of version 2 at $root"
		return
	fi
	echo $BASHPID >"$dir/cgroup.procs"
	peers -n 3
	echo $BASHPID >$root/cgroup.procs
	run top by cgroup --once interval 100ms
	expect_ok
	expect_line ' /top-\?\[31m\?\?x$'
	[[ $OUT != *"$escape"* ]] || failed "$RUN: drives the terminal"
	run -j top by cgroup --once interval 100ms
	expect_jq '.groups[0] | (.cgroup | test("^/top-\u001b\\[31m.\tx$")) and
		.cgroup_id > 1 and .waiting == 3'
	if screen_begin 80 24; then
		screen_top by cgroup
		expect_shows ' /top-\?\[31m\?\?x$'
		keys q
		expect_restored 0
	fi

	# It is remembered what it was called when it is gone.
	if have jq; then
		count by cgroup
		poll_long counted '.groups[0].waiting == 3'
		peers_leave
		poll rmdir "$dir" || failed "cannot remove $dir"
		expect_counted '.groups[] | select(.cgroup_id > 1 and .left == 3) |
			(.cgroup | test("top-"))'
		count_end
	fi
	peers_leave
	rmdir "$dir" 2>/dev/null
}

test_signals()
{
	local signal

	begin
	screen_begin 80 24 || return
	for signal in INT TERM HUP; do
		keys ' clear' Enter
		screen_top
		kill -"$signal" "$(pgrep -x finwait2 -P \
			"$(tm display-message -p '#{pane_pid}')")"
		expect_restored 0
	done
	keys ' clear' Enter
	screen_top
	keys C-c
	expect_restored 0
	# It may be stopped, and go on where it was.
	keys ' clear' Enter
	screen_top
	keys C-z
	expect_shows Stopped
	keys 'fg' Enter
	expect_shows 'STUCK%'
	keys q
	expect_shows '^ready>$'
}

# Thousands come and go.
crowd_begin()
{
	local count=20000

	# Under emulation, debug kernels would take half an hour.
	[ -z "$KSFT_MACHINE_SLOW" ] || count=2000
	count=${FINWAIT2_TOP:-$count}
	sysctl -qw net.ipv4.ip_local_port_range="1024 65001"
	run rule add prio 7 peer 127.1.0.0/26 interval 1h
	peers -n "$count" -a 1000 -m || return
	CROWD=$count
}

test_crowd()
{
	begin
	if ! have tmux; then
		skipped "no tmux"
		return
	fi
	crowd_begin || return
	screen_begin 80 24 || return
	screen_top interval 2s
	expect_size 80 24
	expect_shows "^[0-9]+ held, 0 shut, [0-9]+ orphan; [1-9][0-9]* left;"
	expect_shows "^WAITING +OLDEST +MEDIAN +CLOSED +FLUSHED +STUCK% PEER\$"
	expect_shows "^ +2[0-9]? +[0-9msh]+ +[0-9msh]+ .* 127\.1\.[0-3]\.[0-9]+\$"
	[ "$CROWD" -eq 20000 ] || expect_shows '^ +2 '
	keys 4
	expect_shows 'by peer /24 /64,'
	expect_shows ' 127\.1\.0\.0/24$'
	keys 4 4
	expect_shows ' 127\.0\.0\.0/8$'
	keys 6
	expect_shows 'by peer /8 /56'
	keys o
	expect_shows '^WAITING.* PORT$'
	keys x
	expect_shows " ${PEERS[0]}/peers_fw2\$"
	keys c
	expect_shows '^WAITING.* CGROUP$'
	keys r
	expect_shows ' 7$'
	expect_shows ' -$'
	keys R
	expect_shows 'sorted by waiting reversed'
	keys Tab 4 R
	expect_shows '^WAITING.* PEER$'
	keys '>'
	expect_shows 'sorted by held'
	expect_shows '^WAITING +HELD '
	keys '<' '<'
	expect_shows 'sorted by group'
	expect_shows ' 127\.1\.0\.1$'
	# Down there are others.
	keys NPage
	expect_shows ' 127\.1\.0\.20$'
	keys Home Down
	poll shows_not ' 127\.1\.0\.1$' || failed "does not move down"
	keys End
	poll shows_not ' 127\.1\.0\.2$' || failed "does not move to the end"
	keys Home '>'
	keys +
	expect_shows 'every 5s'
	keys - - -
	expect_shows 'every 500ms'
	keys h
	expect_shows 'group by cgroup'
	keys h
	expect_shows 'STUCK%'
	keys Space
	expect_shows '^ paused'
	keys Space
	poll shows_not '^ paused' || failed "does not go on"
	# So small that nothing fits, and back.
	tm resize-window -x 9 -y 3
	expect_shows '^[0-9:]{8}$'
	tm resize-window -x 80 -y 24
	expect_shows 'q quit$'
	expect_size 80 24
	keys q
	expect_restored 0

	# And on a large screen.
	keys -R
	poll shows_not '^status' || failed "the screen is not cleared"
	screen_top interval 2s prefix 24
	expect_shows ' 127\.1\.0\.0/24$'
	tm resize-window -x 200 -y 60
	expect_shows '^WAITING +HELD +SHUT +ORPHAN +OLDEST +MEDIAN +LEFT +CLOSED +FLUSHED +STUCK +STUCK% PEER$'
	expect_size 200 60
	keys 4 4 4
	expect_shows 'by peer /32 '
	expect_rows 55 ' 127\.1\.[0-3]\.[0-9]+$'
	keys q
	expect_restored 0
	run -j top --once interval 500ms
	expect_ok
	expect_jq "(.groups | length) == 1000 and
		([.groups[].waiting] | add) == .total.waiting and
		([.groups[].left] | add) == .total.left and
		.total.waiting > $CROWD * 0.9 and .total.left > 0"
	echo "# $(jq -c '[.total.waiting, .total.left, .lost, .span]' "$TMP/out")"
}

test_unload()
{
	begin
	if [ -z "$FINWAIT2_KO" ]; then
		skipped "FINWAIT2_KO is not set"
		return
	fi
	screen_begin 80 24 || return
	screen_top interval 1h
	rmmod finwait2 || failed "cannot unload"
	expect_shows 'finwait2: the finwait2 module was unloaded'
	expect_restored 1
	load || failed "cannot load"
	# And where it is asked just then.
	keys ' clear' Enter
	screen_top interval 100ms
	# It is in use while sockets are listed, and just then only.
	poll rmmod finwait2 2>"$TMP/err" || failed "cannot unload"
	expect_shows 'finwait2: the finwait2 module (was unloaded|is not loaded)'
	expect_restored 1
}

tidy()
{
	screen_end
	count_end
	peers_leave
}

tool_main
