# SPDX-License-Identifier: GPL-2.0
"""
Servers as Debian packages them, each started with no more configuration than its
case needs. All listen in the initial network namespace, but one.
"""

import os
import pwd
import re
import shutil
import subprocess
import time

from peers import BACKEND, SERVER, behave, eventually

HTTP = b"GET /file HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
BODY = b"x" * 65536
HELLO = b"hello\n"
SCRIPTS = os.path.dirname(os.path.abspath(__file__))


def run(*words, **options):
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, **options)


def start(*words, **options):
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, **options)


def write(path, text, mode="w"):
    with open(path, mode, encoding="ascii") as file:
        file.write(text)


def edit(path, pattern, replacement):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    new = re.sub(pattern, replacement, text, flags=re.M)
    assert new != text, f"{path} has no {pattern}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(new)


def backend():
    """What proxies are for: it says something and closes."""
    for port in (9000, 443):
        start("ip", "netns", "exec", "clients", "socat",
              f"TCP-LISTEN:{port},bind={BACKEND},fork,reuseaddr",
              "SYSTEM:echo hello")


def apache_event():
    run("apache2ctl", "start")


def apache_prefork():
    """A second instance, as Debian provides for them."""
    directory = "/etc/apache2-prefork"
    shutil.copytree("/etc/apache2", directory, symlinks=True)
    enabled = directory + "/mods-enabled/"
    for kind in ("load", "conf"):
        os.unlink(f"{enabled}mpm_event.{kind}")
        os.symlink(f"../mods-available/mpm_prefork.{kind}",
                   f"{enabled}mpm_prefork.{kind}")
    write(directory + "/ports.conf", "Listen 8081\n")
    os.makedirs("/var/log/apache2-prefork", exist_ok=True)
    run("apache2ctl", "start",
        env=dict(os.environ, APACHE_CONFDIR=directory))


def nginx():
    edit("/etc/nginx/sites-available/default",
         r"listen (\[::\]:)?80 default_server", r"listen \g<1>8083")
    write("/etc/nginx/conf.d/lingering.conf", "lingering_close always;\n")
    # When the backend closes, nginx shuts its side towards the client
    write("/etc/nginx/modules-enabled/99-test.conf", f"""
stream {{
    server {{
        listen 8084;
        proxy_pass {BACKEND}:9000;
        proxy_half_close on;
        proxy_timeout 1d;
    }}
}}
""")
    run("nginx")


def haproxy():
    """Timeouts as are common where connections are long."""
    write("/etc/haproxy/haproxy.cfg", f"""
defaults
    mode tcp
    timeout connect 5s
    timeout client 1d
    timeout server 1d
listen without
    bind {SERVER}:8085
    server one {BACKEND}:9000
listen with
    bind {SERVER}:8086
    timeout client-fin 10s
    server one {BACKEND}:9000
""")
    run("haproxy", "-D", "-f", "/etc/haproxy/haproxy.cfg")


def squid():
    """Debian's serves the machine itself, until told otherwise."""
    write("/etc/squid/conf.d/test.conf", "http_access allow localnet\n")
    run("squid", "-s")


def socat():
    start("socat", "-t", "86400", f"TCP-LISTEN:8088,bind={SERVER},fork,reuseaddr",
          f"TCP:{BACKEND}:9000")


def ssh():
    os.makedirs("/run/sshd", exist_ok=True)
    os.makedirs("/root/.ssh", mode=0o700, exist_ok=True)
    run("ssh-keygen", "-A", stdout=subprocess.DEVNULL)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/root/.ssh/id_ed25519")
    shutil.copy("/root/.ssh/id_ed25519.pub", "/root/.ssh/authorized_keys")
    write("/root/.ssh/config", "StrictHostKeyChecking no\nLogLevel ERROR\n")
    run("/usr/sbin/sshd")
    start("ssh", "-N", "-L", f"{SERVER}:8089:{BACKEND}:9000", "root@127.0.0.1")


def node():
    start("node", SCRIPTS + "/half_open.js", "8090")


def asyncio():
    start("python3", SCRIPTS + "/write_eof.py", "8091")


def postgresql():
    """Gives up peers that say nothing."""
    version = os.listdir("/etc/postgresql")[0]
    conf = f"/etc/postgresql/{version}/main/"
    write(conf + "postgresql.conf",
          "listen_addresses = '*'\nauthentication_timeout = 5s\nfsync = off\n",
          "a")
    run("pg_ctlcluster", version, "main", "start")


def redis():
    user = pwd.getpwnam("redis")
    start("redis-server", "--bind", SERVER, "--timeout", "5", "--save", "",
          "--protected-mode", "no", user=user.pw_uid, group=user.pw_gid,
          cwd="/", stdout=subprocess.DEVNULL)


def container():
    """A proxy in the network namespace of a container."""
    start("ip", "netns", "exec", "container", "socat", "-t", "86400",
          "TCP-LISTEN:8092,fork,reuseaddr", "SYSTEM:echo hello")


class Case:
    """
    A server, how its peers address it, and what is left of those that never close
    after a quarter of an hour without finwait2: all of them, or none.
    """

    def __init__(self, name, launch, port, *, request=b"", answer=HELLO,
                 for_ever=True, quick=False, **where):
        self.name, self.launch, self.port = name, launch, port
        self.request, self.answer, self.for_ever = request, answer, for_ever
        self.quick, self.where = quick, where
        self.said = None

    def answers(self):
        try:
            self.said = behave(self.port, self.request, **self.where)
        except OSError as error:
            self.said = error
            return False
        return self.answer in self.said


CONNECT = f"CONNECT {BACKEND}:443 HTTP/1.1\r\nHost: {BACKEND}:443\r\n\r\n".encode()

CASES = [
    Case("Apache event", apache_event, 80, request=HTTP, answer=BODY,
         for_ever=False, quick=True),
    Case("Apache prefork", apache_prefork, 8081, request=HTTP, answer=BODY,
         for_ever=False, quick=True),
    Case("nginx lingering_close", nginx, 8083, request=HTTP, answer=BODY,
         for_ever=False, quick=True),
    Case("nginx stream half-close", None, 8084),
    Case("HAProxy", haproxy, 8085),
    Case("HAProxy client-fin", None, 8086, for_ever=False),
    Case("squid CONNECT", squid, 3128, request=CONNECT, for_ever=False),
    Case("socat -t", socat, 8088),
    Case("OpenSSH forward", ssh, 8089),
    Case("Node.js allowHalfOpen", node, 8090),
    Case("asyncio write_eof", asyncio, 8091),
    Case("PostgreSQL", postgresql, 5432, answer=b"", for_ever=False),
    Case("Redis", redis, 6379, answer=b"", for_ever=False),
    Case("proxy in a container", container, 8092, address="10.9.1.1"),
]


def start_all(cases):
    write("/var/www/html/file", BODY.decode())
    backend()
    for case in cases:
        if case.launch:
            begin = time.monotonic()
            case.launch()
            print(f"# {case.name}: started in {time.monotonic() - begin:.0f} s",
                  flush=True)
    return [case for case in cases if not eventually(case.answers, 120)]
