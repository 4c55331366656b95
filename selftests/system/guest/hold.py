# SPDX-License-Identifier: GPL-2.0
"""usage: hold.py PORT COUNT: hold that many sockets in FIN_WAIT_2, of a server"""

import signal
import socket
import sys

port, count = map(int, sys.argv[1:])
listener = socket.create_server(("127.0.0.1", port))
kept = []
for _ in range(count):
    peer = socket.create_connection(("127.0.0.1", port))
    sock, _ = listener.accept()
    sock.shutdown(socket.SHUT_WR)
    kept += [peer, sock]
signal.pause()
