# SPDX-License-Identifier: GPL-2.0
"""What was measured, as who judges and who draws it want it"""

import json
import statistics

STOCK = "stock"
MODULE = "finwait2"
PEERS = ((STOCK, "nothing"), (MODULE, "finwait2"), ("cron", "ss -K by cron"),
         ("iterator", "BPF iterator"), ("state", "BPF with timers"),
         ("poller", "inet_diag poller"))


class Results:
    """What was measured, by measure, who and number"""

    def __init__(self, path):
        self.values = {}
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                one = json.loads(line)
                key = one["measure"], one["who"], one["n"]
                self.values.setdefault(key, []).append(one["value"])

    def median(self, key):
        """None if it was not measured"""
        return statistics.median(self.values[key]) if key in self.values else None

    def spread(self, *keys):
        """By how much repetitions differ at most, in percent, or None"""
        lists = [self.values[k] for k in keys if len(self.values.get(k, [])) > 1]
        return max((100 * (max(l) - min(l)) / statistics.median(l) for l in lists),
                   default=None)
