"""Fetching from a mailbox: `tests/bench/run imap [MAILS]`.

The same generated mails come from a Dovecot of the bench's own over TLS, from a maildir through the daemon, and from that maildir
by `ruad import`; and from Dovecot with a round trip of 30 ms. Each is timed from the start of ruad until all are stored (`keep`),
or stored and moved to the archive (`move`), a few times in turn. Dovecot has looked at all mails before, as it would have where
they came one by one. Totals must be exact every time. Prints one table; ratios hold across machines, figures do not.
Neighbours: run, which calls this; ../imap/dovecot.py, ../served.py, ../proxy.py.
"""
import argparse
import imaplib
import json
import os
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [TESTS, os.path.join(TESTS, "imap")]
import dovecot  # noqa: E402
from oauth.authority import Authority  # noqa: E402
from proxy import Proxy  # noqa: E402
from served import Daemon, children, read_proc, title_of, wait_until  # noqa: E402

USER, PASSWORD = "reports", "correct horse"
ROUND_TRIP_S = 0.030
ASKED_RATIO, ASKED_SLOW_S = 0.7, 10             # the ticket's: IMAP beside maildir; fetching 10,000 with the round trip
MOST_S, LOOK_S = 600, 0.05                      # looking costs time that is measured


def generate(generator, top, mails):
    subprocess.run([sys.executable, generator, "--out", top, "--reports", str(mails), "--rows-mean", "10", "--dup", "0.02"],
                   check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(top, "truth.json"), encoding="utf-8") as f:
        return json.load(f)


def cpu_s(pid):
    fields = read_proc("/proc/%d/stat" % pid).rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


class Bench:
    def __init__(self, args, top, ruad, generator):
        self.ruad, self.top, self.args = ruad, top, args
        self.truth = generate(generator, os.path.join(top, "given"), args.mails)
        self.given = os.path.join(top, "given", "Maildir", "new")
        self.mails = self.truth["deliveries"]
        self.times, self.cpu, self.turn = {}, {}, 0
        self.authority = Authority(tempfile.mkdtemp(dir=top))
        self.certificate = self.authority.certificate("server")
        self.password_file = os.path.join(top, "password")
        with open(self.password_file, "w", encoding="ascii") as f:
            f.write(PASSWORD + "\n")
        os.chmod(self.password_file, 0o600)

    # --- where mails come from ---

    def server(self):
        """A server with all mails in one mailbox, which it has looked at."""
        path = os.path.join(self.top, "dovecot%d" % self.turn)
        os.mkdir(path)
        server = dovecot.Dovecot(path, {USER: PASSWORD}, self.certificate)
        server.deliver(USER, [])
        new = os.path.join(server.maildir(USER), "new")
        for name in sorted(os.listdir(self.given)):
            to = os.path.join(new, name)
            shutil.copyfile(os.path.join(self.given, name), to)
            os.chown(to, server.uid, server.gid)
        server.start()
        context = ssl.create_default_context(cafile=self.authority.ca)
        with imaplib.IMAP4_SSL("127.0.0.1", server.tls_port, ssl_context=context) as session:
            session.login(USER, PASSWORD)
            session.select("INBOX")
            session.uid("FETCH", "1:*", "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (DATE)])")
        return server

    def conf_of_server(self, port, after):
        return ('mail = ( { name = "reports"; type = "imap"; host = "127.0.0.1"; port = %d; user = "%s"; password_file = "%s";'
                ' ca_file = "%s"; after = "%s";%s } );\ndns = { lookups = false; };\n' % (
                    port, USER, self.password_file, self.authority.ca, after,
                    ' archive = "Archive"; invalid = "Invalid";' if after == "move" else ""))

    def maildir(self):
        box = os.path.join(self.top, "box%d" % self.turn, "Maildir")
        for part in ("tmp", "cur"):
            os.makedirs(os.path.join(box, part))
        shutil.copytree(self.given, os.path.join(box, "new"))
        return box

    # --- measuring ---

    def check(self, db):
        out = subprocess.run([self.ruad, "--db", db, "summary", "--period", "all", "--format", "json"], check=True,
                             stdout=subprocess.PIPE).stdout
        total = json.loads(out)["total"]
        got, want = [total[t] for t in self.truth["trust_order"]], self.truth["totals"]
        want = [want[t] for t in self.truth["trust_order"]] if isinstance(want, dict) else want
        if got != want:
            sys.exit("bench: the totals are wrong:\n  sent   %s\n  stored %s" % (want, got))

    def note(self, what, took_s, cpu=None):
        self.times.setdefault(what, []).append(took_s)
        for role, used_s in (cpu or {}).items():
            self.cpu.setdefault(what, {}).setdefault(role, []).append(used_s)

    @staticmethod
    def stored(d):
        return d.number("SELECT count(*) FROM mail")

    def by_daemon(self, what, conf, is_settled):
        """From the start of ruad until all is stored, and dealt with."""
        top = os.path.join(self.top, "run%d" % self.turn)
        self.turn += 1
        os.mkdir(top)
        with Daemon(top, conf, binary=self.ruad) as d:
            began = time.monotonic()
            d.launch()
            wait_until(lambda: self.stored(d) == self.mails and is_settled(),
                       lambda: "%s: %d of %d stored\n%s" % (what, self.stored(d), self.mails, d.log()), MOST_S, LOOK_S)
            took_s = time.monotonic() - began
            cpu = {}
            for pid in children(d.process.pid):
                role = title_of(pid).replace("ruad: ", "")
                cpu[role] = cpu.get(role, 0) + cpu_s(pid)
                cpu["parse"] = cpu.get("parse", 0) + sum(map(cpu_s, children(pid)))
            d.stop()
            self.note(what, took_s, cpu)
            self.check(d.db)
        shutil.rmtree(top)

    def by_import(self):
        box, db = self.maildir(), os.path.join(self.top, "import%d.db" % self.turn)
        self.turn += 1
        began = time.monotonic()
        subprocess.run([self.ruad, "--db", db, "import", "--format", "json", box], check=True, stdout=subprocess.DEVNULL)
        self.note("ruad import", time.monotonic() - began)
        self.check(db)
        shutil.rmtree(os.path.dirname(box))

    def from_maildir(self, after):
        box = self.maildir()
        time.sleep(2.5)                         # files younger than two seconds may still be written: they wait
        conf = 'mail = ( { name = "reports"; type = "maildir"; path = "%s"; after = "%s"; } );\ndns = { lookups = false; };\n' % (
            box, after)
        left = [os.path.join(box, "new")] if after == "move" else []
        self.by_daemon("maildir, " + after, conf, lambda: not any(map(os.listdir, left)) and not self.is_work(box))
        shutil.rmtree(os.path.dirname(box))

    @staticmethod
    def is_work(box):
        return any(os.listdir(os.path.join(box, n)) for n in os.listdir(box) if n.startswith("ruad-work"))

    def from_server(self, after, delay_s=0.0):
        server = self.server()
        what = "IMAP, %s%s" % (after, ", round trip %d ms" % round(2000 * delay_s) if delay_s else "")
        inbox = [os.path.join(server.maildir(USER), part) for part in ("new", "cur")]
        try:
            with Proxy(server.tls_port, delay_s) as wire:
                port = wire.address if delay_s else server.tls_port
                self.by_daemon(what, self.conf_of_server(port, after),
                               lambda: after == "keep" or not any(map(os.listdir, inbox)))
        finally:
            server.stop()
        shutil.rmtree(server.top)

    def run(self):
        for _ in range(self.args.runs):
            self.by_import()
            for after in ("keep", "move"):
                self.from_maildir(after)
                self.from_server(after)
            self.from_server("keep", ROUND_TRIP_S / 2)

    def print(self):
        median = {what: statistics.median(times) for what, times in self.times.items()}
        print("%d mails of %d reports, %d rows, %d CPUs; medians of %d; totals exact" % (
            self.mails, self.truth["reports"], self.truth["rows"], os.cpu_count(), self.args.runs))
        print("%-32s %8s %10s  %s" % ("", "s", "mails/s", "CPU s"))
        for what, took_s in median.items():
            roles = self.cpu.get(what, {})
            used = ("%s %.2f" % (role, statistics.median(all_s)) for role, all_s in sorted(roles.items()))
            print("%-32s %8.2f %10d  %s" % (what, took_s, self.mails / took_s, " ".join(used)))
        for after in ("keep", "move"):
            print("IMAP beside maildir, %s: %.2f (asked: %.1f)" % (
                after, median["maildir, " + after] / median["IMAP, " + after], ASKED_RATIO))
        print("IMAP beside ruad import, keep: %.2f" % (median["ruad import"] / median["IMAP, keep"]))
        slow = [t for what, t in median.items() if "round trip" in what][0]
        print("with a round trip of %d ms: %.2f s (asked for 10,000: under %d)" % (ROUND_TRIP_S * 1000, slow, ASKED_SLOW_S))


def main(words, ruad, generator):
    parser = argparse.ArgumentParser(prog="tests/bench/run imap", description=__doc__.splitlines()[0])
    parser.add_argument("mails", nargs="?", type=int, default=10000)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="ruad-bench-") as top:
        os.chmod(top, 0o755)
        bench = Bench(args, top, ruad, generator)
        bench.run()
        bench.print()
