#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0

"""
The family, by the kernel's own client for any family, from the specification
alone.
"""

import errno
import os
import socket
import sys
from pathlib import Path

sys.path.append(Path(__file__).resolve().parents[1].as_posix())

# pylint: disable=wrong-import-position
from lib.py import ksft_busy_wait, ksft_eq, ksft_exit, ksft_ge, ksft_in
from lib.py import ksft_not_in, ksft_raises, ksft_run
from lib.py import KsftSkipEx, NetNS, NetNSEnter, NlError, YnlFamily
from lib.py import ip
from lib.py.ynl import SPEC_PATH

MODULE = Path("/sys/module/finwait2")


def load() -> None:
    """ Load the module: the file $FINWAIT2_KO names, or the installed one """
    if MODULE.exists():
        return
    if os.system(f"insmod {os.environ['FINWAIT2_KO']}"
                 if "FINWAIT2_KO" in os.environ else "modprobe -q finwait2"):
        raise KsftSkipEx("the module is not loaded, and cannot be")


class Connection:
    """ Both ends of a connection, the near one in FIN_WAIT_2 """

    def __init__(self, how=socket.SHUT_WR) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.far = socket.create_connection(listener.getsockname())
            self.near, _ = listener.accept()
        self.near.shutdown(how)
        # The peer has seen the FIN, and on loopback has acknowledged it.
        ksft_eq(self.far.recv(1), b"")
        self.port = self.near.getsockname()[1]

    def close(self) -> None:
        """ Close both ends """
        self.near.close()
        self.far.close()


def cases(func):
    """ Run a test case in a namespace of its own, with the family at hand """

    def case() -> None:
        load()
        with NetNS() as netns:
            ip("link set lo up", ns=netns)
            with NetNSEnter(str(netns)):
                func(YnlFamily((SPEC_PATH / "finwait2.yaml").as_posix(),
                               schema=""))

    case.__name__ = func.__name__
    return case


def waiting(fam, **match) -> list:
    """ The sockets that a match means """
    return fam.sock_get({"filter": {"match": match}} if match else {},
                        dump=True)


@cases
def stats(fam) -> None:
    """ Counters are numbers, and count """
    before = fam.stats_get({})
    ksft_eq(before["entered"], 0)
    conn = Connection()
    ksft_busy_wait(lambda: fam.stats_get({})["tracked"] == 1, deadline=10)
    conn.far.close()
    ksft_busy_wait(lambda: fam.stats_get({})["left-fin"] == 1, deadline=10)
    ksft_eq(fam.stats_get({})["entered"], 1)
    conn.close()


@cases
def sockets(fam) -> None:
    """ Sockets are told of by names, and filtered by them """
    held, shut = Connection(), Connection(socket.SHUT_RDWR)
    ksft_busy_wait(lambda: len(waiting(fam)) == 2, deadline=10)
    ksft_eq({s["class"] for s in waiting(fam)}, {"held", "shut"})
    found = waiting(fam, **{"class": {"held"}})
    ksft_eq(len(found), 1)
    ksft_eq(found[0]["local-port"], held.port)
    ksft_eq(found[0]["local-addr"], "127.0.0.1")
    ksft_eq(found[0]["due-reason"], "held")
    ksft_ge(675000, found[0]["due-in"])
    ksft_eq(waiting(fam, **{"local-port": [{"first": 7}]}), [])
    held.close()
    shut.close()


@cases
def rules(fam) -> None:
    """ Rules go in and come out the same """
    one = {"prio": 10, "interval": 5000,
           "match": {"local-port": [{"first": 80}, {"first": 443, "last": 444}],
                     "remote-addr": "10.0.0.0", "remote-prefix-len": 8}}
    fam.rule_add({"rule": [one]})
    got = fam.rule_get({}, dump=True)
    ksft_eq(len(got), 1)
    rule = got[0]["rule"][0]
    ksft_eq(rule["prio"], 10)
    ksft_eq(rule["interval"], 5000)
    ksft_eq(rule["matched"], 0)
    ksft_eq(rule["match"]["remote-addr"], "10.0.0.0")
    ksft_eq(rule["match"]["local-port"], [{"first": 80, "last": 80},
                                          {"first": 443, "last": 444}])

    fam.rule_replace({"rule": [{"prio": 10, "exempt": True}]})
    ksft_in("exempt", fam.rule_get({}, dump=True)[0]["rule"][0])
    generation = fam.stats_get({})["generation"]
    fam.rule_set({"rule": [{"prio": 1, "interval": 1}, {"prio": 2, "reset": 0}],
                  "generation": generation})
    ksft_eq([r["rule"][0]["prio"] for r in fam.rule_get({}, dump=True)], [1, 2])
    with ksft_raises(NlError) as cm:
        fam.rule_set({"generation": generation})
    ksft_eq(cm.exception.nl_msg.error, -errno.ESTALE)
    fam.rule_del({"rule": [{"prio": 1}]})
    ksft_eq(fam.stats_get({})["rules"], 1)
    fam.rule_set({})
    ksft_eq(fam.rule_get({}, dump=True), [])


@cases
def refused(fam) -> None:
    """ What is wrong is named, and said in words """
    for rule, where, err in (
            ({"prio": 1, "interval": 2073600001}, ".rule.interval",
             errno.ERANGE),
            ({"prio": 1, "exempt": True, "reset": 0}, ".rule.exempt",
             errno.EINVAL),
            # Deeper in a list of rules than this, the client loses its way.
            ({"match": {"local-port": [{"first": 7}]}, "exempt": True},
             ".rule", errno.EINVAL),
    ):
        with ksft_raises(NlError) as cm:
            fam.rule_add({"rule": [rule]})
        ksft_eq(cm.exception.nl_msg.error, -err)
        ksft_eq(cm.exception.nl_msg.extack["bad-attr"], where)
        ksft_in("msg", cm.exception.nl_msg.extack)
    ksft_eq(fam.stats_get({})["rules"], 0)


@cases
def flushes(fam) -> None:
    """ What is flushed is told of to whoever listens """
    fam.ntf_subscribe("events")
    conn = Connection()
    ksft_busy_wait(lambda: fam.stats_get({})["tracked"] == 1, deadline=10)
    conn.near.settimeout(10)
    answer = fam.flush({"filter": {"match": {"local-port":
                                             [{"first": conn.port}]}}})
    ksft_eq(answer, {"flushed": 1, "busy": 0})
    with ksft_raises(TimeoutError):
        conn.near.recv(1)
    event = next(fam.poll_ntf(duration=10))
    ksft_eq(event["name"], "event-ntf")
    ksft_eq(event["msg"]["event"], "flush")
    ksft_eq(event["msg"]["reason"], "request")
    ksft_eq(event["msg"]["local-port"], conn.port)
    ksft_eq(event["msg"]["seq"], 1)
    ksft_not_in("missed", event["msg"])
    conn.close()


def main() -> None:
    """ Run the test cases """
    ksft_run([stats, sockets, rules, refused, flushes])
    ksft_exit()


if __name__ == "__main__":
    main()
