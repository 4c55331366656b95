#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
usage: events.py PROGRAM

What "finwait2 monitor" prints of the events that the sample, PROGRAM, makes up
(see mcast.c): each once and in order, and how many were lost where some were.
"""

import json
import os
import subprocess
import sys
import unittest

PROGRAM = None
EVENTS = {"events": "flush", "track": "track", "exits": "exit"}


def run(*words, **env):
    done = subprocess.run([PROGRAM, *words],
                          env={**os.environ, "TZ": "UTC", **env}, text=True,
                          check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.splitlines()


def objects(*words, **env):
    return [json.loads(line) for line in run("-j", "monitor", *words, **env)]


class Events(unittest.TestCase):
    def expect_whole(self, found, group, count, lost):
        """All that were sent are there, and all that were not are counted."""
        of_group = [event for event in found
                    if event["event"] == EVENTS[group]]
        gaps = [event["count"] for event in found
                if event["event"] == "lost" and event["group"] == group]
        self.assertEqual(count, len(of_group))
        self.assertEqual([lost] if lost else [], gaps)
        numbers = [event["seq"] for event in of_group]
        self.assertEqual(sorted(set(numbers)), numbers)
        self.assertEqual(count + lost, numbers[-1])

    def test_each_once(self):
        for words in [], ["track"], ["exits"], ["track", "exits"], \
                ["exits", "track"]:
            found = objects(*words, SAMPLE_EVENTS="100")
            self.assertEqual(100 * (1 + len(words)), len(found))
            for group in ["events"] + words:
                self.expect_whole(found, group, 100, 0)

    def test_thousands(self):
        found = objects("exits", SAMPLE_EVENTS="10000")
        self.expect_whole(found, "events", 10000, 0)
        self.expect_whole(found, "exits", 10000, 0)

    def test_lost(self):
        found = objects("exits", SAMPLE_EVENTS="1000", SAMPLE_LOST="77")
        self.expect_whole(found, "events", 1000, 77)
        self.expect_whole(found, "exits", 1000, 77)
        # It is said where it was
        for place, event in enumerate(found):
            if event["event"] == "lost":
                later = [e for e in found[place:] if e["event"] ==
                         EVENTS[event["group"]]]
                self.assertEqual(88, later[0]["seq"])

    def test_what_is_told(self):
        event = {"time": 1800000000000, "event": "exit", "seq": 1,
                 "class": "held", "local_addr": "192.0.2.1",
                 "local_port": 443, "remote_addr": "198.51.100.7",
                 "remote_port": 1, "reason": "peer-fin", "age": 61001,
                 "idle": 60000, "rule": 10, "uid": 33, "inode": 4711,
                 "cgroup_id": 5678, "cookie": "abc001"}
        self.assertEqual(event, objects("exits", SAMPLE_EVENTS="1")[1])

    def test_text(self):
        lines = run("monitor", "exits", SAMPLE_EVENTS="11", SAMPLE_LOST="5")
        self.assertEqual(24, len(lines))
        self.assertEqual(
            "2027-01-15 08:00:00.000 exit held 192.0.2.1:443 198.51.100.7:1 "
            "reason peer-fin age 1m1s idle 1m rule 10 uid 33 inode 4711 "
            "cgroup 5678 cookie abc001", lines[1])
        self.assertEqual("lost 5 of the group events", lines[20])
        self.assertEqual("lost 5 of the group exits", lines[22])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = sys.argv.pop(1)
    unittest.main()
