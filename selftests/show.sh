#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The program finwait2: what its screen tells, how fast counters grow, and what
# interval it suggests. What is drawn is tested without a kernel: tools/check.

# Tests are called by name.
# shellcheck disable=SC2317,SC2329

TESTS=(
	waiting json dwell flushed screen terminal rules rates rates_file
	rates_user suggest suggest_rules suggest_words rates_reload
)

# shellcheck source=tool_lib.sh
. "$(dirname "$0")/tool_lib.sh"

STATE=/run/finwait2

# Peers that close; the words are those of hold_fw2.
close_all()
{
	if ! have hold_fw2; then
		skipped "no helper hold_fw2"
		return 1
	fi
	hold_fw2 "$@" >"$TMP/ready" 2>"$TMP/hold-err" </dev/null && return 0
	failed "hold_fw2 $*: $(cat "$TMP/hold-err")"
	return 1
}

# show_is FILTER: run show -j, and see whether the filter is true
show_is()
{
	run -j show
	jq -e "$1" "$TMP/out" >/dev/null 2>&1
}

# What belongs together is read one after the other, but nothing happens here.
expect_consistent()
{
	expect_jq '.dwell.peer_fin.count == .stats.left_fin and
		.dwell.close.count == .stats.left_close and
		.dwell.reset.count == .stats.left_reset and
		.dwell.abort.count == .stats.left_abort and
		.dwell.would_flush.count == .stats.would_flush and
		.dwell.flushed.count == (.stats | .flushed_held +
			.flushed_shut + .flushed_age + .flushed_vanished +
			.flushed_request)'
	expect_jq '[.dwell[], .age] |
		all(.[]; .count == ([.buckets[].count] | add // 0))'
	expect_jq '.age.count == .sockets.held + .sockets.shut'
}

test_waiting()
{
	begin
	hold -n 4 || return
	poll show_is '.sockets == {held: 4, shut: 0, orphan: 0}' ||
		failed "$RUN: not four held: $OUT"
	expect_jq '.age.count == 4'
	expect_consistent
	run show
	expect_line '^sockets +held +4 +shut +0 +orphan +0$'
	expect_line '^TIME .*WAITING'
	# The last column, of which somebody is in some row.
	expect_line '^<[0-9a-z]+ .* [1-4] #+$'
	release
	hold -s -n 2 || return
	poll show_is '.sockets.held == 0 and .sockets.shut == 2' ||
		failed "$RUN: not two shut: $OUT"
	expect_jq '.age.count == 2'
	release
}

test_json()
{
	begin
	run set max_age 1h
	run -j show
	expect_ok
	expect_json
	expect_jq '.limits.flush_interval == 300000 and
		.limits.max_age == 3600000 and .limits.reset == true and
		.limits.observe == false'
	expect_jq '.rules == {count: 0, list: []}'
	expect_jq '.dwell | keys == ["abort", "close", "flushed", "peer_fin",
		"reset", "would_flush"]'
	expect_jq '[.dwell[], .age] | all(.[]; .count >= 0 and .sum_ms >= 0 and
		(.buckets | type) == "array")'
	run set max_age 0
}

# How long peers took to close is in the bucket that it belongs to.
test_dwell()
{
	local before

	begin
	run -j show
	before=$(<"$TMP/out")
	close_all -n 3 -c 0 || return
	close_all -n 2 -c 2100 || return
	run -j show
	have jq || return
	jq -s '.[1].dwell.peer_fin as $now | .[0].dwell.peer_fin as $then |
		($now.buckets | map({key: (.lt_ms | tostring), value: .count}) |
			from_entries) as $a |
		($then.buckets | map({key: (.lt_ms | tostring), value: .count}) |
			from_entries) as $b |
		{count: ($now.count - $then.count),
		 sum: ($now.sum_ms - $then.sum_ms),
		 slow: (($a["4096"] // 0) + ($a["8192"] // 0) -
			($b["4096"] // 0) - ($b["8192"] // 0))}' \
		<(echo "$before") "$TMP/out" >"$TMP/diff"
	jq -e '.count == 5 and .slow == 2 and .sum >= 4180 and .sum < 16000' \
		"$TMP/diff" >/dev/null ||
		failed "not three quick and two slow: $(cat "$TMP/diff")"
	expect_consistent
	run show
	expect_line '^TIME +PEER-FIN'
	expect_line '^<(4|8)s +[1-9]'
}

test_flushed()
{
	begin
	run set flush_interval 300ms
	hold -n 2 || return
	poll show_is '.sockets.held == 0' || failed "$RUN: not flushed: $OUT"
	release
	run set observe on
	hold -n 2 || return
	poll show_is '.dwell.would_flush.count >= 2' ||
		failed "$RUN: not observed: $OUT"
	expect_jq '.dwell.flushed.count >= 2 and .sockets.held == 2 and
		([.dwell.flushed.buckets[] | select(.lt_ms <= 256)] == [])'
	release
	run -j show
	expect_consistent
	run show
	expect_line '^TIME .*FLUSHED .*WOULD-FLUSH'
	begin
}

# With all columns there are, the longest limits, and rules that are too long.
test_screen()
{
	local escape=$'\033' words locale

	begin
	run set keepstop 23d23h59m59s999ms
	run set keepstart 23d23h59m59s998ms
	run set max_age 23d23h59m59s999ms
	run rule add prio 4294967295 local 127.0.0.0/8 sport 1-65535 peer \
		127.0.0.0/8 dport 1-65535 class held,shut,orphan interval 1h
	hold -n 2 || return
	have_utf8 || echo "# no locale C.UTF-8"
	for locale in C C.UTF-8; do
		for words in "" show; do
			# shellcheck disable=SC2086
			run_as env LC_ALL="$locale" finwait2 $words
			expect_ok
			expect_screen 42
			[[ $OUT != *"$escape"* ]] || failed "$RUN: escapes"
			expect_line '^ +keepstart +23d23h59m59s998ms +keepstop +23d23h59m59s999ms$'
			expect_line '^TIME +PEER-FIN +.*FLUSHED .*WAITING'
			expect_line '^4294967295 +local 127.0.0.0/8 sport .*\.\. +[0-9]+ +0 +0 +2$'
		done
		if [ "$locale" = C ]; then
			expect_count 0 '█'
			expect_line '^<.* #'
		elif have_utf8; then
			expect_line '^<.* █'
			expect_count 0 '#'
		fi
	done
	release
	for words in keepstart keepstop max_age; do
		run set "$words" 0
	done
	run rule flush
	# Without rules
	run show
	expect_screen 40
}

# On a terminal it is in colour, and that is all.
test_terminal()
{
	local escapes

	begin
	if ! have python3; then
		skipped "no python3 to make a terminal with"
		return
	fi
	hold -n 1 || return
	TERM=xterm python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))' \
		finwait2 show >"$TMP/out" 2>"$TMP/err" </dev/null
	took $? "finwait2 show on a terminal"
	[ "$STATUS" -eq 0 ] || failed "$RUN: exit status $STATUS: $ERR"
	escapes=$(grep -oE $'\033[^a-zA-Z]*[a-zA-Z]' "$TMP/out" | sort -u)
	[ -n "$escapes" ] || failed "$RUN: no colour: $OUT"
	! grep -vE $'^\033\\[[0-9]*m$' <<<"$escapes" ||
		failed "$RUN: more than colour"
	release
}

test_rules()
{
	begin
	run rule add prio 10 class shut interval 1h
	run rule add prio 20 local 127.0.0.0/8 interval 2h
	run rule add prio 30 exempt
	hold -n 3 || return
	poll show_is '.rules.list[1].waiting.held == 3' ||
		failed "$RUN: not three held under it: $OUT"
	expect_jq '.rules.count == 3 and [.rules.list[].prio] == [10, 20, 30]'
	expect_jq '.rules.list[1] | .matched == 3 and .flushed == 0 and
		.would_flush == 0 and .age.count == 3 and
		.waiting == {held: 3, shut: 0, orphan: 0} and
		.match.local == "127.0.0.0/8" and .set.interval == 7200000'
	expect_jq '.rules.list[0] | .matched == 0 and .age.count == 0 and
		.dwell.peer_fin.count == 0 and .match.class == ["shut"]'
	expect_jq '.rules.list[2].set.exempt == true'
	run show
	expect_line '^PRIO +RULE +MATCHED +FLUSHED +WOULD +WAITING$'
	expect_line '^ +10 +class shut interval 1h +0 +0 +0 +0$'
	expect_line '^ +20 +local 127.0.0.0/8 interval 2h +3 +0 +0 +3$'
	expect_line '^ +30 +all exempt +0 +0 +0 +0$'
	run flush all
	run -j show
	expect_jq '.rules.list[1] | .flushed == 3 and .waiting.held == 0 and
		.dwell.flushed.count == 3'
	release
	run rule flush
}

# The file of this namespace
state_file()
{
	echo "$STATE/show-$(stat -L -c %i /proc/self/ns/net)"
}

test_rates()
{
	local entered

	begin
	rm -rf "$STATE"
	run -j show
	expect_ok
	expect_jq 'has("rates") | not'
	if have jq; then
		entered=$(jq .stats.entered "$TMP/out")
	fi
	hold -n 5 || return
	poll listed 5 || failed "$RUN: not five sockets"
	run -j show
	expect_ok
	expect_jq '.rates.over_ms > 0 and .rates.entered > 0 and
		.rates.left_abort == 0 and (.rates | has("tracked") | not)'
	# As many as there are more since then
	expect_jq ".rates.entered * .rates.over_ms / 1000 -
		(.stats.entered - ${entered:-0}) | fabs < 0.001"
	run show
	expect_ok
	expect_line '^ +entered +[0-9]+ +[0-9.]+/s '
	expect_line '^ +a second, on average since the last call [0-9a-z]+ ago$'
	expect_screen 40
	release

	# Another namespace is another matter.
	run -j -n "$B" show
	expect_jq 'has("rates") | not'
	run -j -n "$B" show
	expect_jq '.rates.over_ms > 0 and .rates.entered == 0'
}

# expect_no_rates: the last call does not count, and nobody complains
expect_no_rates()
{
	run -j show
	expect_ok
	expect_jq 'has("rates") | not'
}

expect_rates()
{
	run -j show
	expect_ok
	expect_jq '.rates.over_ms > 0'
}

test_rates_file()
{
	local file

	begin
	rm -rf "$STATE"
	file=$(state_file)
	expect_no_rates
	expect_rates
	[ "$(stat -c '%a %u %F' "$file")" = "600 0 regular file" ] ||
		failed "$file is not private: $(ls -l "$file")"
	[ "$(stat -c '%a %u %F' "$STATE")" = "700 0 directory" ] ||
		failed "$STATE is not private: $(ls -ld "$STATE")"
	[ "$(ls -A "$STATE")" = "${file##*/}" ] ||
		failed "more than one file: $(ls -A "$STATE")"

	# A link is neither read nor written through.
	mv "$file" "$TMP/elsewhere"
	cp "$TMP/elsewhere" "$TMP/copy"
	ln -s "$TMP/elsewhere" "$file"
	expect_no_rates
	[ "$(<"$TMP/elsewhere")" = "$(<"$TMP/copy")" ] ||
		failed "written through a link"
	[ ! -L "$file" ] || failed "the link is still there"
	expect_rates

	# What is another's, or may be, or is broken
	chown 65534 "$file"
	expect_no_rates
	expect_rates
	chmod g+w "$file"
	expect_no_rates
	expect_rates
	echo more >>"$file"
	expect_no_rates
	expect_rates
	sed -i 's/^boot ./boot x/' "$file"
	expect_no_rates
	expect_rates
	sed -i 's/^entered .*/entered 18446744073709551615/' "$file"
	expect_no_rates
	expect_rates
	sed -i 's/^time .*/time 18446744073709551615/' "$file"
	expect_no_rates
	expect_rates
	rm "$file"
	mkfifo "$file"
	expect_no_rates
	expect_rates
	rm "$file"
	mkdir "$file"
	expect_no_rates
	expect_no_rates
	[ "$(ls -A "$STATE")" = "${file##*/}" ] ||
		failed "left behind: $(ls -A "$STATE")"
	rmdir "$file"

	expect_no_rates
	chown 65534 "$STATE"
	expect_no_rates
	chown 0 "$STATE"
	chmod o+w "$STATE"
	expect_no_rates
	chmod o-w "$STATE"
	expect_rates
	mv "$STATE" "$TMP/state"
	ln -s "$TMP/state" "$STATE"
	expect_no_rates
	rm "$STATE"
	: >"$STATE"
	expect_no_rates
	rm "$STATE"
}

# Users have a directory of their own, or no rates.
test_rates_user()
{
	local nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	local dir=$TMP/run file

	begin
	if ! "${nobody[@]}" true 2>/dev/null; then
		skipped "no setpriv that sets a user"
		return
	fi
	chmod go+x "$TMP"
	mkdir -m 700 "$dir"
	chown 65534:65534 "$dir"
	rm -rf "$STATE"
	file=$dir/finwait2/$(basename "$(state_file)")
	run_as env XDG_RUNTIME_DIR="$dir" "${nobody[@]}" finwait2 -j show
	expect_ok
	expect_jq 'has("rates") | not'
	run_as env XDG_RUNTIME_DIR="$dir" "${nobody[@]}" finwait2 -j show
	expect_ok
	expect_jq '.rates.over_ms > 0'
	[ "$(stat -c '%a %u' "$file")" = "600 65534" ] ||
		failed "$file is not the user's: $(ls -l "$file")"

	# Root does not look there.
	run_as env XDG_RUNTIME_DIR="$dir" finwait2 -j show
	expect_ok
	expect_jq 'has("rates") | not'
	# Nor does a user where all may write, or where there is nothing, or
	# anywhere by a relative path
	for dir in /tmp "$TMP" /nonexistent "" . run /proc/self/cwd; do
		for _ in 1 2; do
			run_as env XDG_RUNTIME_DIR="$dir" "${nobody[@]}" \
				finwait2 -j show
			expect_ok
			expect_jq 'has("rates") | not'
		done
	done
	[ ! -e /tmp/finwait2 ] || failed "there is /tmp/finwait2"
	run_as env -u XDG_RUNTIME_DIR "${nobody[@]}" finwait2 -j show
	expect_ok
	expect_jq 'has("rates") | not'
	# Unwritable: what there is may be read
	dir=$TMP/run
	chmod u-w "$dir/finwait2"
	run_as env XDG_RUNTIME_DIR="$dir" "${nobody[@]}" finwait2 show
	expect_ok
	chmod go-x "$TMP"
}

# Most peers close at once, a few are slow.
test_suggest()
{
	local interval

	begin
	run suggest
	expect_ok
	expect_screen 24
	expect_line '^FOR +CLOSED +FLUSHED +INTERVAL +CUT +LIMIT +NOTE$'
	expect_line '^all +[0-9]+ +[0-9]+ +- +- +5m +too few: 30000 needed$'
	run -j suggest
	expect_jq '.share == 0.0001 and .needed == 30000 and
		.all.enough == false and .all.limit_ms == 300000 and
		(.all | has("interval_ms") or has("cut") | not) and .rules == []'

	# Those of other tests are few: less than 1 % is fewer than seven.
	close_all -n 450 -c 0 || return
	close_all -n 2 -c 4200 || return
	run -j suggest share 1%
	expect_jq '.share == 0.01 and .needed == 300 and .all.enough and
		.all.closed >= 452 and .all.interval_ms <= 4096 and
		.all.cut >= 2 and .all.cut < .all.closed / 100 and
		.all.than_limit == "shorter"'
	run suggest share 0.01
	expect_ok
	expect_line '^interval that would have cut fewer than 1% of those'
	expect_line '^all +[0-9]+ +[0-9]+ +[0-9.]+m?s +[0-9]+ +5m +shorter than the limit$'
	# Several slow ones more are too many to cut.
	close_all -n 6 -c 4200 || return
	run -j suggest share 1%
	expect_jq '.all.interval_ms >= 8192 and .all.cut < .all.closed / 100'
	have jq || return
	interval=$(jq .all.interval_ms "$TMP/out")

	# Compared with the limit
	run set flush_interval "$interval"
	run -j suggest share 1%
	expect_jq ".all.than_limit == \"same\" and .all.limit_ms == $interval"
	run set flush_interval $((interval - 1))
	run -j suggest share 1%
	expect_jq '.all.than_limit == "longer"'
	run suggest share 1%
	expect_line 'longer than the limit$'
	run set flush_interval never
	run -j suggest share 1%
	expect_jq '.all.than_limit == "shorter" and .all.limit_ms == 0'
	# Flushes are told of.
	expect_jq '.all.flushed >= 3'
	run suggest share 1%
	expect_line ' never +shorter than the limit$'
	expect_line '^some that were flushed might have been closed'
}

test_suggest_rules()
{
	begin
	run rule add prio 5 class orphan interval 1s
	run rule add prio 7 class held interval 4s
	run rule add prio 9 exempt
	close_all -n 320 -c 0 || return
	run -j suggest share 1%
	expect_ok
	expect_jq '[.rules[].prio] == [5, 7, 9]'
	expect_jq '.rules[0] | .closed == 0 and .enough == false and
		.limit_ms == 1000'
	expect_jq '.rules[1] | .closed == 320 and .enough and .flushed == 0 and
		.interval_ms < 4000 and .limit_ms == 4000 and
		.than_limit == "shorter"'
	expect_jq '.rules[2] | .exempt == true and .closed == 0 and
		(has("limit_ms") | not)'
	run suggest share 1%
	expect_ok
	expect_line '^rule 5 +0 +0 +- +- +1s +too few: 300 needed$'
	expect_line '^rule 7 +320 +0 +[0-9.]+m?s +[0-3] +4s +shorter than the limit$'
	expect_line '^rule 9 +0 +0 +- +- +exempt +too few: 300 needed$'
	run suggest share 0.5%
	expect_line '^rule 7 +320 +0 +- +- +4s +too few: 600 needed$'
	run rule flush
}

test_suggest_words()
{
	begin
	for word in 0 1 100% 1e-3 -1 x "" 0.1%% 0.0000000001; do
		run suggest share "$word"
		expect_error 2 "bad share \"$word\"" 0.001 0.1%
	done
	run suggest share
	expect_error 2 "expected suggest share SHARE"
	run suggest 0.1%
	expect_error 2 'unknown word "0.1%"' share
}

# Counters that begin anew have no rates.
test_rates_reload()
{
	begin
	rm -rf "$STATE"
	hold -n 2 || return
	poll listed 2 || failed "$RUN: not two sockets"
	release
	expect_no_rates
	expect_rates
	if [ -z "$FINWAIT2_KO" ] || ! rmmod finwait2; then
		skipped "the module cannot be unloaded and loaded"
		return
	fi
	load || failed "cannot load the module"
	expect_no_rates
	expect_rates
}

tool_main
