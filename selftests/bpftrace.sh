#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tracepoints, as bpftrace sees them: the programs that the documentation
# recommends.

# Tests are called by name.
# shellcheck disable=SC2317,SC2329

TESTS=(fields stay peers waiting each shutters)

# As in the documentation, to the letter: a check of the source sees to that.
declare -A PROGRAMS=(
	[stay]='t:finwait2:untrack { @ms[args.reason] = hist(args.age); }'
	[peers]='t:finwait2:flush { @[ntop(args.daddr)] = count(); }'
	[waiting]='t:finwait2:track { @[args.sport] = sum(1); } t:finwait2:untrack { @[args.sport] = sum(-1); }'
	[each]='t:finwait2:flush { printf("%s:%d age %d ms idle %d ms\n", ntop(args.daddr), args.dport, args.age, args.idle); }'
	[shutters]='kprobe:tcp_shutdown { @who[arg0] = comm; } t:finwait2:flush { @flushed[@who[(uint64)args.skaddr]] = count(); } t:finwait2:untrack { delete(@who[(uint64)args.skaddr]); } END { clear(@who); }'
)

# enum finwait2_reason
REQUEST=8

# shellcheck source=tool_lib.sh
. "$(dirname "$0")/tool_lib.sh"

TRACER=

# A namespace with a /sys of its own has no tracefs in it.
tracefs()
{
	[ -e /sys/kernel/tracing/available_events ] ||
		mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
}

# Programs say "args.age" since version 0.18.
usable()
{
	local version

	if ! have bpftrace || ! tracefs; then
		skipped "no bpftrace, or no tracefs"
		return 1
	fi
	version=$(bpftrace --version)
	version=${version#*v0.}
	if [ "${version%%.*}" -lt 18 ]; then
		skipped "bpftrace is older than 0.18"
		return 1
	fi
}

# Once all is attached, it waits for something to print.
attached()
{
	[[ $(cat "/proc/$TRACER/wchan" 2>/dev/null) == *poll* ]] ||
		! kill -0 "$TRACER" 2>/dev/null
}

# trace NAME: run one of the programs until it is traced
trace()
{
	usable || return
	begin
	bpftrace -B line -e "${PROGRAMS[$1]}" >"$TMP/trace" 2>"$TMP/trace-err" \
		</dev/null 8>&- &
	TRACER=$!
	poll attached && kill -0 "$TRACER" 2>/dev/null && return
	failed "not attached: $(cat "$TMP/trace" "$TMP/trace-err")"
	kill "$TRACER" 2>/dev/null
	return 1
}

# End it, and take in what it has printed.
traced()
{
	kill -INT "$TRACER"
	wait "$TRACER"
	STATUS=$?
	grep -vE '^(Attaching|Attached) |^$' "$TMP/trace" >"$TMP/out"
	cp "$TMP/trace-err" "$TMP/err"
	took $STATUS bpftrace
	expect_ok
	echo "# ${OUT//$'\n'/$'\n'# }"
}

# Hold sockets, and take in the port that they share, and those of their peers.
ports()
{
	hold -n "$1" || return
	poll tracked "$1" || failed "not tracked"
	run list
	PEERS=()
	for line in "${LINES_OUT[@]:1}"; do
		read -r _ near far _ <<<"$line"
		PORT=${near##*:}
		PEERS+=("${far##*:}")
	done
}

tracked()
{
	run list
	run -j stats
	[[ $OUT == *"\"tracked\":$1,"* ]]
}

test_fields()
{
	local field

	usable || return
	run_as bpftrace -lv 't:finwait2:*'
	expect_ok
	for field in track flush untrack; do
		expect_line "^tracepoint:finwait2:$field\$"
	done
	expect_count 3 '^ +[^ ].* skaddr;?$'
	for field in sport dport; do
		expect_count 3 "^ +.* $field;?\$"
	done
	for field in saddr daddr; do
		expect_count 3 "^ +.* $field\\[16\\];?\$"
	done
	for field in reason age idle; do
		expect_count 2 "^ +.* $field;?\$"
	done
	expect_count 1 '^ +bool observe;?$'
	expect_count 1 '^ +bool adopted;?$'
}

# buckets KEY: how many are in the histogram of that key
buckets()
{
	local line count=0 now=

	for line in "${LINES_OUT[@]}"; do
		[[ $line != @* ]] || now=${line%: *}
		[[ ${now%:} == "$1" && $line =~ ^[\[\(].*[\]\)]\ +([0-9]+)\ \| ]] ||
			continue
		count=$((count + BASH_REMATCH[1]))
	done
	echo $count
}

test_stay()
{
	trace stay || return
	ports 3 || return
	run flush all
	release
	ports 2 || return
	release
	traced
	[ "$(buckets "@ms[$REQUEST]")" -eq 3 ] || failed "not three flushed"
	[ $(($(buckets "@ms[0]") + $(buckets "@ms[1]") +
	     $(buckets "@ms[2]"))) -eq 2 ] || failed "not two others"
}

test_peers()
{
	trace peers || return
	ports 3 || return
	run flush all
	traced
	expect_lines 1
	expect_line '^@\[(::ffff:)?127\.0\.0\.1\]: 3$'
}

test_waiting()
{
	trace waiting || return
	ports 3 || return
	run flush dport "${PEERS[0]}"
	expect_line '^flushed +1$'
	traced
	expect_line "^@\\[$PORT\\]: 2\$"
}

# What is printed by events may still be on its way when bpftrace is ended.
printed()
{
	[ "$(grep -c ' age ' "$TMP/trace")" -ge "$1" ]
}

test_each()
{
	trace each || return
	ports 2 || return
	run flush all
	poll printed 2 || failed "not printed"
	traced
	for port in "${PEERS[@]}"; do
		expect_line "127\\.0\\.0\\.1:$port age [0-9]+ ms idle [0-9]+ ms\$"
	done
	expect_lines 2
}

test_shutters()
{
	trace shutters || return
	ports 3 || return
	run flush all
	traced
	expect_line '^@flushed\[hold_fw2\]: 3$'
}

tool_main
