#!/usr/bin/env python3
"""Alerts and the digest by the real daemon, to a mail server, a webhook and a program: each change of state once, whoever is
killed or out of order meanwhile; and nothing that a report says becomes more than words."""
import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "oauth"))
import samples  # noqa: E402
from authority import Authority  # noqa: E402
from harness import RUAD, Tap, fetch, folder, read_proc, ruad, running, wait_until  # noqa: E402
from sinks import Hook, Program, Smtp  # noqa: E402

DEADLINE_S = 90
DAY = 86400
TODAY = int(time.time()) // DAY
EVIL = "evil.example\r\nBcc: victim@example.org\r\n\r\n\x1b[2J"
PASSWORD, TOKEN = "p4ss-of-the-mail-server", "t0ken-of-the-webhook"

CONF = """
database = { path = "%(db)s"; };
web = { listen = "127.0.0.1:0"; };
dns = { lookups = false; };
mail = ( { name = "drop"; type = "folder"; path = "%(drop)s"; after = "keep"; } );
sources = ( { name = "Campus"; kind = "ours"; ip = [ "192.0.2.0/24" ]; },
            { name = "Alumni"; kind = "forwarder"; ip = [ "198.51.100.0/24" ]; } );
alerts = {
  source_quiet_h = 1; digest = "mon 07:00";
  mail = { url = "smtp://localhost:%(smtp)d"; starttls = true; ca_file = "%(ca)s"; user = "ruad";
           password_file = "%(top)s/password"; from = "ruad@univ.example"; to = [ "a@univ.example", "b@univ.example" ]; };
  webhook = { url = "https://localhost:%(hook)d/in?room=1"; ca_file = "%(ca)s"; secret_file = "%(top)s/token"; };
  command = [ "%(program)s", "now" ];
};
"""


def report(days_ago, address, disposition, reporter="receiver.example"):
    """A failing row of one day; the reporter's name as XML."""
    rows = ((address, 7, disposition, "fail", "fail", "univ.example"),)
    text = samples.report(TODAY - days_ago - samples.FIRST // DAY, "REPORTER", "r-%d-%s" % (days_ago, address), rows)
    name = "".join("&#%d;" % ord(c) if ord(c) < 32 and c != "\x1b" else c for c in reporter.replace("\x1b", ""))
    return text.replace("REPORTER", name)


class World:
    def __init__(self, top, smtp, hook, ca):
        self.top, self.smtp, self.hook, self.program = top, smtp, hook, Program(top)
        self.db, self.drop, self.conf = (os.path.join(top, name) for name in ("ruad.db", "drop", "ruad.conf"))
        self.said, self.daemon, self.lines = [], None, b""
        os.mkdir(self.drop)
        for name, text in (("password", PASSWORD), ("token", TOKEN)):
            with open(os.path.join(top, name), "w", opener=lambda p, f: os.open(p, f, 0o600), encoding="ascii") as f:
                f.write(text + "\n")
        samples.write(top, "ruad.conf", CONF % {
            "db": self.db, "drop": self.drop, "top": top, "ca": ca, "smtp": smtp.server_address[1],
            "hook": hook.server_address[1], "program": self.program.path})

    def take_in(self, name, text):
        ruad("--config", self.conf, "import", samples.write(self.top, name, text))

    def sql(self, text, *values):
        with contextlib.closing(sqlite3.connect(self.db, timeout=60)) as c, c:
            return c.execute(text, values).fetchall()

    def start(self):
        self.daemon = subprocess.Popen([RUAD, "--config", self.conf, "serve"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE, start_new_session=True)
        self.ears = threading.Thread(target=lambda d=self.daemon: [self.said.append(line) for line in d.stderr])
        self.ears.start()

    def address(self):
        wait_until("serving", lambda: re.search(rb"serving on (\S+)\n(?!.*serving on)", b"".join(self.said), re.S))
        return re.findall(rb"serving on (\S+)", b"".join(self.said))[-1].decode()

    def kill(self, how=signal.SIGKILL):
        """All of it at once, or with SIGTERM its parent. The exit code."""
        if self.daemon is None:
            return None
        if how == signal.SIGKILL:
            os.killpg(self.daemon.pid, how)
        else:
            self.daemon.send_signal(how)
        code = self.daemon.wait(timeout=DEADLINE_S)
        self.ears.join()
        self.daemon = None
        return code

    def told(self):
        """(mails, webhook, program): what each has heard, as "kind: title"."""
        mails = [re.sub(r"^(ruad, over|ruad): ", lambda m: "cleared: " if "over" in m.group() else "told: ", str(mail["Subject"]))
                 for mail in self.smtp.mails]
        others = [["%s: %s" % ("cleared" if n["kind"] == "cleared" else "told", n["title"]) for n in where.notices]
                  for where in (self.hook, self.program)]
        return mails, *others

    def wait_for(self, title, where=(0, 1, 2)):
        wait_until(title, lambda: all(any(title in t for t in self.told()[i]) for i in where))

    def wait_kept(self, rule, heard):
        wait_until("%s kept as heard" % rule, lambda: self.sql("SELECT 1 FROM alert WHERE rule = ? AND heard = ?", rule, heard))


def is_live(world, rule):
    return world.sql("SELECT 1 FROM alert WHERE rule = ? AND (firing OR heard)", rule)


def prepare(world):
    """A wanted source that was stopped yesterday, a mail source silent for five hours, alerts that are not new."""
    world.take_in("a.xml", report(1, "192.0.2.9", "quarantine", EVIL))
    world.sql("INSERT INTO mailbox (place, validity, done, settled) VALUES (?, 0, 0, 0)", "folder:" + world.drop)
    world.sql("INSERT INTO mail (mailbox, place, received_s, bytes, outcome) VALUES (1, 'old', ?, 1, 0)",
              int(time.time()) - 5 * 3600)
    world.sql("INSERT INTO meta (key, value) VALUES ('alerts', ?)", int(time.time()) - 30 * DAY)


def check_put_off(tap, world):
    """The mail server puts everything off, the others take it; then all of ruad is killed."""
    world.smtp.deferring = True
    world.hook.deferring = True
    world.start()
    wait_until("both put off", lambda: world.smtp.deferred and world.hook.deferred)
    world.hook.deferring = False
    world.wait_for("Wanted mail stopped: Campus, 7 messages", (1, 2))
    world.wait_for("No report from drop for 5 hours", (1, 2))
    for rule in ("wanted-stopped", "source-quiet"):
        world.wait_kept(rule, 6)
    page = fetch(world.address() + "/healthz")[2].decode()
    tap.case(PASSWORD not in page and TOKEN not in page, "the health page shows no secret", page)
    lines = b" ".join(read_proc("/proc/%s/cmdline" % pid) for pid in os.listdir("/proc") if pid.isdigit())
    tap.case(PASSWORD.encode() not in lines and TOKEN.encode() not in lines, "no process has a secret among its arguments")
    tap.equal([len(told) for told in world.told()], [0, 2, 2], "what one outlet puts off the others have")
    world.kill()


def check_delivered(tap, world):
    """Everything was killed; the mail server takes mails again after once more putting one off."""
    before = world.smtp.deferred
    world.start()
    wait_until("put off again", lambda: world.smtp.deferred > before)
    world.smtp.deferring = False
    world.wait_for("No report from drop", (0,))
    world.wait_for("Wanted mail stopped", (0,))
    for rule in ("wanted-stopped", "source-quiet"):
        world.wait_kept(rule, 7)
    tap.equal([len(told) for told in world.told()], [2, 2, 2], "a mail put off arrives once it is taken, over kill -9; nobody hears twice")
    world.kill()


def check_mail(tap, world):
    mail = next(m for m in world.smtp.mails if "Campus" in str(m["Subject"]))
    raw = world.smtp.raw[world.smtp.mails.index(mail)]
    tap.equal([sorted(to) for to in world.smtp.recipients], [["a@univ.example", "b@univ.example"]] * 2, "mails go to all recipients")
    tap.equal((str(mail["From"]), mail["Auto-Submitted"], mail.get_content_type(), mail["Bcc"]),
              ("ruad <ruad@univ.example>", "auto-generated", "text/plain", None), "a mail's header is as it is meant to be")
    body = mail.get_content()
    tap.case("7 messages from Campus (a system of yours) failed SPF and DKIM" in body
             and "/records?from=" in body and "What to do:" in body, "a mail says what happened, where to look and what to do", body)
    tap.case("evil.example" in body and "\nBcc" not in body and b"victim" not in raw,
             "what a reporter calls itself is words in the body and nothing else", body)
    tap.equal(len({m["Message-ID"] for m in world.smtp.mails}), 2, "each mail has an id of its own")
    notice = next(n for n in world.hook.notices if n["rule"] == "wanted-stopped")
    tap.equal(sorted(notice), ["id", "kind", "path", "rule", "since", "subject", "text", "title"], "a webhook's notice has its members")
    tap.equal((notice["kind"], notice["subject"], notice["path"].startswith("/records?")), ("alert", "Campus", True),
              "and says the same")
    tap.case(notice in world.program.notices, "a program is given the same as a webhook", world.program.notices)


def check_over_and_digest(tap, world):
    """A report arrived and a digest fell due while ruad was not running."""
    samples.write(world.drop, "new.xml", report(1, "203.0.113.7", "none"))
    world.sql("UPDATE alert SET seen = CAST(seen - 604800 AS TEXT) WHERE rule = 'digest'")
    world.start()
    world.wait_for("cleared: No report from drop")
    world.wait_for("untrusted, 1 alert")
    world.wait_kept("digest", 7)
    wait_until("the end is kept", lambda: not is_live(world, "source-quiet"))
    tap.equal([len(told) for told in world.told()], [4, 4, 4], "what is over is told once, and a digest that was missed is made up for")
    digest = next(m for m in world.smtp.mails if "1 alert" in str(m["Subject"]))
    text = digest.get_content()
    tap.case(all(part in text for part in ("Fully trusted", "Wanted mail stopped: Campus", "What came in", "folder:" + world.drop,
                                           "This comes every Monday at 07:00 UTC")), "a digest has all its parts", text)
    tap.equal(world.kill(signal.SIGTERM), 0, "SIGTERM ends the daemon")


def check_nothing_twice(tap, world):
    """The next alert comes behind all that could be told again."""
    world.take_in("b.xml", report(1, "198.51.100.9", "reject"))
    world.start()
    world.wait_for("Wanted mail stopped: Alumni")
    world.wait_kept("wanted-stopped", 7)
    wait_until("all is kept", lambda: world.sql("SELECT count(*) FROM alert WHERE rule = 'wanted-stopped' AND heard = 7") == [(2,)])
    tap.equal([len(told) for told in world.told()], [5, 5, 5], "a restart tells nothing twice")
    world.kill(signal.SIGTERM)


def check_logs(tap, world):
    said = b"".join(world.said).decode(errors="replace")
    tap.case(PASSWORD not in said and TOKEN not in said and "room=1" not in said, "no secret is logged", said)
    tap.case("451 4.3.2 come again later" in said and "503" in said, "why something was put off is logged", said)
    # Twice for each outlet and start: a reason is said once, not with every try.
    tap.case(said.count("451 4.3.2") <= 4, "a reason is logged once", said)
    db = b""
    for name in os.listdir(world.top):
        if name.startswith("ruad.db"):
            with open(os.path.join(world.top, name), "rb") as f:
                db += f.read()
    tap.case(PASSWORD.encode() not in db and TOKEN.encode() not in db, "no secret is in the database")


def main():
    tap = Tap()
    with folder() as top:
        authority = Authority(top)
        with running(Smtp(authority.context(), PASSWORD)) as smtp, running(Hook(authority.context(), TOKEN)) as hook:
            world = World(top, smtp, hook, authority.ca)
            try:
                with tap.guard("alerts and the digest arrive"):
                    prepare(world)
                    check_put_off(tap, world)
                    check_delivered(tap, world)
                    check_mail(tap, world)
                    check_over_and_digest(tap, world)
                    check_nothing_twice(tap, world)
            finally:
                world.kill()
            check_logs(tap, world)
    tap.end()


if __name__ == "__main__":
    main()
