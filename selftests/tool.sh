#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The program finwait2: its words, what it prints, what it refuses. Its rules and
# what goes with them are in rule.sh.

TESTS=(
	no_module version_help words options get_all get_names set_times
	set_zero set_numbers set_switches print_times bad_values out_of_range no_permission
	read_only netns netns_bad show_empty list_empty colour bad_output list_held
	list_shut list_v6 list_brief list_many show_sockets list_observed
)

NAMES="flush_interval shut_interval max_age orphan_interval keepstart keepstop
       adaptive_start adaptive_end reset observe"

# shellcheck source=tool_lib.sh
. "$(dirname "$0")/tool_lib.sh"

# The list has the addresses and cookies that ss has, written as there.
expect_as_ss()
{
	local near remote rest cookie count=0

	if ! have ss; then
		echo "# no ss to compare with"
		return
	fi
	run list
	expect_ok
	while read -r _ _ near remote rest; do
		cookie=${rest##*sk:}
		expect_line "^(held|shut) +${near//[][]/.} +${remote//[][]/.} .* ${cookie%% *} +(-|[0-9]+) +[^ ]"
		count=$((count + 1))
	done < <(ss -Htne state fin-wait-2 2>/dev/null)
	expect_lines $((count + 1))
	[ "$count" -gt 0 ] || failed "ss has no sockets"
}

# Called by name, as all tests are.
# shellcheck disable=SC2317
test_no_module()
{
	if loaded && ! { [ -n "$FINWAIT2_KO" ] && rmmod finwait2; }; then
		skipped "the module is loaded, and cannot be unloaded and loaded"
		return
	fi
	for words in "" show list get "get reset" "set reset 1" "-j list" stats \
		     "stats --prometheus" monitor "monitor track exits" suggest \
		     "top --once" "-j top"; do
		# shellcheck disable=SC2086
		run $words
		expect_error 1 "the finwait2 module is not loaded" \
			"modprobe finwait2"
	done
	# What is not there is a finding, not an error.
	run doctor
	[ "$STATUS" -eq 1 ] || failed "$RUN: exit status $STATUS, not 1"
	[ -z "$ERR" ] || failed "$RUN: complains: $ERR"
	expect_line "^fail +module +not loaded: run 'modprobe finwait2'"
	run -j doctor
	expect_json
	expect_line '\{"result":"fail","check":"module",'
	run help
	expect_ok
}

# shellcheck disable=SC2317
test_version_help()
{
	for words in -V -Version "-j -V"; do
		# shellcheck disable=SC2086
		run $words
		expect_ok
		expect_line '^finwait2 [0-9]+\.[0-9]+\.[0-9]+$'
	done
	for words in help -h -help --help; do
		run $words
		expect_ok
		expect_line '^Usage: finwait2 '
	done
}

# shellcheck disable=SC2317
test_words()
{
	# Nothing is abbreviated, nothing is ignored.
	for word in xyz sho shows lis SHOW ""; do
		run "$word"
		expect_error 2 "unknown word \"$word\"" \
			"expected one of show, list, stats, explain, get, set, rule, apply, save, flush, monitor, top, suggest, doctor, help"
	done
	for word in flush flush_interval_ tcp_fin_wait_2_ "" net.ipv4 RESET; do
		for command in "get" "set"; do
			if [ "$command" = get ]; then
				run get "$word"
			else
				run set "$word" 1
			fi
			expect_error 2 "unknown word \"$word\"" flush_interval \
				shut_interval max_age orphan_interval \
				keepstart keepstop adaptive_start \
				adaptive_end reset observe
		done
	done
	for command in "show x" "list x" "get reset x" "set reset 1 x" \
		       "rule x" "rule list x" "rule flush x" "save x" \
		       "apply a x" "flush x" "flush all x" "explain x" \
		       "stats x" "stats --prometheus x" "monitor x" \
		       "monitor track x" "suggest x" "suggest share 1% x" \
		       "top x" "doctor x" "help x"; do
		# shellcheck disable=SC2086
		run $command
		expect_error 2 'unknown word "x"'
	done
	for command in "set" "set reset"; do
		# shellcheck disable=SC2086
		run $command
		expect_error 2 "set NAME VALUE"
	done
	for command in flush explain apply "rule add" "rule replace" "rule del"; do
		# shellcheck disable=SC2086
		run $command
		expect_error 2 "too few words: expected $command"
	done
	run $'two\nlines'
	expect_error 2 'unknown word "two?lines"'
}

# shellcheck disable=SC2317
test_options()
{
	for option in -x -js -jp -numeric - -- -netn; do
		run "$option"
		expect_error 2 "unknown option \"$option\""
	done
	for option in -n -netns; do
		run $option
		expect_error 2 "expected a network namespace"
	done
	run show -j
	expect_error 2 'unknown word "-j"'
	for option in -j -json --json "-j -p" "-json -pretty" "-p -j"; do
		# shellcheck disable=SC2086
		run $option get
		expect_ok
		expect_json
	done
	run -p get
	expect_ok
	expect_line '^reset '
}

# shellcheck disable=SC2317
test_get_all()
{
	run get
	expect_ok
	expect_lines 10
	for name in $NAMES; do
		expect_line "^$name +[^ ]+\$"
	done
	run -j get
	expect_ok
	expect_json
	for name in flush_interval shut_interval max_age orphan_interval \
		    keepstart keepstop adaptive_start adaptive_end; do
		expect_line "\"$name\":$(<"$SYSCTLS/tcp_fin_wait_2_$name")[,}]"
	done
	for name in reset observe; do
		expect_line "\"$name\":(true|false)[,}]"
	done
}

# shellcheck disable=SC2317
test_get_names()
{
	for name in $NAMES; do
		dashes=${name//_/-}
		for word in "$name" "$dashes" "tcp_fin_wait_2_$name" \
			    "tcp-fin-wait-2-$dashes"; do
			run get "$word"
			expect_ok
			expect_line "^$name +[^ ]+\$"
			expect_lines 1
		done
		run -j get "$name"
		expect_ok
		expect_json
		expect_line "^\{\"$name\":[^,]+\}\$"
	done
}

# shellcheck disable=SC2317
test_set_times()
{
	local times="1=1 1500=1500 007=7 500ms=500 30s=30000 5m=300000
		     2h=7200000 1d=86400000 1m30s=90000 90s=90000
		     11m15s=675000 1d2h3m4s5ms=93784005 1h1ms=3600001
		     24d=2073600000 23d24h=2073600000 1000ms=1000"

	for name in flush_interval shut-interval tcp_fin_wait_2_max_age \
		    orphan_interval keepstart tcp-fin-wait-2-keepstop; do
		key=${name//-/_}
		key=${key#tcp_fin_wait_2_}
		for pair in $times; do
			run set "$name" "${pair%=*}"
			expect_ok
			expect_lines 0
			expect_sysctl "$key" "${pair#*=}"
		done
		run -j get "$name"
		expect_line "^\{\"$key\":1000\}\$"
		# They are read alike, whatever is set.
		times="24d=2073600000 1000=1000"
	done
}

# shellcheck disable=SC2317
test_set_zero()
{
	for words in "flush_interval never off 0 0ms 0s 0d0s" \
		     "shut_interval as-held off 0" \
		     "max_age no-limit never off 0" \
		     "orphan_interval tcp_fin_timeout off 0" \
		     "keepstart off never 0" "keepstop off never 0"; do
		# shellcheck disable=SC2086
		set -- $words
		name=$1
		first=$2
		shift
		for word in "$@"; do
			run set "$name" 5s
			run set "$name" "$word"
			expect_ok
			expect_sysctl "$name" 0
		done
		run get "$name"
		expect_line "^$name +$first\$"
		run -j get "$name"
		expect_line "^\{\"$name\":0\}\$"
	done
	# Words that would say what 0 does not mean there.
	run set shut_interval never
	expect_error 2 '"never"' as-held
	run set orphan_interval never
	expect_error 2 '"never"' tcp_fin_timeout
}

# shellcheck disable=SC2317
test_set_numbers()
{
	for name in adaptive_start adaptive_end; do
		run -j get $name
		was=$(<"$SYSCTLS/tcp_fin_wait_2_$name")
		expect_line "^\{\"$name\":$was\}\$"
		for pair in 0=0 1=1 off=0 007=7 100000=100000 \
			    2147483647=2147483647; do
			run set $name "${pair%=*}"
			expect_ok
			expect_lines 0
			expect_sysctl $name "${pair#*=}"
		done
		run get $name
		expect_line "^$name +2147483647\$"
		for word in 2147483648 18446744073709551616 1s 5m -1 +1 " 1" \
			    "1 " 0x10 1e3 "" never on 1.5; do
			run set $name "$word"
			expect_error 2 "\"$word\"" $name "a number of sockets" \
				"0 (off)" 2147483647
			expect_sysctl $name 2147483647
		done
		run set $name 0
		run get $name
		expect_line "^$name +off\$"
		run set $name "$was"
	done
}

# shellcheck disable=SC2317
test_set_switches()
{
	for name in reset observe; do
		for pair in 0=0 1=1 off=0 on=1 no=0 yes=1; do
			run set $name "${pair%=*}"
			expect_ok
			expect_sysctl $name "${pair#*=}"
			run get $name
			if [ "${pair#*=}" = 1 ]; then
				expect_line "^$name +on\$"
				run -j get $name
				expect_line "^\{\"$name\":true\}\$"
			else
				expect_line "^$name +off\$"
				run -j get $name
				expect_line "^\{\"$name\":false\}\$"
			fi
		done
		for word in 2 -1 ON true "" 1s " 1" 01 never; do
			run set $name "$word"
			expect_error 2 "\"$word\"" $name "0, 1, off, on, no, yes"
			expect_sysctl $name 1
		done
	done
	run set reset on
	run set observe off
}

# shellcheck disable=SC2317
test_print_times()
{
	for pair in 1=1ms 999=999ms 1000=1s 1500=1s500ms 60000=1m 90000=1m30s \
		    675000=11m15s 3600000=1h 86400000=1d 90061001=1d1h1m1s1ms \
		    2073600000=24d 2073599999=23d23h59m59s999ms; do
		run set max_age "${pair%=*}"
		expect_ok
		run get max_age
		expect_line "^max_age +${pair#*=}\$"
		run set max_age 1
		run set max_age "${pair#*=}"
		expect_sysctl max_age "${pair%=*}"
	done
	run set max_age 0
}

# shellcheck disable=SC2317
test_bad_values()
{
	run set flush_interval 5m
	for word in "" x 5x 5mm 5M 1m30 30s1m 1s1s 5.5s 0x10 +5 " 5" "5 " 1e3 \
		    s -x -- ms 1m-30s 5µs "5 s" 99999999999999999999d5x NEVER \
		    $'5\n6'; do
		run set flush_interval "$word"
		expect_error 2 "bad value \"${word//$'\n'/?}\"" \
			flush_interval 500ms 1m30s never 24d
		expect_sysctl flush_interval 300000
	done
}

# shellcheck disable=SC2317
test_out_of_range()
{
	run set flush_interval 5m
	for word in 2073600001 25d 24d1ms 4294967295 4294967296 4294967297 \
		    18446744073709551615 18446744073709551616 \
		    18446744073709551617 99999999999999999999999999 \
		    213503982335d 18446744073709551615d1ms -1 -5s -0; do
		run set flush_interval "$word"
		expect_error 2 "out of range" "\"$word\"" flush_interval \
			24d 2073600000
		expect_sysctl flush_interval 300000
	done
}

# shellcheck disable=SC2317
test_no_permission()
{
	local nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	local command

	if ! "${nobody[@]}" true 2>/dev/null; then
		skipped "no setpriv that sets a user"
		return
	fi
	run set flush_interval 5m
	run_as "${nobody[@]}" finwait2 set flush_interval 6m
	expect_error 1 "no permission: needs root"
	expect_sysctl flush_interval 300000
	run_as "${nobody[@]}" finwait2 -n "$B" get
	expect_error 1 "no permission: needs root"
	for command in get show list "-j list" stats "stats --prometheus"; do
		# shellcheck disable=SC2086
		run_as "${nobody[@]}" finwait2 $command
		expect_ok
	done
}

# As a container has it that is not privileged
# shellcheck disable=SC2016 # for the shell inside
test_read_only()
{
	local inside=(unshare --mount sh -ec '
		mount --bind /proc/sys /proc/sys
		mount -o remount,bind,ro /proc/sys
		exec "$@"' sh)

	run set flush_interval 5m
	run_as "${inside[@]}" finwait2 set flush_interval 6m
	expect_error 1 tcp_fin_wait_2_flush_interval "read-only" "not privileged"
	expect_sysctl flush_interval 300000
	run_as "${inside[@]}" finwait2 get flush_interval
	expect_ok
}

# shellcheck disable=SC2317
test_netns()
{
	local netns value seen

	run set flush_interval 8s
	for netns in "$B" "/run/netns/$B"; do
		for value in 1234 4321; do
			run -n "$netns" set flush_interval $value
			expect_ok
			expect_sysctl flush_interval 8000
			run -j -netns "$netns" get flush_interval
			expect_ok
			expect_line "^\{\"flush_interval\":$value\}\$"
			seen=$(ip netns exec "$B" cat \
				"$SYSCTLS/tcp_fin_wait_2_flush_interval")
			[ "$seen" = "$value" ] || failed "$RUN: not set in $B"
		done
	done
	run -n "$A" get flush_interval
	expect_line "^flush_interval +8s\$"

	# Netlink answers for the same namespace as the sysctls.
	hold -n 3 || return
	poll listed 3 || failed "$RUN: not three sockets"
	run -n "$B" list
	expect_lines 1
	for netns in "$A" "/proc/$HOLDER/ns/net"; do
		run_as ip netns exec "$B" finwait2 -n "$netns" list
		expect_ok
		expect_lines 4
	done
	release
}

# shellcheck disable=SC2317
test_netns_bad()
{
	for netns in fw2tool-none ./fw2tool-none /run/netns/; do
		run -n "$netns" get
		expect_error 1 "network namespace" "$netns"
	done
	for netns in /proc/self/ns/uts /dev/null "$TMP/out"; do
		run -n "$netns" show
		expect_error 1 "is not a network namespace" "$netns"
	done
	for netns in "" . ..; do
		run -n "$netns" get
		expect_error 2 "bad network namespace \"$netns\""
	done
}

# shellcheck disable=SC2317
test_show_empty()
{
	local rate=' +[0-9.<]+/s'

	run set keepstart 1m
	run set keepstop 23d23h59m59s999ms
	run show
	expect_ok
	expect_screen 40
	expect_line '^ +keepstart +1m +keepstop +23d23h59m59s999ms$'
	run set keepstart off
	run set keepstop off

	run show
	expect_ok
	show=$(sed -E "s@$rate@@g; /since the last/d" "$TMP/out")
	expect_screen 40
	expect_line '^limits +flush_interval +[^ ]+ +shut_interval +[^ ]+$'
	expect_line '^ +reset +on +observe +off$'
	expect_line '^sockets +held +0 +shut +0 +orphan +0$'
	expect_line "^stats +tracked +0 +left_abort +[0-9]+($rate)?\$"
	expect_line "^ +left_reset +[0-9]+($rate)? +would_flush +[0-9]+($rate)?\$"
	expect_count 0 'PRIO'

	run
	expect_ok
	[ "$(sed -E "s@$rate@@g; /since the last/d" "$TMP/out")" = "$show" ] ||
		failed "nothing is not show"

	for option in -j "-j -p"; do
		# shellcheck disable=SC2086
		run $option show
		expect_ok
		expect_json
		for key in limits rules count sockets stats dwell age $NAMES \
			   held shut orphan tracked entered adopted missed \
			   left_fin left_close left_reset left_abort \
			   flushed_held flushed_shut flushed_age \
			   flushed_vanished flushed_request would_flush; do
			expect_line "\"$key\": ?[^ ]"
		done
	done
}

# shellcheck disable=SC2317
test_list_empty()
{
	run list
	expect_ok
	expect_lines 1
	expect_line '^CLASS +LOCAL +REMOTE +AGE +IDLE +DUE +WHY +UID +INODE +COOKIE +RULE +PROCESSES$'
	for option in -j "-j -p"; do
		# shellcheck disable=SC2086
		run $option list
		expect_ok
		expect_json
		expect_line '^\[\]$'
	done
}

# shellcheck disable=SC2317
test_colour()
{
	local escape=$'\033' option

	for option in "" -c=auto -c=never -color=never "-j -c=always"; do
		# shellcheck disable=SC2086
		run $option show
		expect_ok
		[[ $OUT != *"$escape"* ]] || failed "$RUN: in colour"
	done
	for option in -c -color -c=always --color=always; do
		run $option show
		expect_ok
		[[ $OUT == *"$escape"* ]] || failed "$RUN: not in colour"
		run $option list
		expect_ok
		[[ $OUT == *"$escape"* ]] || failed "$RUN: not in colour"
	done
	run -c=purple
	expect_error 2 'unknown word "purple"' "auto, always, never"
}

# shellcheck disable=SC2317
test_bad_output()
{
	local command

	for command in show suggest list "-j list" stats "stats --prometheus" get \
		       help -V; do
		: >"$TMP/out"
		# shellcheck disable=SC2086
		finwait2 $command >/dev/full 2>"$TMP/err"
		took $? "finwait2 $command >/dev/full"
		expect_error 1 "cannot write the output"
		# shellcheck disable=SC2086
		finwait2 $command 2>"$TMP/err" >&-
		took $? "finwait2 $command >&-"
		expect_error 1 "cannot write the output"
	done
}

# shellcheck disable=SC2317
test_list_held()
{
	run set flush_interval 5m
	run set max_age 0
	hold -n 3 || return
	poll listed 3 || failed "$RUN: not three sockets"
	run -j list
	expect_ok
	expect_json
	expect_count 3 '"class":"held"'
	expect_count 3 '"local_addr":"127\.[0-9.]+"'
	expect_count 3 '"remote_addr":"127\.[0-9.]+"'
	expect_count 3 '"(local|remote)_port":[1-9][0-9]*,"remote_addr"'
	expect_count 3 '"age":[0-9]+,'
	expect_count 3 '"idle":[0-9]+,'
	expect_count 3 '"observed":false'
	expect_count 3 '"due_in":2[0-9]{5},"due_reason":"held"'
	expect_count 3 '"uid":0'
	expect_count 3 '"inode":[1-9][0-9]*'
	expect_count 3 '"cookie":"[0-9a-f]+"'

	run list
	expect_ok
	expect_lines 4
	end='127[0-9.]*:[0-9]+ +'
	time='[0-9a-z]+ +'
	expect_count 3 "^held +$end$end$time${time}[45]m[0-9s]* +held +0 +[0-9]+ "
	expect_count 3 " +- +$HOLDER/hold_fw2 fd [0-9]+\$"
	# Columns are as wide as what is in them.
	head=${LINES_OUT[0]%PROCESSES}
	for line in "${LINES_OUT[@]:1}"; do
		[[ ${line:0:${#head}} == *" -  " &&
		   ${line:${#head}} == "$HOLDER/"* ]] ||
			failed "$RUN: not aligned: $OUT"
	done

	expect_as_ss

	run set flush_interval never
	run list
	expect_count 3 ' never +- +0 '
	run -j list
	expect_count 0 'due_'
	run set flush_interval 5m
	release
}

# shellcheck disable=SC2317
test_list_shut()
{
	run set flush_interval 5m
	run set shut_interval 2h
	run set max_age 0
	hold -s -n 2 || return
	poll listed 2 || failed "$RUN: not two sockets"
	run -j list
	expect_ok
	expect_json
	expect_count 2 '"class":"shut"'
	run list
	expect_ok
	expect_count 2 '^shut '
	release
	run set shut_interval 1m
}

# shellcheck disable=SC2317
test_list_v6()
{
	if [ ! -e /proc/net/if_inet6 ]; then
		skipped "no IPv6"
		return
	fi
	hold -6 -n 2 || return
	poll listed 2 || failed "$RUN: not two sockets"
	run -j list
	expect_ok
	expect_json
	expect_count 2 '"local_addr":"[0-9a-f]*:[0-9a-f:.]*"'
	run list
	expect_ok
	expect_count 2 '^held +\[::1\]:[0-9]+ +\[::1\]:[0-9]+ '
	expect_as_ss
	release

	# IPv4 on sockets of IPv6
	hold -m -n 2 || return
	poll listed 2 || failed "$RUN: not two sockets"
	run -j list
	expect_ok
	expect_json
	expect_as_ss
	release
}

# shellcheck disable=SC2317
test_list_brief()
{
	local time="([0-9]+[a-z]+)+" end="127\.0\.0\.1:[0-9]+"

	hold -n 3 || return
	poll listed 3 || failed "$RUN: not three sockets"
	run -br list
	expect_ok
	expect_lines 3
	expect_count 3 "^held +$end +$end +$time +$time +$time\$"
	run -brief -j list
	expect_ok
	expect_json
	expect_count 3 '"class":"held"'
	expect_count 0 '"processes"'
	release
	run -br get
	expect_ok
	expect_line '^reset '
}

# shellcheck disable=SC2317
test_list_many()
{
	# More than the kernel puts into one piece of a dump.
	hold -n 500 || return
	poll listed 500 || failed "$RUN: not 500 sockets"
	run -j list
	expect_ok
	expect_json
	cookies=$(grep -oE '"cookie":"[0-9a-f]+"' "$TMP/out" | sort -u | wc -l)
	[ "$cookies" -eq 500 ] || failed "$RUN: $cookies cookies, not 500"
	run -j -p list
	expect_ok
	expect_json
	expect_count 500 '"class": "held"'
	run list
	expect_ok
	expect_count 500 '^held '
	release
}

# shellcheck disable=SC2317
test_show_sockets()
{
	hold -n 4 || return
	poll listed 4 || failed "$RUN: not four sockets"
	run show
	expect_ok
	expect_line '^sockets +held +4 '
	expect_line '^stats +tracked +[1-9]'
	run -j show
	expect_ok
	expect_json
	expect_count 1 '"sockets":\{"held":4,"shut":0,"orphan":[0-9]+\}'
	release
}

# shellcheck disable=SC2317
test_list_observed()
{
	observed()
	{
		local due='^held .* observed +held '

		run list
		[[ ${LINES_OUT[1]} =~ $due && ${LINES_OUT[2]} =~ $due ]]
	}

	run set observe on
	run set flush_interval 100ms
	if hold -n 2; then
		poll observed || failed "$RUN: none observed: $(cat "$TMP/out")"
		run -j list
		expect_json
		expect_count 2 '"observed":true'
		run -j show
		expect_jq '.stats.would_flush == 2'
		release
	fi
	run set flush_interval 5m
	run set observe off
}

tool_main
