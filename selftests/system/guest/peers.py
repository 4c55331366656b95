# SPDX-License-Identifier: GPL-2.0
"""
Peers of servers: those that never close, those that do, and the sockets in
FIN_WAIT_2 that come of it. Peers are in the network namespace "clients".
"""

import collections
import contextlib
import os
import socket
import threading
import time

SERVER = "10.9.0.1"
BACKEND = "10.9.0.20"
FIN_WAIT_2 = "05"


@contextlib.contextmanager
def netns(name):
    """What is opened within is opened in that namespace."""
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    other = os.open("/run/netns/" + name, os.O_RDONLY)
    try:
        os.setns(other, os.CLONE_NEWNET)
        yield
    finally:
        os.setns(own, os.CLONE_NEWNET)
        os.close(own)
        os.close(other)


def connect(port, address=SERVER):
    with netns("clients"):
        sock = socket.socket()
    sock.settimeout(120)
    sock.connect((address, port))
    return sock


def read_all(sock):
    parts = []
    while part := sock.recv(65536):
        parts.append(part)
    return b"".join(parts)


def vanish(count, port, request, **where):
    """
    Peers that read all there is, and its end, and never close. They read in a
    thread: some servers take seconds to close.
    """
    socks = []
    for _ in range(count):
        sock = connect(port, **where)
        sock.sendall(request)
        socks.append(sock)

    def read():
        for sock in socks:
            try:
                read_all(sock)
            except OSError as error:
                print(f"# peer of port {port}:", error)

    thread = threading.Thread(target=read)
    thread.start()
    return socks, thread


def behave(port, request, **where):
    """A peer that closes when all was read: what it got."""
    with connect(port, **where) as sock:
        sock.sendall(request)
        return read_all(sock)


def waiting(where=None):
    """Sockets in FIN_WAIT_2 by local port: those open, those closed."""
    found = collections.defaultdict(lambda: [0, 0])
    # /proc/net is that of the thread's namespace
    with netns(where) if where else contextlib.nullcontext():
        for name in ("tcp", "tcp6"):
            with open("/proc/net/" + name, encoding="ascii") as file:
                next(file)
                for line in file:
                    word = line.split()
                    if word[3] == FIN_WAIT_2:
                        port = int(word[1].rsplit(":", 1)[1], 16)
                        found[port][word[9] == "0"] += 1
    return found


def eventually(true, seconds):
    """Whether something comes true in so many seconds."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
    return True
