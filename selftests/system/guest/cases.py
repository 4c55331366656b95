# SPDX-License-Identifier: GPL-2.0
"""
Servers and peers that never close, without finwait2 and with it; and half-closed
connections that are legitimate. KTAP. Runs in a VM whose clock does not wait for
anybody, so that a quarter of an hour takes little time.
"""

import json
import subprocess
import sys
import threading
import time
import traceback

import peers
import servers
from peers import BACKEND, SERVER, connect, netns, read_all

COUNT = 8
LONG = 900          # seconds without the module
INTERVAL = 60       # flush_interval of most, and of the quick ones
QUICK = 5
ORPHANS = 5
SLACK = 15          # a slow machine's, on top of a limit

number = 0
failures = 0


def result(name, wrong):
    global number, failures
    number += 1
    for line in wrong:
        print("#", line)
    failures += bool(wrong)
    print("not ok" if wrong else "ok", number, name, flush=True)


def finwait2(*words, where=None):
    command = ["ip", "netns", "exec", where] if where else []
    command += ["finwait2", *words]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, check=True)
    return done.stdout


def counters(where=None):
    return json.loads(finwait2("-j", "show", where=where))["stats"]


def elsewhere(case):
    return "container" if "address" in case.where else None


class Crowd:
    """Peers of one server that never close, and how long it has them."""

    def __init__(self, case):
        self.case = case
        self.most = [0, 0]
        self.gone = None
        self.begin = time.monotonic()
        self.socks, self.thread = peers.vanish(COUNT, case.port, case.request,
                                               **case.where)

    def sample(self, waiting):
        now = waiting[elsewhere(self.case)][self.case.port]
        self.most = [max(pair) for pair in zip(self.most, now)]
        if sum(now):
            self.gone = None
        elif self.gone is None and sum(self.most):
            self.gone = time.monotonic() - self.begin
        return now

    def close(self):
        self.thread.join()
        for sock in self.socks:
            sock.close()


def waiting():
    """In FIN_WAIT_2, by network namespace and port"""
    return {where: peers.waiting(where) for where in (None, "container")}


def watch(crowds, seconds):
    """All of them for so long, or until all have gone; what is left."""
    end = time.monotonic() + seconds
    while True:
        now = waiting()
        left = {crowd.case.name: crowd.sample(now) for crowd in crowds}
        if time.monotonic() > end or all(crowd.gone for crowd in crowds):
            return left
        time.sleep(0.5)


def without(cases):
    crowds = [Crowd(case) for case in cases]
    left = watch(crowds, LONG)
    for crowd in crowds:
        case, wrong = crowd.case, []
        print(f"# {case.name}: {crowd.most[0]} held, {crowd.most[1]} closed of "
              f"{COUNT}; after {LONG} s {sum(left[case.name])}"
              + (f", the last gone after {crowd.gone:.0f} s"
                 if crowd.gone else ""))
        if sum(crowd.most) < COUNT:
            wrong.append("not all have been in FIN_WAIT_2")
        if case.for_ever and left[case.name][0] != COUNT:
            wrong.append(f"not all are there after {LONG} s")
        if not case.for_ever and sum(left[case.name]):
            wrong.append("they should be gone by themselves")
        case.alone = crowd.gone
        result(f"without finwait2: {case.name}", wrong)
    return crowds


def configure():
    """Limits as an administrator would write them."""
    quick = ",".join(str(case.port) for case in servers.CASES if case.quick)
    for where in (None, "container"):
        finwait2("set", "flush_interval", f"{INTERVAL}s", where=where)
        finwait2("set", "orphan_interval", f"{ORPHANS}s", where=where)
    finwait2("rule", "add", "prio", "10", "sport", quick, "interval",
             f"{QUICK}s")


def adopted(crowds):
    """Those that were there before the module."""
    left = watch(crowds, INTERVAL + SLACK)
    for crowd in crowds:
        if crowd.case.for_ever:
            result(f"those of before are flushed: {crowd.case.name}",
                   [f"{left[crowd.case.name]} are left"]
                   if sum(left[crowd.case.name]) else [])
    for crowd in crowds:
        crowd.close()


def limit_of(case):
    if case.quick:
        return QUICK + 2
    if case.for_ever:
        return INTERVAL
    # Their own time, and then that of orphans, in place of a minute
    return (case.alone or 0) - 60 + ORPHANS


def flushed(where=None):
    stats = counters(where)
    return stats["flushed_held"] + stats["flushed_shut"]


def with_module(cases):
    before = {where: flushed(where) for where in (None, "container")}
    crowds = [Crowd(case) for case in cases]
    watch(crowds, INTERVAL + 2 * SLACK)
    for crowd in crowds:
        case, wrong = crowd.case, []
        if sum(crowd.most) < COUNT:
            wrong.append(f"{crowd.most} have been in FIN_WAIT_2")
        elif crowd.gone is None:
            wrong.append(f"{crowd.sample(waiting())} are left")
        else:
            print(f"# {case.name}: gone after {crowd.gone:.0f} s, alone "
                  + (f"{case.alone:.0f} s" if case.alone else "never"))
            if crowd.gone > max(limit_of(case), ORPHANS) + SLACK:
                wrong.append(f"not within {limit_of(case):.0f} s")
        if not case.answers():
            wrong.append(f"the server answers {case.said!r:.200}")
        result(f"with finwait2: {case.name}", wrong)
        crowd.close()
    for where in before:
        expected = COUNT * sum(case.for_ever for case in cases
                               if elsewhere(case) == where)
        got = flushed(where) - before[where]
        result(f"flushes are counted where they are: {where or 'initial'}",
               [] if got >= expected else [f"{got}, not {expected}"])


def half_close(pause, parts):
    """
    A client here that shuts its side after its request; the answer comes in parts,
    each after a pause. What it got of them.
    """
    where = (BACKEND, 9900)
    with netns("clients"):
        listener = peers.socket.create_server(where)

    def serve():
        sock, _ = listener.accept()
        with sock:
            read_all(sock)
            for _ in range(parts):
                time.sleep(pause)
                try:
                    sock.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=serve)
    thread.start()
    got = 0
    with peers.socket.create_connection(where) as sock:
        sock.sendall(b"request")
        sock.shutdown(peers.socket.SHUT_WR)
        try:
            while sock.recv(1):
                got += 1
        except OSError as error:
            print("#", error)
    thread.join()
    listener.close()
    return got


def command(*words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    return [] if done.returncode == 0 else [done.stdout]


def legitimate():
    finwait2("set", "flush_interval", "675s")
    got = half_close(300, 1)
    result("an answer after five minutes arrives, by default",
           [] if got == 1 else ["it does not"])
    finwait2("set", "flush_interval", f"{INTERVAL}s")
    got = half_close(30, 40)
    result("a slow download of twenty minutes goes on",
           [] if got == 40 else [f"{got} of 40 parts"])
    # So that the last two say something
    got = half_close(300, 1)
    result("an answer after five minutes is cut by an interval of one",
           [] if got == 0 else ["it is not"])
    finwait2("rule", "add", "prio", "5", "dport", "9900", "exempt")
    got = half_close(300, 1)
    result("it arrives if a rule exempts it",
           [] if got == 1 else ["it does not"])
    finwait2("rule", "del", "prio", "5")
    finwait2("set", "flush_interval", "3s")
    finwait2("set", "flush_interval", "3s", where="clients")
    result("rsync over ssh", command(
        "rsync", "-a", "/usr/share/perl/", f"root@{SERVER}:/tmp/copy/"))
    result("git over ssh", command("sh", "-ec", f"""
        git init -q --bare /tmp/bare.git
        git clone -q root@{SERVER}:/tmp/bare.git /tmp/clone
        cd /tmp/clone
        cp -r /usr/share/perl .
        git add .
        git -c user.name=t -c user.email=t@localhost commit -q -m t
        git push -q origin HEAD
        git clone -q root@{SERVER}:/tmp/bare.git /tmp/again
    """))
    result("ssh with a command that takes its time", command(
        "sh", "-ec", f"[ $(ssh root@{SERVER} 'cat; sleep 20; echo x' < /dev/null) = x ]"))
    result("clients of HTTP/1.0 that half-close", http_1_0())


def http_1_0():
    with connect(80) as sock:
        sock.sendall(b"GET /file HTTP/1.0\r\n\r\n")
        sock.shutdown(peers.socket.SHUT_WR)
        got = read_all(sock)
    return [] if servers.BODY in got else [f"{len(got)} bytes"]


def main():
    cases = servers.CASES
    print("TAP version 13")
    absent = servers.start_all(cases)
    for case in absent:
        result(f"starts: {case.name}", [f"it answers {case.said!r:.200}"])
    cases = [case for case in cases if case not in absent]
    crowds = without(cases)
    subprocess.run(["insmod", "/finwait2.ko"], check=True)
    configure()
    adopted(crowds)
    with_module(cases)
    legitimate()
    result("the kernel log is clean", command("bash", "-c", "nothing_logged"))
    print(f"1..{number}", flush=True)


try:
    main()
except BaseException:
    traceback.print_exc(file=sys.stdout)
    print(f"Bail out! {failures} failed")
