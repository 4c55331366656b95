#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
usage: metrics.py PROGRAM

What "finwait2 stats --prometheus" prints is read by those who read it in
earnest, and compared with what the sample, PROGRAM, has made up (see genl.c).
Needs python3-prometheus-client, and promtool of Prometheus.
"""

import os
import subprocess
import sys
import unittest

from prometheus_client import parser as classic_parser
from prometheus_client.openmetrics import parser as openmetrics_parser

PROGRAM = None
WAYS = ["peer-fin", "close", "reset", "abort", "flushed"]
BUCKETS = 32
ALL = 2000


def run(*words, **env):
    return subprocess.run([PROGRAM, "stats", "--prometheus", *words],
                          env={**os.environ, **env}, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def text(*words, **env):
    done = run(*words, **env)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


def samples(families):
    """Values by name and labels; none comes twice."""
    found = {}
    for family in families:
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, f"twice: {key}"
            found[key] = sample.value
    return found


def openmetrics(*words, **env):
    return list(openmetrics_parser.text_string_to_metric_families(
        text(*words, **env)))


def classic(*words, **env):
    return list(classic_parser.text_string_to_metric_families(
        text("classic", *words, **env)))


def upto(bucket, way, rule):
    """How many there are in a bucket and those before it."""
    return sum((b + 1) * (way + 1) * rule for b in range(bucket + 1))


class Metrics(unittest.TestCase):
    def setUp(self):
        self.found = samples(openmetrics())

    def value(self, name, **labels):
        key = (name, tuple(sorted(labels.items())))
        self.assertTrue(key in self.found, f"there is no {key}")
        return self.found[key]

    def test_formats_have_the_same_samples(self):
        def lines(*words):
            return [line for line in text(*words).splitlines()
                    if not line.startswith("#")]
        self.assertEqual(lines(), lines("classic"))
        self.assertTrue(self.found == samples(classic()))

    def test_types(self):
        types = {"finwait2": "info",
                 "finwait2_limit_seconds": "gauge",
                 "finwait2_limit_sockets": "gauge",
                 "finwait2_limit_enabled": "gauge",
                 "finwait2_tracked_sockets": "gauge",
                 "finwait2_entered": "counter",
                 "finwait2_adopted": "counter",
                 "finwait2_missed": "counter",
                 "finwait2_dropped": "counter",
                 "finwait2_adaptive_percent": "gauge",
                 "finwait2_left": "counter",
                 "finwait2_flushed": "counter",
                 "finwait2_would_flush": "counter",
                 "finwait2_rules": "gauge",
                 "finwait2_rules_generation": "gauge",
                 "finwait2_waiting_sockets": "gauge",
                 "finwait2_waiting_age_seconds": "gaugehistogram",
                 "finwait2_wait_duration_seconds": "histogram",
                 "finwait2_would_flush_duration_seconds": "histogram",
                 "finwait2_rule": "info",
                 "finwait2_rule_matched": "counter",
                 "finwait2_rule_flushed": "counter",
                 "finwait2_rule_would_flush": "counter",
                 "finwait2_rule_waiting_sockets": "gauge",
                 "finwait2_rule_wait_duration_seconds": "histogram"}
        families = openmetrics()
        self.assertEqual(types, {f.name: f.type for f in families})
        for family in families:
            self.assertTrue(family.documentation.endswith("."))
            self.assertEqual(family.unit, "seconds" if
                             family.name.endswith("_seconds") else "")

    def test_types_of_the_classic_format(self):
        # What it does not know are gauges, or have no type
        families = {f.name: f.type for f in classic()}
        self.assertEqual(families["finwait2_info"], "gauge")
        self.assertEqual(families["finwait2_rule_info"], "gauge")
        self.assertEqual(families["finwait2_left"], "counter")
        self.assertEqual(families["finwait2_wait_duration_seconds"],
                         "histogram")
        for part in "bucket", "gcount", "gsum":
            self.assertEqual(families[f"finwait2_waiting_age_seconds_{part}"],
                             "unknown")
        self.assertNotIn("# EOF", text("classic"))
        self.assertNotIn("# UNIT", text("classic"))

    def test_counters(self):
        counters = ["tracked_sockets", "entered_total", "adopted_total",
                    "missed_total", "left_total peer-fin", "left_total close",
                    "left_total reset", "left_total abort",
                    "flushed_total held", "flushed_total shut",
                    "flushed_total age", "would_flush_total",
                    "flushed_total vanished", "flushed_total request"]
        for number, counter in enumerate(counters, 1001):
            name, *reason = counter.split()
            labels = {"reason": reason[0]} if reason else {}
            self.assertEqual(number, self.value(f"finwait2_{name}", **labels))
        self.assertEqual(2001, self.value("finwait2_flushed_total",
                                          reason="pressure"))
        self.assertEqual(2002, self.value("finwait2_dropped_total"))
        self.assertEqual(75, self.value("finwait2_adaptive_percent"))
        self.assertEqual(3, self.value("finwait2_rules"))
        self.assertEqual(7, self.value("finwait2_rules_generation"))

    def test_limits(self):
        seconds = {"flush_interval": 675, "shut_interval": 60, "max_age": 0,
                   "orphan_interval": 0.001, "keepstart": 1.5,
                   "keepstop": 2073600}
        for limit, value in seconds.items():
            self.assertEqual(value, self.value("finwait2_limit_seconds",
                                               limit=limit))
        for limit, value in {"adaptive_start": 4096, "adaptive_end": 0}.items():
            self.assertEqual(value, self.value("finwait2_limit_sockets",
                                               limit=limit))
        self.assertEqual(1, self.value("finwait2_limit_enabled",
                                       limit="reset"))
        self.assertEqual(0, self.value("finwait2_limit_enabled",
                                       limit="observe"))
        self.assertEqual(1, self.value("finwait2_info", version="0.0.0"))

    def histogram(self, name, bounds, nth, times, suffixes=("_count", "_sum"),
                  **labels):
        for bound in bounds:
            # As floating point numbers are written by all
            le = repr(2 ** bound / 1000)
            self.assertEqual(upto(bound, nth, times),
                             self.value(f"{name}_bucket", le=le, **labels))
        count = upto(BUCKETS - 1, nth, times)
        self.assertEqual(count, self.value(f"{name}_bucket", le="+Inf",
                                           **labels))
        self.assertEqual(count, self.value(name + suffixes[0], **labels))
        self.assertEqual(count, self.value(name + suffixes[1], **labels))

    def test_histograms(self):
        bounds = range(30)
        for way, name in enumerate(WAYS):
            self.histogram("finwait2_wait_duration_seconds", bounds, way, ALL,
                           way=name)
        self.histogram("finwait2_would_flush_duration_seconds", bounds,
                       len(WAYS), ALL)
        self.histogram("finwait2_waiting_age_seconds", bounds, 4, ALL,
                       ("_gcount", "_gsum"))
        for rule in range(1, 4):
            for way, name in enumerate(WAYS):
                self.histogram("finwait2_rule_wait_duration_seconds",
                               range(2, 29, 2), way, rule, way=name,
                               rule=str(10 * rule))

    def test_bounds_are_these_and_no_others(self):
        found = {}
        for name, labels in self.found:
            if name.endswith("_bucket"):
                bound = float(dict(labels)["le"])
                found.setdefault(name, set()).add(bound)
        all_bounds = {2 ** b / 1000 for b in range(30)} | {float("inf")}
        of_rules = {2 ** b / 1000 for b in range(2, 29, 2)} | {float("inf")}
        for name, bounds in found.items():
            self.assertEqual(of_rules if "rule" in name else all_bounds,
                             bounds)
        self.assertEqual(4, len(found))

    def test_waiting(self):
        for number, name in enumerate(["orphan", "shut", "held"], 1):
            self.assertEqual(number * ALL,
                             self.value("finwait2_waiting_sockets",
                                        **{"class": name}))
            for rule in range(1, 4):
                self.assertEqual(number * rule,
                                 self.value("finwait2_rule_waiting_sockets",
                                            rule=str(10 * rule),
                                            **{"class": name}))

    def test_rules(self):
        for rule in range(1, 4):
            name = str(10 * rule)
            self.assertEqual(100 * rule, self.value(
                "finwait2_rule_matched_total", rule=name))
            self.assertEqual(10 * rule, self.value(
                "finwait2_rule_flushed_total", rule=name))
            self.assertEqual(rule, self.value(
                "finwait2_rule_would_flush_total", rule=name))
        self.value("finwait2_rule_info", rule="10", set="interval 30s",
                   match="sport 80,443")

    def test_any_byte_in_a_label(self):
        said = [dict(labels)["match"] for name, labels in self.found
                if name == "finwait2_rule_info" and
                dict(labels)["rule"] == "20"]
        self.assertEqual(1, len(said))
        for part in '"', "\\", "\n", "d?":
            self.assertIn(part, said[0])

    def test_no_rules(self):
        for family in openmetrics(SAMPLE_RULES="0"):
            self.assertFalse(family.name.startswith("finwait2_rule_"))

    def rules_told(self, *words, **env):
        self.found = samples(openmetrics(*words, **env))
        return {dict(labels)["rule"] for _, labels in self.found
                if "rule" in dict(labels)}

    def test_rules_are_bounded(self):
        cases = [((), "64", 64, False), ((), "65", 64, True),
                 ((), "1024", 64, True), (("rules", "3"), "3", 3, False),
                 (("rules", "2"), "3", 2, True), (("rules", "0"), "3", 0, True),
                 (("rules", "65535"), "1024", 1024, False)]
        for words, there, told, other in cases:
            names = {str(10 * rule) for rule in range(1, told + 1)}
            if other:
                names.add("other")
            self.assertEqual(names, self.rules_told(*words,
                                                    SAMPLE_RULES=there))

    def test_others_are_added_up(self):
        self.rules_told("rules", "2", SAMPLE_RULES="5")
        rest = 3 + 4 + 5
        self.assertEqual(100 * rest, self.value(
            "finwait2_rule_matched_total", rule="other"))
        for number, name in enumerate(["orphan", "shut", "held"], 1):
            self.assertEqual(number * rest, self.value(
                "finwait2_rule_waiting_sockets", rule="other",
                **{"class": name}))
        for way, name in enumerate(WAYS):
            self.histogram("finwait2_rule_wait_duration_seconds",
                           range(2, 29, 2), way, rest, way=name, rule="other")
        self.assertEqual(200, self.value("finwait2_rule_matched_total",
                                         rule="20"))

    def test_rules_that_change_meanwhile(self):
        # Two questions are asked each time
        self.assertEqual(9, samples(openmetrics(SAMPLE_CHANGES="2"))[
            ("finwait2_rules_generation", ())])
        self.assertEqual({"10", "20", "30"},
                         self.rules_told(SAMPLE_CHANGES="2"))
        self.assertEqual(300, self.value("finwait2_rule_matched_total",
                                         rule="30"))
        done = run(SAMPLE_CHANGES="1000")
        self.assertEqual(1, done.returncode)
        self.assertEqual("", done.stdout)
        self.assertIn("the rules change faster", done.stderr)

    def test_words(self):
        for words in ["x"], ["rules"], ["rules", "-1"], ["rules", "x"], \
                ["rules", "65536"], ["rules", "1", "rules", "1"], \
                ["classic", "classic"], ["rules", "1", "x"]:
            done = run(*words)
            self.assertEqual(2, done.returncode, words)
            self.assertEqual("", done.stdout)
            self.assertEqual(1, done.stderr.count("\n"))
        self.assertEqual(text("classic", "rules", "1"),
                         text("rules", "1", "classic"))

    def test_promtool(self):
        # It knows the classic format only
        for there in "0", "3", "1024":
            done = subprocess.run(
                ["promtool", "check", "metrics"], text=True, check=False,
                input=text("classic", SAMPLE_RULES=there),
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual((0, ""), (done.returncode, done.stdout))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = sys.argv.pop(1)
    unittest.main()
