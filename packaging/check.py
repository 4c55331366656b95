#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
usage: check.py PROGRAM

The dashboard and the alerts ask for metrics, labels and values of labels that
"finwait2 stats --prometheus" prints, in expressions that Prometheus understands,
alerts come when they should, and the manual page tells of all metrics. PROGRAM
prints those of the sample (see tools/sample). Needs python3-prometheus-client,
python3-yaml, and promtool of Prometheus.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import yaml
from prometheus_client.openmetrics import parser

HERE = os.path.dirname(os.path.abspath(__file__))
DASHBOARD = os.path.join(HERE, "grafana/finwait2.json")
RULES = os.path.join(HERE, "prometheus/finwait2.rules.yml")
TESTS = os.path.join(HERE, "prometheus/finwait2.test.yml")
PROGRAM = None

# What others add, and what is another's
LABELS = {"instance", "netns", "le", "module_version"}
OTHERS = {"node_textfile_mtime_seconds"}
SELECTOR = re.compile(r"\b((?:finwait2|node)[a-z0-9_:]*)\s*(?:\{([^}]*)\})?")
MATCHER = re.compile(r'([a-z_]+)\s*(=~|!=|!~|=)\s*"((?:[^"\\]|\\.)*)"')


def printed():
    """Names of samples, and the values that their labels take."""
    text = subprocess.run([PROGRAM, "stats", "--prometheus"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    found = {}
    for family in parser.text_string_to_metric_families(text):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for name, value in sample.labels.items():
                labels.setdefault(name, set()).add(value)
    return found


def panels(dashboard):
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def sources(thing):
    """All data sources, wherever they are named."""
    if isinstance(thing, list):
        for part in thing:
            yield from sources(part)
    elif isinstance(thing, dict):
        if "datasource" in thing:
            yield thing["datasource"]
        yield from sources(list(thing.values()))


def dashboard_expressions(dashboard):
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for annotation in dashboard["annotations"]["list"]:
        if "expr" in annotation:
            yield annotation["name"], annotation["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            query = variable["query"]["query"]
            assert query == variable["definition"]
            yield variable["name"], re.match(r"label_values\((.*), \w+\)$",
                                             query)[1]


def alert_expressions(rules):
    for group in rules["groups"]:
        for rule in group["rules"]:
            yield rule.get("alert") or rule["record"], rule["expr"]


def promtool(*words):
    done = subprocess.run(["promtool", *words], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


class Check(unittest.TestCase):
    def setUp(self):
        with open(DASHBOARD, encoding="utf-8") as file:
            self.dashboard = json.load(file)
        with open(RULES, encoding="utf-8") as file:
            self.rules = yaml.safe_load(file)
        self.printed = printed()
        self.recorded = {rule["record"] for group in self.rules["groups"]
                         for rule in group["rules"] if "record" in rule}

    def matcher(self, metric, label, how, value):
        """A value that a label is compared with is one that it has."""
        if label in LABELS or value.startswith("$"):
            return
        labels = self.printed[metric]
        self.assertTrue(label in labels, f"{metric} has no label {label}")
        if how in ("=", "!="):
            self.assertTrue(value in labels[label],
                            f"{metric}: {label} is never {value}")

    def expression(self, where, expression):
        metrics = SELECTOR.findall(expression)
        self.assertTrue(metrics, f"{where}: asks for nothing")
        for metric, matchers in metrics:
            if metric in OTHERS | self.recorded:
                continue
            self.assertTrue(metric in self.printed,
                            f"{where}: {metric} is not printed")
            for match in MATCHER.findall(matchers):
                self.matcher(metric, *match)

    def test_dashboard_asks_for_what_there_is(self):
        asked = set()
        for where, expression in dashboard_expressions(self.dashboard):
            self.expression(where, expression)
            asked |= {metric for metric, _ in SELECTOR.findall(expression)}
        # And shows all but a few of what there is
        left = {name for name in self.printed
                if not name.endswith(("_count", "_sum", "_gcount", "_gsum"))}
        left -= asked
        self.assertEqual({"finwait2_would_flush_duration_seconds_bucket"},
                         left)

    def test_labels_of_results_are_there(self):
        """What is summed by, and what legends name, the metrics have."""
        for panel in panels(self.dashboard):
            for target in panel.get("targets", []):
                expression = target["expr"]
                has = set(LABELS)
                for metric, _ in SELECTOR.findall(expression):
                    has |= set(self.printed.get(metric, {}))
                named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
                for by in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression):
                    named |= {label.strip() for label in by.split(",")}
                self.assertEqual(set(), named - has, panel["title"])

    def test_alerts_ask_for_what_there_is(self):
        for where, expression in alert_expressions(self.rules):
            self.expression(where, expression)

    def test_expressions_of_the_dashboard_are_understood(self):
        values = {"$__rate_interval": "5m", "$__range": "6h",
                  "$__interval": "1m", "$instance": ".+", "$netns": ".*",
                  "$way": ".+"}
        rules = []
        for _, expression in dashboard_expressions(self.dashboard):
            for variable, value in values.items():
                expression = expression.replace(variable, value)
            self.assertNotIn("$", expression)
            rules.append({"record": f"e{len(rules)}", "expr": expression})
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            yaml.safe_dump({"groups": [{"name": "x", "rules": rules}]}, file)
            file.flush()
            status, output = promtool("check", "rules", file.name)
        self.assertEqual(0, status, output)
        self.assertIn(f"{len(rules)} rules found", output)

    def test_dashboard_is_whole(self):
        ids = [panel["id"] for panel in panels(self.dashboard)]
        self.assertEqual(len(ids), len(set(ids)))
        variables = {v["name"] for v in self.dashboard["templating"]["list"]}
        self.assertTrue({"datasource", "instance"} <= variables)
        # No panel is hidden by another, and all ask the data source that is chosen
        taken = set()
        for panel in panels(self.dashboard):
            place = panel["gridPos"]
            cells = {(x, y)
                     for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertTrue(max(x for x, _ in cells) < 24, panel["title"])
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells
            if panel["type"] == "row":
                continue
            self.assertTrue(panel["description"], panel["title"])
            for asks in panel, *panel["targets"]:
                self.assertIn("datasource", asks)
        for source in sources(self.dashboard):
            self.assertIn(source["uid"], ("${datasource}", "-- Grafana --"))

    def test_manual_names_each(self):
        manual = os.path.join(HERE, "../tools/man/finwait2.8")
        with open(manual, encoding="utf-8") as file:
            told = set(re.findall(r"\bfinwait2_[a-z0-9_]+", file.read()))
        named = {re.sub("_(bucket|g?count|g?sum)$", "", name)
                 for name in self.printed}
        self.assertEqual(named, told)

    def test_alerts_come_when_they_should(self):
        status, output = promtool("check", "rules", RULES)
        self.assertEqual(0, status, output)
        status, output = promtool("test", "rules", TESTS)
        self.assertEqual(0, status, output)
        with open(TESTS, encoding="utf-8") as file:
            tests = file.read()
        for group in self.rules["groups"]:
            for rule in group["rules"]:
                self.assertIn(rule.get("alert") or rule["record"], tests)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = sys.argv.pop(1)
    unittest.main()
