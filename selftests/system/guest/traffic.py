# SPDX-License-Identifier: GPL-2.0
"""usage: traffic.py PORT: requests to a web server until SIGTERM, then the sums"""

import http.client
import signal
import sys
import time

RUNNING = True


def stop(*_):
    global RUNNING
    RUNNING = False


signal.signal(signal.SIGTERM, stop)
done = failed = 0
while RUNNING:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]),
                                                timeout=60)
        connection.request("GET", "/")
        connection.getresponse().read()
        connection.close()
        done += 1
    except OSError as error:
        failed += 1
        print(error)
    time.sleep(0.05)
print(f"{done} requests, {failed} failed", flush=True)
