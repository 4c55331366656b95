#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The program finwait2: counters, and metrics for Prometheus. What is printed is
# compared with what was done to sockets. Where prometheus_client of Python is
# installed, its parsers read what each test prints at last.

# Tests are called by name.
# shellcheck disable=SC2317,SC2329

TESTS=(
	stats format formats_agree limits waiting flushed ways would_flush
	age rules rules_bounded rule_info netns words parsed
)

WAYS=(peer-fin close reset abort flushed)

# shellcheck source=tool_lib.sh
. "$(dirname "$0")/tool_lib.sh"

declare -A METRIC

# What was printed is kept for parsers: Python takes seconds to start.
PRINTED=0
keep_printed()
{
	PRINTED=$((PRINTED + 1))
	cp "$TMP/metrics" "$TMP/printed-$PRINTED.$FORMAT"
}

# Take in the metrics; the words are options, and those after --prometheus.
metrics()
{
	local line

	run "${OPTIONS[@]}" stats --prometheus "$@"
	expect_ok
	cp "$TMP/out" "$TMP/metrics"
	FORMAT=openmetrics
	[[ " $* " != *" classic "* ]] || FORMAT=classic
	METRIC=()
	for line in "${LINES_OUT[@]}"; do
		[[ $line == "#"* ]] || METRIC[${line% *}]=${line##* }
	done
}

OPTIONS=()
FORMAT=

tidy()
{
	[ -z "$FORMAT" ] || keep_printed
	FORMAT=
}

# A metric has a value.
expect_metric()
{
	[ "${METRIC[$1]}" = "$2" ] ||
		failed "$RUN: $1 is '${METRIC[$1]}', not $2"
}

# For polling: take in the metrics, one of which has a value.
metric_is()
{
	metrics
	[ "${METRIC[$1]}" = "$2" ]
}

# remember PATTERN: keep what there is, to compare with later
declare -A BEFORE
remember()
{
	local key

	BEFORE=()
	for key in "${!METRIC[@]}"; do
		BEFORE[$key]=${METRIC[$key]}
	done
}

# A counter has grown by so many since then.
expect_grown()
{
	local now=${METRIC[$1]} before=${BEFORE[$1]:-0}

	if [ -z "$now" ] || [ $((now - before)) -ne "$2" ]; then
		failed "$RUN: $1 was $before, and is '$now': not $2 more"
	fi
}

# Milliseconds of a metric that is seconds
ms()
{
	local value=${METRIC[$1]} part

	part=${value#"${value%%.*}"}
	part=${part#.}000
	echo $((10#${value%%.*}${part:0:3}))
}

# A histogram is one: buckets add up, and end in how many there are. $1 is its
# name, $2 labels with a comma at the end, $3 the suffix of the count.
expect_histogram()
{
	local line last=0 count=0 value labels=${2%,}

	for line in "${LINES_OUT[@]}"; do
		[[ $line == "$1_bucket{$2le="* ]] || continue
		value=${line##* }
		[ "$value" -ge "$last" ] || failed "$RUN: not more: $line"
		last=$value
		count=$((count + 1))
	done
	[ "$count" -gt 10 ] || failed "$RUN: $1 $2: $count buckets"
	expect_metric "$1_bucket{$2le=\"+Inf\"}" "$last"
	expect_metric "$1_$3${labels:+{$labels\}}" "$last"
}

test_stats()
{
	local name value count=0

	begin
	hold -n 3 || return
	run list
	run stats
	expect_ok
	while read -r name value; do
		[[ $value =~ ^[0-9]+$ ]] || failed "$RUN: $name is '$value'"
		count=$((count + 1))
	done <"$TMP/out"
	[ "$count" -eq 16 ] || failed "$RUN: $count counters"
	expect_line '^tracked +3$'
	expect_line '^flushed_request +0$'
	run -j stats
	expect_ok
	expect_jq 'length == 16 and .tracked == 3 and all(.[]; . >= 0)'
}

test_format()
{
	begin
	metrics
	keep_printed
	[ "${LINES_OUT[-1]}" = "# EOF" ] || failed "$RUN: no end"
	expect_count 1 '^# TYPE finwait2_flushed counter$'
	expect_count 1 '^# TYPE finwait2_waiting_age_seconds gaugehistogram$'
	expect_count 1 '^# UNIT finwait2_wait_duration_seconds seconds$'
	expect_line '^finwait2_info\{version="[0-9.]+",module_version="[0-9.]+"\} 1$'
	metrics classic
	expect_count 0 '# EOF|# UNIT|gaugehistogram| info$'
	expect_count 1 '^# TYPE finwait2_flushed_total counter$'
	if have promtool; then
		promtool check metrics <"$TMP/out" >"$TMP/why" 2>&1 ||
			failed "$RUN: $(cat "$TMP/why")"
	fi
}

# Nothing happens meanwhile.
test_formats_agree()
{
	begin
	run rule add prio 3 class held interval 1h
	metrics
	remember
	metrics classic
	[ "${#METRIC[@]}" -eq "${#BEFORE[@]}" ] || failed "$RUN: not as many"
	for key in "${!METRIC[@]}"; do
		[ "${METRIC[$key]}" = "${BEFORE[$key]}" ] ||
			failed "$RUN: $key differs"
	done
}

test_limits()
{
	local pair was

	begin
	for pair in flush_interval=90s=90 shut_interval=1500ms=1.5 \
		    max_age=1ms=0.001 orphan_interval=0=0 keepstart=24d=2073600 \
		    keepstop=off=0; do
		IFS="=" read -r name value seconds <<<"$pair"
		run set "$name" "$value"
		metrics
		expect_metric "finwait2_limit_seconds{limit=\"$name\"}" "$seconds"
		run set "$name" 0
	done
	for name in adaptive_start adaptive_end; do
		was=$(<"$SYSCTLS/tcp_fin_wait_2_$name")
		for value in 0 5000; do
			run set $name $value
			metrics
			expect_metric "finwait2_limit_sockets{limit=\"$name\"}" $value
		done
		run set $name "$was"
	done
	for value in on=1 off=0; do
		run set observe "${value%=*}"
		run set reset "${value%=*}"
		metrics
		expect_metric 'finwait2_limit_enabled{limit="observe"}' "${value#*=}"
		expect_metric 'finwait2_limit_enabled{limit="reset"}' "${value#*=}"
	done
	run set reset on
	run set shut_interval 1m
}

test_waiting()
{
	begin
	metrics
	expect_metric 'finwait2_waiting_sockets{class="held"}' 0
	expect_metric finwait2_waiting_age_seconds_gcount 0
	hold -n 3 || return
	metrics
	expect_metric finwait2_tracked_sockets 3
	expect_metric 'finwait2_waiting_sockets{class="held"}' 3
	expect_metric 'finwait2_waiting_sockets{class="shut"}' 0
	release
	hold -s -n 2 || return
	metrics
	expect_metric 'finwait2_waiting_sockets{class="held"}' 0
	expect_metric 'finwait2_waiting_sockets{class="shut"}' 2
}

test_flushed()
{
	local was

	begin
	hold -n 4 || return
	metrics
	remember
	was=$(ms 'finwait2_wait_duration_seconds_sum{way="flushed"}')
	run flush class held
	expect_line '^flushed +4$'
	metrics
	expect_grown 'finwait2_flushed_total{reason="request"}' 4
	expect_grown 'finwait2_flushed_total{reason="held"}' 0
	expect_grown 'finwait2_wait_duration_seconds_count{way="flushed"}' 4
	expect_grown 'finwait2_wait_duration_seconds_count{way="peer-fin"}' 0
	[ "$(ms 'finwait2_wait_duration_seconds_sum{way="flushed"}')" -ge "$was" ] ||
		failed "$RUN: time was lost"
	release

	run set flush_interval 400ms
	hold -n 2 || return
	poll metric_is finwait2_tracked_sockets 0 || failed "not flushed"
	expect_grown 'finwait2_flushed_total{reason="held"}' 2
	expect_grown 'finwait2_wait_duration_seconds_count{way="flushed"}' 6
	# All of them were there for that long, and not for an hour.
	expect_grown 'finwait2_wait_duration_seconds_bucket{way="flushed",le="2097.152"}' 6
	[ $(($(ms 'finwait2_wait_duration_seconds_sum{way="flushed"}') - was)) -ge 800 ] ||
		failed "$RUN: too short"
}

# However they left, all that came have left.
test_ways()
{
	local way key left=0 count entered

	begin
	metrics
	remember
	hold -n 5 || return
	run list
	release
	poll metric_is finwait2_tracked_sockets 0 || failed "they stay"
	for way in "${WAYS[@]}"; do
		expect_histogram finwait2_wait_duration_seconds "way=\"$way\"," \
			count
		key="finwait2_wait_duration_seconds_count{way=\"$way\"}"
		count=$((${METRIC[$key]:-0} - ${BEFORE[$key]:-0}))
		left=$((left + count))
		# The counters say the same
		[ "$way" = flushed ] ||
			expect_grown "finwait2_left_total{reason=\"$way\"}" "$count"
	done
	[ "$left" -eq 5 ] || failed "$RUN: $left have left, not 5"
	entered=$((METRIC[finwait2_entered_total] -
		   BEFORE[finwait2_entered_total]))
	expect_grown finwait2_adopted_total $((5 - entered))
}

test_would_flush()
{
	local seen

	begin
	metrics
	remember
	seen=$((METRIC[finwait2_would_flush_total] + 2))
	run set observe on
	run set flush_interval 100ms
	hold -n 2 || return
	poll metric_is finwait2_would_flush_total "$seen" ||
		failed "$RUN: not observed"
	expect_grown finwait2_would_flush_duration_seconds_count 2
	expect_grown 'finwait2_wait_duration_seconds_count{way="flushed"}' 0
	expect_histogram finwait2_would_flush_duration_seconds "" count
	run set observe off
}

# For how long those have waited that wait now; the sum grows.
test_age()
{
	local was

	begin
	hold -n 3 || return
	metrics
	expect_histogram finwait2_waiting_age_seconds "" gcount
	expect_metric finwait2_waiting_age_seconds_gcount 3
	was=$(ms finwait2_waiting_age_seconds_gsum)
	older()
	{
		metrics
		[ "$(ms finwait2_waiting_age_seconds_gsum)" -ge $((was + 3000)) ]
	}
	poll older || failed "$RUN: they do not age"
	expect_metric finwait2_waiting_age_seconds_gcount 3
}

test_rules()
{
	begin
	run rule add prio 7 class held interval 1h
	run rule add prio 9 exempt
	hold -n 2 || return
	metrics
	expect_metric finwait2_rules 2
	expect_metric 'finwait2_rule_matched_total{rule="7"}' 2
	expect_metric 'finwait2_rule_matched_total{rule="9"}' 0
	expect_metric 'finwait2_rule_waiting_sockets{rule="7",class="held"}' 2
	expect_metric 'finwait2_rule_waiting_sockets{rule="7",class="shut"}' 0
	expect_metric 'finwait2_rule_waiting_sockets{rule="9",class="held"}' 0
	remember
	run flush class held
	metrics
	expect_metric 'finwait2_rule_flushed_total{rule="7"}' 2
	expect_metric 'finwait2_rule_would_flush_total{rule="7"}' 0
	expect_metric 'finwait2_rule_wait_duration_seconds_count{rule="7",way="flushed"}' 2
	expect_metric 'finwait2_rule_wait_duration_seconds_count{rule="9",way="flushed"}' 0
	expect_histogram finwait2_rule_wait_duration_seconds \
		'rule="7",way="flushed",' count
	run rule flush
	metrics
	[ "${METRIC[finwait2_rules_generation]}" != \
	  "${BEFORE[finwait2_rules_generation]}" ] ||
		failed "$RUN: no other generation"
	expect_count 0 '^finwait2_rule_'
}

test_rules_bounded()
{
	local prio

	begin
	for prio in 1 2 3 4; do
		echo "rule prio $prio class orphan exempt"
	done >"$TMP/rules"
	echo "rule prio 5 class held interval 1h" >>"$TMP/rules"
	run apply "$TMP/rules"
	hold -n 2 || return
	metrics rules 3
	expect_count 3 '^finwait2_rule_info'
	expect_metric 'finwait2_rule_matched_total{rule="3"}' 0
	expect_metric 'finwait2_rule_matched_total{rule="other"}' 2
	expect_metric 'finwait2_rule_waiting_sockets{rule="other",class="held"}' 2
	expect_count 0 'rule="[45]"'
	metrics classic rules 5
	expect_metric 'finwait2_rule_matched_total{rule="5"}' 2
	expect_count 0 'rule="other"'
}

# What a rule says is a label, whatever it says.
test_rule_info()
{
	local dir="fw2 \"odd\\"

	begin
	run rule add prio 1 sport 80,443 peer 192.0.2.0/24 interval 30s
	run rule add prio 2 exempt
	metrics
	expect_line '^finwait2_rule_info\{rule="1",match="sport 80,443 peer 192.0.2.0/24",set="interval 30s"\} 1$'
	expect_line '^finwait2_rule_info\{rule="2",match="all",set="exempt"\} 1$'

	# In this mount namespace there may be none.
	mkdir -p "$TMP/cgroup"
	if ! mount -t cgroup2 none "$TMP/cgroup" 2>/dev/null; then
		echo "# no cgroups"
		return
	fi
	mkdir "$TMP/cgroup/$dir" || failed "cannot make a cgroup"
	run rule replace prio 1 cgroup "/$dir" exempt
	expect_ok
	metrics
	expect_count 1 '^finwait2_rule_info.rule="1",match="cgroup .*fw2 .*odd'
	rmdir "$TMP/cgroup/$dir"
	umount "$TMP/cgroup"
}

test_netns()
{
	local OPTIONS=()

	begin
	OPTIONS=(-n "$B")
	metrics
	expect_metric "finwait2_tracked_sockets{netns=\"$B\"}" 0
	expect_metric "finwait2_rules{netns=\"$B\"}" 0
	expect_metric "finwait2_left_total{netns=\"$B\",reason=\"reset\"}" 0
	# All of them have it.
	expect_count 0 '^finwait2_[a-z0-9_]+( |\{[^n])'
	metrics classic
	expect_count 0 '^finwait2_[a-z0-9_]+( |\{[^n])'
}

test_words()
{
	run stats --prometheus rules
	expect_error 2 "expected a number"
	for words in "--prometheus rules x" "--prometheus rules 65536" \
		     "--prometheus rules -1"; do
		# shellcheck disable=SC2086
		run stats $words
		expect_error 2 "bad number of rules"
	done
	for words in prometheus "--prometheus x" "--prometheus classic classic" \
		     "--prometheus rules 1 rules 2"; do
		# shellcheck disable=SC2086
		run stats $words
		expect_error 2 "unknown word"
	done
	run -j stats --prometheus
	expect_error 2 "no -j"
}

# All that was printed is what others read.
test_parsed()
{
	if ! python3 -c 'import prometheus_client' 2>/dev/null; then
		skipped "no prometheus_client"
		return
	fi
	[ "$PRINTED" -gt 10 ] || failed "printed $PRINTED times"
	python3 - "$TMP"/printed-* <<-'END' >"$TMP/out" 2>&1 || failed "$(<"$TMP/out")"
		import sys
		from prometheus_client import parser
		from prometheus_client.openmetrics import parser as openmetrics

		for path in sys.argv[1:]:
		    reader = openmetrics if path.endswith(".openmetrics") else parser
		    print(path)
		    with open(path, encoding="utf-8") as file:
		        text = file.read()
		    assert len(list(reader.text_string_to_metric_families(text))) > 15
	END
}

tool_main
