#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Rules for servers in cgroups: netcat, which shuts its write side at the end of
# its input and reads on, and httpd, which answers and exits, both of busybox.

# Tests are called by name.
# shellcheck disable=SC2317,SC2329

TESTS=(held_in_cgroup orphan_in_cgroup restarted)

# shellcheck source=tool_lib.sh
. "$(dirname "$0")/tool_lib.sh"

CGROUPS=/sys/fs/cgroup
SERVERS=()
CLIENTS=()

# Start a program in a cgroup of its own.
serve()
{
	local cgroup=$CGROUPS/fw2-$1

	shift
	mkdir -p "$cgroup"
	(echo 0 >"$cgroup/cgroup.procs" && exec "$@") &
	SERVERS+=($!)
}

# A client that reads all there is, and does not close. Returns 1 as long as
# nobody listens.
visit()
{
	local fd

	exec {fd}<>"/dev/tcp/127.0.0.1/$1" || return 1
	CLIENTS+=("$fd")
	printf 'GET / HTTP/1.0\r\n\r\n' >&"$fd"
	timeout 20 cat <&"$fd" >"$TMP/answer"
} 2>/dev/null

go_home()
{
	local fd cgroup

	for fd in "${CLIENTS[@]}"; do
		exec {fd}>&-
	done
	[ ${#SERVERS[@]} -eq 0 ] || kill "${SERVERS[@]}" 2>/dev/null
	wait
	for cgroup in "$CGROUPS"/fw2-*/; do
		poll rmdir "$cgroup" 2>/dev/null
	done
	SERVERS=()
	CLIENTS=()
}

# As many sockets wait that a filter means.
waiting()
{
	local count=$1

	shift
	run -j list "$@"
	jq -e "length == $count" "$TMP/out" >/dev/null
}

counted()
{
	run -j rule list
	jq -e "$1" "$TMP/out" >/dev/null
}

servers_there()
{
	# "ip netns exec" has hidden what was mounted there.
	[ -e "$CGROUPS/cgroup.procs" ] || mount -t cgroup2 none "$CGROUPS"
	[ -e "$CGROUPS/cgroup.procs" ] && have jq && busybox nc --help 2>&1 |
		grep -q -- -l && return
	skipped "no cgroup v2, no jq, or no nc of busybox"
	return 1
}

test_held_in_cgroup()
{
	servers_there || return
	begin
	serve quick sh -c 'echo answer | busybox nc -l -p 8001'
	serve slow sh -c 'echo answer | busybox nc -l -p 8002'
	run rule add prio 10 cgroup /fw2-quick interval 1s
	expect_ok
	poll visit 8001 || failed "no answer from port 8001"
	poll visit 8002 || failed "no answer from port 8002"
	[ "$(<"$TMP/answer")" = answer ] || failed "answer: $(<"$TMP/answer")"
	poll counted '.[0].matched == 1 and .[0].flushed == 1' ||
		failed "not flushed for its rule: $OUT"
	poll waiting 0 sport 8001 || failed "port 8001 is waiting: $OUT"
	# Its neighbour is under the limits of the namespace.
	waiting 1 sport 8002 class held || failed "port 8002: $OUT"
	expect_jq '.[0].rule == null and .[0].due_reason == "held"'
	# The cgroup above both of them means both.
	run rule replace prio 10 cgroup / interval 1s
	expect_ok
	poll waiting 0 || failed "not under the rule for all: $OUT"
	go_home
}

test_orphan_in_cgroup()
{
	servers_there || return
	begin
	mkdir -p "$TMP/www"
	echo hello >"$TMP/www/index.html"
	serve quick busybox httpd -f -p 127.0.0.1:8003 -h "$TMP/www"
	serve slow busybox httpd -f -p 127.0.0.1:8004 -h "$TMP/www"
	run rule add prio 10 cgroup /fw2-quick class orphan orphan-interval 1s
	expect_ok
	poll visit 8003 || failed "no answer from port 8003"
	grep -q hello "$TMP/answer" || failed "answer: $(<"$TMP/answer")"
	poll visit 8004 || failed "no answer from port 8004"
	poll waiting 1 sport 8004 class orphan || failed "port 8004: $OUT"
	poll waiting 0 sport 8003 || failed "port 8003 is waiting: $OUT"
	waiting 1 sport 8004 || failed "port 8004 went, too"
	counted '.[0].matched == 1' || failed "not counted: $OUT"
	go_home
}

# A service that is started anew has another cgroup, of the same name.
test_restarted()
{
	servers_there || return
	begin
	mkdir -p "$CGROUPS/fw2-quick"
	run rule add prio 10 cgroup /fw2-quick interval 1s
	expect_ok
	rmdir "$CGROUPS/fw2-quick"
	poll counted '.[0].cgroup_gone' || failed "nobody says it is gone: $OUT"
	serve quick sh -c 'echo answer | busybox nc -l -p 8005'
	poll visit 8005 || failed "no answer from port 8005"
	poll waiting 1 sport 8005 || failed "not waiting: $OUT"
	expect_jq '.[0].rule == null'
	run rule replace prio 10 cgroup /fw2-quick interval 1s
	expect_ok
	poll waiting 0 sport 8005 || failed "not under the new rule: $OUT"
	go_home
}

tool_main
