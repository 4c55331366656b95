#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The program finwait2: rules, and files of them. FINWAIT2_SEED repeats the random
# ones of an earlier run, FINWAIT2_ROUNDS says how many files of them there are.

# Tests are called by name.
# shellcheck disable=SC2317,SC2329

TESTS=(
	rule_add rule_words rule_replace_del rule_wrong apply_save apply_wrong
	apply_refused apply_check save_identity apply_many no_permission
	other_netns
)

# shellcheck source=tool_lib.sh
. "$(dirname "$0")/tool_lib.sh"

NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups)
SEED=${FINWAIT2_SEED:-$EPOCHSECONDS}
AS=()

# Write a file to apply, and apply it.
conf()
{
	printf '%s\n' "$@" >"$TMP/conf"
}

apply()
{
	"${AS[@]}" finwait2 apply "$@" - <"$TMP/conf" >"$TMP/out" 2>"$TMP/err"
	took $? "finwait2 apply $* -"
}

# The rules in force are these, as "save" writes them.
expect_rules()
{
	local expected

	run save
	expect_ok
	expected=$(printf '%s\n' "$@")
	[ "$(grep '^rule ' "$TMP/out")" = "$expected" ] ||
		failed "not the rules that were expected: $OUT"
}

test_rule_add()
{
	begin
	for words in rule "rule list"; do
		# shellcheck disable=SC2086
		run $words
		expect_ok
		expect_lines 1
		expect_line '^PRIO +MATCH +SET +MATCHED +FLUSHED +WOULD$'
		# shellcheck disable=SC2086
		run -j $words
		expect_jq '. == []'
	done
	run rule add prio 20 interval 30s
	expect_ok
	expect_lines 0
	run rule add sport 80,443 prio 4294967295 exempt
	expect_ok
	run rule add prio 3 peer 192.0.2.0/24 reset off max-age never
	expect_ok
	run rule
	expect_ok
	expect_lines 4
	[[ ${LINES_OUT[1]} =~ ^\ +3\ +peer\ 192.0.2.0/24\ +max-age\ no-limit\ reset\ off\ +0\ +0\ +0$ ]] ||
		failed "not the first rule: $OUT"
	expect_line '^ +20 +all +interval 30s +0 +0 +0$'
	expect_line '^4294967295 +sport 80,443 +exempt +0 +0 +0$'
	run -j rule
	expect_jq '[.[].prio] == [3, 20, 4294967295]'
	expect_jq '.[0] | .match == {"peer": "192.0.2.0/24"} and
		.set == {"max_age": 0, "reset": false} and .matched == 0 and
		.flushed == 0 and .would_flush == 0 and .cgroup_gone == false'
	expect_jq '.[1] | .match == {} and .set == {"interval": 30000}'
	expect_jq '.[2].set == {"exempt": true} and .[2].match.sport ==
		[{"first": 80, "last": 80}, {"first": 443, "last": 443}]'
	run rule add prio 20 exempt
	expect_error 1 "there is a rule of this priority"
	run show
	expect_count 3 '^ *[0-9]+ +(peer|all|sport) '
	run -j show
	expect_jq '.rules.count == 3'
}

test_rule_words()
{
	local all="local 2001:db8::/32 sport 1,8000-8099,65535 peer 2001:db8::1"

	all+=" dport 1024-65535 mark 0x10/0xf0 uid 4294967294 cgroup / dev a.b"
	all+=" class held,orphan interval 1m30s shut-interval as-held"
	all+=" max-age 24d orphan-interval 1ms keepstart 1s keepstop 1s1ms"
	all+=" reset off observe on"
	begin
	# shellcheck disable=SC2086
	run rule add prio 1 $all
	expect_ok
	expect_rules "rule prio 1 $all"
	run -j rule
	expect_jq '.[0].match | .local == "2001:db8::/32" and
		.peer == "2001:db8::1" and (.sport | length) == 3 and
		.dport == [{"first": 1024, "last": 65535}] and .mark == 16 and
		.mask == 240 and .uid == 4294967294 and .cgroup == "/" and
		.dev == "a.b" and .class == ["held", "orphan"]'
	expect_jq '.[0].set == {"interval": 90000, "shut_interval": 0,
		"max_age": 2073600000, "orphan_interval": 1,
		"keepstart": 1000, "keepstop": 1001, "reset": false,
		"observe": true}'
}

test_rule_replace_del()
{
	begin
	run rule replace prio 5 exempt
	expect_ok
	run rule replace prio 5 interval 7s
	expect_ok
	run rule add prio 6 exempt
	expect_rules "rule prio 5 interval 7s" "rule prio 6 exempt"
	run rule del prio 4
	expect_error 1 "there is no rule of this priority"
	run rule del prio 5
	expect_ok
	expect_rules "rule prio 6 exempt"
	run rule flush
	expect_ok
	expect_rules
}

test_rule_wrong()
{
	local words message command

	begin
	while IFS='|' read -r words message; do
		for command in "rule add" "rule replace"; do
			# shellcheck disable=SC2086
			run $command $words
			expect_error 2 "$message"
		done
	done <<-'END'
		exempt|no prio
		prio 0 exempt|bad prio "0"
		prio 4294967296 exempt|bad prio
		prio 1|nothing is set
		prio 1 exempt interval 1s|nothing else can be set
		prio 1 keepstart 5s keepstop 5s|keepstop must be longer
		prio 1 interval 25d|out of range
		prio 1 interval 1x|bad value "1x"
		prio 1 exempt xyz|unknown word "xyz"
		prio 1 peer 192.0.2.1/24 exempt|all of it is 192.0.2.0/24
		prio 1 peer 192.0.2.0/33 exempt|bad prefix length
		prio 1 sport 0 exempt|bad ports "0"
		prio 1 sport 90-80 exempt|bad ports "90-80"
		prio 1 mark 0x10/0xf exempt|bad mark
		prio 1 class idle exempt|bad class "idle"
		prio 1 uid no-such-user exempt|unknown user
		prio 1 uid 1 uid 2 exempt|uid is said twice
		prio 1 prio 2 exempt|prio is said twice
		prio 1 reset maybe|bad value "maybe"
	END
	run rule add prio 1 cgroup /no/such exempt
	expect_error 1 "there is no cgroup v2 of this path"
	expect_rules
}

test_apply_save()
{
	begin
	run set max_age 1h
	conf "# comment" "" "  set flush_interval 4m # more" \
		$'\trule prio 9 sport "80" exempt' "rule interval 1s prio 8"
	apply
	expect_ok
	expect_lines 0
	expect_rules "rule prio 8 interval 1s" "rule prio 9 sport 80 exempt"
	expect_line '^set flush_interval 4m$'
	expect_line '^set max_age 1h$'
	expect_sysctl flush_interval 240000
	run_as finwait2 apply "$TMP/conf"
	expect_ok
	# A file without rules removes all, one without limits leaves them.
	conf "# nothing"
	apply
	expect_ok
	expect_rules
	expect_sysctl flush_interval 240000
	run apply "$TMP/none"
	expect_error 1 "$TMP/none"
	run -j save
	expect_error 2 "save prints what apply takes"
	run set max_age 0
}

test_apply_wrong()
{
	begin
	run rule add prio 1 exempt
	conf "set flush_interval 1m" "rule prio 2 exempt" "rule prio 2 reset on" \
		"rule prio 3 sport 0 exempt" "set flush_interval 2m" "xyz" \
		"rule prio 4 cgroup \"/a exempt"
	for option in "" --check; do
		# shellcheck disable=SC2086
		apply $option
		[ "$STATUS" -eq 1 ] || failed "$RUN: exit status $STATUS"
		[ ${#LINES_ERR[@]} -eq 5 ] || failed "$RUN: not 5 lines: $ERR"
		for word in "stdin:3: prio 2 is that of line 2" \
			    'stdin:4: bad ports "0"' \
			    "stdin:5: flush_interval is set in line 1" \
			    'stdin:6: unknown word "xyz"' \
			    "stdin:7: a quote that is not closed"; do
			[[ $ERR == *"finwait2: $word"* ]] ||
				failed "$RUN: no '$word' in: $ERR"
		done
	done
	expect_rules "rule prio 1 exempt"
	expect_sysctl flush_interval 300000
	run_as finwait2 apply "$TMP/conf"
	[[ $ERR == *"finwait2: $TMP/conf:3: "* ]] || failed "$RUN: $ERR"
}

test_apply_refused()
{
	begin
	run rule add prio 1 exempt
	conf "set flush_interval 1m" "rule prio 2 exempt" "" \
		"rule prio 3 sport 80 cgroup \"/no such\" exempt" \
		"rule prio 4 exempt" "set max_age 1d"
	apply
	expect_error 1 "stdin:4: " "there is no cgroup v2 of this path"
	run apply "$TMP/conf"
	expect_error 1 "$TMP/conf:4: " "there is no cgroup v2 of this path"
	expect_rules "rule prio 1 exempt"
	expect_sysctl flush_interval 300000
	expect_sysctl max_age 0
}

test_apply_check()
{
	begin
	run rule add prio 1 exempt
	conf "set flush_interval 1m" "rule prio 2 interval 1s"
	apply --check
	expect_ok
	expect_lines 0
	run apply "$TMP/conf" --check
	expect_ok
	run apply --check --check
	expect_error 2 'unknown word "--check"'
	expect_rules "rule prio 1 exempt"
	expect_sysctl flush_interval 300000
}

# One of the words. A generator of its own would not be more random.
one_of()
{
	shift $((RANDOM % $#))
	ONE=$1
}

random_time()
{
	one_of "$1" "$((RANDOM % 59 + 1))s" "$((RANDOM % 59 + 1))m" \
		"$((RANDOM % 23 + 1))h$((RANDOM % 59 + 1))m" \
		"$((RANDOM % 23 + 1))d" "$((RANDOM % 999 + 1))ms"
}

# Perhaps append one of the words to the rule.
maybe()
{
	one_of "" "" "$@"
	RULE+=$ONE
}

# Write a rule with priority $1 to RULE, as "save" does.
random_rule()
{
	local key p=$((RANDOM % 9000 + 1)) port=sport

	RULE="rule prio $1"
	for key in local peer; do
		maybe " $key 10.$((RANDOM % 256)).0.0/16" " $key 0.0.0.0/0" \
			" $key 192.0.2.$((RANDOM % 256))" " $key ::/0" \
			" $key 2001:db8:$((RANDOM % 9 + 1))::/48"
		maybe " $port $p" " $port $p-$((p + RANDOM + 1))" \
			" $port $p,$((p + 2))-$((p + 9)),$((p + 20))"
		port=dport
	done
	maybe " mark $(printf 0x%x "$RANDOM")" " mark 0x10/0xf0" " mark 0x0/0x1"
	maybe " uid $RANDOM"
	maybe " cgroup /" " cgroup \"/fw2 \\\"rule\\\"\""
	maybe " dev eth$((RANDOM % 10))" ' dev "#1"'
	maybe " class held" " class shut,orphan" " class held,shut,orphan"
	one_of " exempt" {,,,,,,}" interval"
	RULE+=$ONE
	[ "$ONE" != " exempt" ] || return
	random_time never
	RULE+=" $ONE"
	for key in shut-interval=as-held max-age=no-limit \
		   orphan-interval=tcp_fin_timeout; do
		random_time "${key#*=}"
		maybe " ${key%=*} $ONE"
	done
	maybe " keepstart off" " keepstart 1m" " keepstop 1ms" \
		" keepstart 1m keepstop 1m1ms" " keepstart 1m keepstop off"
	maybe " reset on" " reset off"
	maybe " observe on" " observe off"
}

test_save_identity()
{
	local rules=() limits=() prio round cgroup="$TMP/cgroup"

	begin
	if ! mkdir "$cgroup" || ! mount -t cgroup2 none "$cgroup" ||
	   ! mkdir -p "$cgroup/fw2 \"rule\""; then
		skipped "no cgroup2"
		umount "$cgroup" 2>/dev/null
		return
	fi
	echo "# FINWAIT2_SEED=$SEED"
	RANDOM=$SEED
	for ((round = 1; round <= ${FINWAIT2_ROUNDS:-50}; round++)); do
		rules=() limits=() prio=0
		random_time never
		limits+=("set flush_interval $ONE")
		random_time as-held
		limits+=("set shut_interval $ONE")
		for _ in $(seq $((RANDOM % 12))); do
			prio=$((prio + RANDOM + 1))
			random_rule $prio
			rules+=("$RULE")
		done
		conf "${limits[@]}" "${rules[@]}"
		apply
		expect_ok
		expect_rules "${rules[@]}"
		for limit in "${limits[@]}"; do
			expect_line "^$limit\$"
		done
		saved=$OUT
		conf "$saved"
		[ $((round % 2)) -eq 0 ] || run rule flush
		apply
		expect_ok
		run save
		[ "$OUT" = "$saved" ] || failed "was $saved, is $OUT"
		[ $RET = ok ] || break
	done
	begin
	rmdir "$cgroup/fw2 \"rule\""
	umount "$cgroup"
}

test_apply_many()
{
	local rules=() prio

	begin
	for ((prio = 1; prio <= 1024; prio++)); do
		rules+=("rule prio $prio sport $prio peer 192.0.2.0/24 uid $prio cgroup / interval 1h")
	done
	conf "${rules[@]}"
	apply
	expect_ok
	expect_rules "${rules[@]}"
	run rule add prio 2000 exempt
	expect_error 1 "more than 1024 rules"
	run rule replace prio 1024 exempt
	expect_ok
	conf "${rules[@]}" "rule prio 2000 exempt"
	apply
	expect_error 1 "more than 1024 rules"
	run -j rule
	expect_jq 'length == 1024 and .[1023].set.exempt'
	begin
}

test_no_permission()
{
	local command

	begin
	run rule add prio 1 interval 4m
	if ! "${NOBODY[@]}" true 2>/dev/null; then
		skipped "no setpriv that sets a user"
		return
	fi
	for command in "rule add prio 2 exempt" "rule replace prio 1 exempt" \
		       "rule del prio 1" "rule flush" "flush all"; do
		# shellcheck disable=SC2086
		run_as "${NOBODY[@]}" finwait2 $command
		expect_error 1 "no permission: needs root"
	done
	conf "rule prio 2 exempt"
	for command in "rule prio 2 exempt" "set flush_interval 4m"; do
		conf "$command"
		AS=("${NOBODY[@]}")
		apply
		expect_error 1 "no permission: needs root"
		apply --check
		expect_ok
		AS=()
	done
	for command in rule save list "list class held" "-j rule"; do
		# shellcheck disable=SC2086
		run_as "${NOBODY[@]}" finwait2 $command
		expect_ok
	done
	expect_rules "rule prio 1 interval 4m"
	expect_sysctl flush_interval 300000

	# Root of a user namespace has rights over namespaces that it owns.
	if ! unshare -Urn true 2>/dev/null; then
		echo "# no user namespaces"
		return
	fi
	run_as unshare -Ur finwait2 rule flush
	expect_error 1 "no permission: needs root"
	run_as unshare -Urn sh -c \
		"finwait2 rule add prio 3 uid 0 exempt && finwait2 save"
	expect_ok
	expect_count 1 '^rule .*'
	expect_line '^rule prio 3 uid 0 exempt$'
	expect_rules "rule prio 1 interval 4m"
}

test_other_netns()
{
	begin
	run rule add prio 1 exempt
	run -n "$B" rule
	expect_ok
	expect_lines 1
	run -n "$B" rule add prio 2 exempt
	expect_ok
	expect_rules "rule prio 1 exempt"
	run -n "$B" save
	expect_line "^rule prio 2 exempt\$"
	run -n "$B" rule flush
	expect_ok
	expect_rules "rule prio 1 exempt"
}

tool_main
