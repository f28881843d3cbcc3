"""nsd: name servers for the tests, on free ports of the loopback address: nsd with zones of its own, and servers that do not
do what a server should. Each ends with its `with`.

Neighbours: check.py asks them, through dns_ask and through the daemon.
"""
import contextlib
import ipaddress
import os
import socket
import subprocess
import threading
import time

from harness import folder

START_S = 30

HEAD = "$TTL 60\n@ SOA ns.%(zone)s. h.%(zone)s. 1 3600 600 86400 60\n@ NS ns.%(zone)s.\nns A 127.0.0.1\n"
REVERSE_HEAD = "$TTL 60\n@ SOA ns.univ.example. h.univ.example. 1 3600 600 86400 60\n@ NS ns.univ.example.\n"


def free_port():
    """One that is free for UDP and TCP; nobody else is given it for the moment."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", tcp.getsockname()[1]))
                return tcp.getsockname()[1]


class Nsd:
    """nsd on one port. `zones`: name to the lines below the head, None for a zone whose file is missing (SERVFAIL)."""

    def __init__(self, place, zones):
        self.place = place
        self.port = free_port()
        self.process = None
        self.address = "127.0.0.1:%d" % self.port
        self.config = os.path.join(place, "nsd.conf")
        self.control = os.path.join(place, "ctl")
        for zone, lines in zones.items():
            if lines is not None:
                self.write(zone, lines)
        with open(self.config, "w", encoding="ascii") as f:
            f.write('server:\n  ip-address: 127.0.0.1@%d\n  username: ""\n  chroot: ""\n  database: ""\n  server-count: 1\n'
                    "  zonesdir: %s\n  pidfile: %s/pid\n  xfrdfile: %s/xfrd\n  zonelistfile: %s/list\n  logfile: %s/log\n"
                    "  rrl-ratelimit: 0\n"
                    "remote-control:\n  control-enable: yes\n  control-interface: %s\n"
                    % (self.port, place, place, place, place, place, self.control))
            for zone in zones:
                f.write("zone:\n  name: %s\n  zonefile: %s.zone\n" % (zone, zone))

    def write(self, zone, lines):
        head = REVERSE_HEAD if zone.endswith(".arpa") else HEAD % {"zone": zone}
        with open(os.path.join(self.place, zone + ".zone"), "w", encoding="latin-1") as f:
            f.write(head + lines)

    def start(self):
        self.process = subprocess.Popen(["nsd", "-d", "-c", self.config], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        end = time.monotonic() + START_S
        while self.said("status") is None:
            if self.process.poll() is not None or time.monotonic() > end:
                with open(os.path.join(self.place, "log"), encoding="utf-8", errors="replace") as f:
                    raise AssertionError("nsd does not start:\n" + f.read())
            time.sleep(0.02)

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=START_S)
            self.process = None

    def said(self, *words):
        done = subprocess.run(["nsd-control", "-c", self.config, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False, timeout=START_S)
        return done.stdout.decode() if done.returncode == 0 else None

    def reload(self):
        if self.said("reload") is None:
            raise AssertionError("nsd does not reload")

    def questions(self):
        """How many it was asked since it started."""
        for line in self.said("stats_noreset").splitlines():
            if line.startswith("num.queries="):
                return int(line.split("=")[1])
        raise AssertionError("nsd counts nothing")


@contextlib.contextmanager
def nsd(zones):
    with folder() as place:
        server = Nsd(place, zones)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def odd_server(answer):
    """A server on UDP alone that answers a question, as bytes, with `answer(question)`; None is silence. Yields its address
    and the list of the questions that came."""
    asked = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))

        def run():
            while True:
                question, peer = s.recvfrom(65535)
                if question == b"end":
                    return
                asked.append((time.monotonic(), question))
                said = answer(question)
                if said is not None:
                    s.sendto(said, peer)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield "127.0.0.1:%d" % s.getsockname()[1], asked
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as me:
                me.sendto(b"end", s.getsockname())
            thread.join()


def silence(_):
    return None


def code(rcode):
    """Answers every question with that response code and nothing else."""
    def answer(question):
        return question[:2] + bytes([0x80 | question[2], 0x80 | rcode]) + question[4:6] + bytes(6) + question[12:][:end_of(question)]

    def end_of(question):
        at = 12
        while question[at] != 0:
            at += question[at] + 1
        return at + 5 - 12
    return answer


def only_root(question):
    """Knows no zone but the root: SERVFAIL for all else."""
    return code(0 if question[12] == 0 else 2)(question)


def nonsense(question):
    return question[:2] + bytes([0x84, 0x00]) + b"\xff" * 40


def reverse(address):
    return ipaddress.ip_address(address).reverse_pointer + "."
