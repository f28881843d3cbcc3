#!/usr/bin/env python3
"""A mailbox on a mail server, as ruad fetches from it: Dovecot on loopback for what must work and survive, a server that does
everything wrong for what must be refused, and in which words. The daemon and `ruad check` are the real ones.

Neighbours: dovecot.py, hostile_imap.py; tests/oauth has the certificates and the token server.
"""
import base64
import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import samples                                                                                      # noqa: E402
from harness import RUAD, Tap, folder, free_port, ruad, wait_until                                  # noqa: E402
from imap.dovecot import Dovecot                                                                    # noqa: E402
from imap.hostile_imap import Server                                                                # noqa: E402
from oauth.authority import Authority                                                               # noqa: E402
from oauth.token_server import TokenServer                                                          # noqa: E402

PASSWORD = "p4ss~w\u00f6rd \"quoted\\"
USER = "reports"
NO_REPORT = b"Subject: hello\r\n\r\nno report\r\n"


def mails(n, start=0):
    """So many mails, each with one report that no other has."""
    return [samples.mail(samples.gz(samples.report(day=i % 300, report_id="i%d" % i)), "r%d.xml.gz" % i, "application/gzip")
            for i in range(start, start + n)]


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, 0o600)
    return path


class World:
    """A folder with an authority, secrets, and configurations; each of these has a database of its own."""

    def __init__(self, top):
        self.top = top
        os.chmod(top, 0o755)
        self.authority = Authority(self.folder("ca"))
        self.good = self.authority.certificate("server")
        self.password = write(self.path("password"), PASSWORD + "\n")
        self.confs = 0

    def path(self, name):
        return os.path.join(self.top, name)

    def folder(self, name):
        os.makedirs(self.path(name))
        return self.path(name)

    def conf(self, port, tls="implicit", oauth="", limits="", **keys):
        """A configuration for one mailbox on localhost."""
        keys = {"name": "box", "type": "imap", "host": "localhost", "port": port, "tls": tls, "user": USER,
                "password_file": self.password, "ca_file": self.authority.ca, "after": "keep", **keys}
        if oauth:
            del keys["password_file"]
            keys["oauth"] = "one"
        self.confs += 1
        text = 'database = { path = "%s/%d.db"; };\nweb = { listen = "127.0.0.1:0"; };\ndns = { lookups = false; };\n' % (
            self.top, self.confs)
        text += "mail = ( { %s } );\n" % " ".join(
            "%s = %s;" % (k, v if isinstance(v, int) else str(v).lower() if isinstance(v, bool) else '"%s"' % v)
            for k, v in keys.items() if v is not None)
        return write(self.path("%d.conf" % self.confs), text + oauth + limits)


def ask(conf, query):
    """What the database of a configuration says, read beside the daemon; [] while there is none."""
    path = conf[:-len("conf")] + "db"
    with contextlib.suppress(sqlite3.OperationalError):
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True)) as db:
            return db.execute(query).fetchall()
    return []


def counted(conf):
    """(mails, mails without a report in them, reports)"""
    rows = ask(conf, "SELECT (SELECT count(*) FROM mail), (SELECT count(*) FROM mail WHERE outcome = 2),"
                     " (SELECT count(*) FROM report)")
    return rows[0] if rows else (0, 0, 0)


class Daemon:
    """`ruad serve`; what it says is in `said`."""
    everything_said = []

    def __init__(self, conf):
        self.conf = conf
        self.said = ""
        self.process = subprocess.Popen([RUAD, "--config", conf, "serve"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.ears = threading.Thread(target=self.listen)
        self.ears.start()

    def listen(self):
        for line in self.process.stderr:
            self.said += line.decode(errors="replace")
        self.process.stderr.close()

    def heard(self, words):
        return wait_until("the daemon says %r; it said:\n%s" % (words, self.said), lambda: words in self.said)

    def stored(self, *want):
        """Waits for (mails, refused, reports)."""
        wait_until("%s stored" % (want,), lambda: counted(self.conf) == want)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(timeout=60)
        self.ears.join()
        self.everything_said.append(self.said)
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()


def check(conf):
    """What `ruad check` says of the mailbox: ("ok" or "failed", words)."""
    said = ruad("--config", conf, "check", ok=(0, 1, 2)).stdout.decode()
    found = re.search(r"^(\w+) +mailbox box: (.*)$", said, re.M)
    return found.groups() if found else ("", said)


def refused(tap, conf, name, *words):
    state, text = check(conf)
    tap.case(state == "failed" and all(w in text for w in words) and PASSWORD not in text and len(text) < 520,
             name + ": refused", "%s %s\nwanted: %s" % (state, text, words))


# --- who is let in ---

def check_certificates(tap, world, server):
    other = Authority(world.folder("other"), "somebody else")
    port = server.tls_port
    state, text = check(world.conf(port))
    tap.case(state == "ok" and "signed in as reports, INBOX holds" in text, "a good certificate: signed in", text)
    refused(tap, world.conf(port, ca_file=other.ca), "an unknown CA", "signed by nobody", "ca_file")
    refused(tap, world.conf(port, ca_file=None), "a CA that the system does not know", "signed by nobody that this system names")
    refused(tap, world.conf(port, ca_file=world.password), "a ca_file without a certificate", "no certificate could be read")
    for name, how, words in (
            ("wrong", {"names": ("DNS:elsewhere.example",)}, ("elsewhere.example", "not for this host name")),
            ("expired", {"days": -1}, ("expired on", "needs a new one"))):
        server.stop()
        server.set(certificate=world.authority.certificate(name, **how)).start()
        refused(tap, world.conf(port), "a certificate that is " + name, *words)
        refused(tap, world.conf(server.port, tls="starttls"), "likewise behind STARTTLS", *words)
    server.stop()
    server.set(certificate=world.good).start()
    state, text = check(world.conf(server.port, tls="starttls"))
    tap.case(state == "ok", "STARTTLS with a good certificate: signed in", text)
    state, text = check(world.conf(server.port, tls="none"))
    tap.case(state == "ok", "without TLS, on this machine alone: signed in", text)
    refused(tap, world.conf(server.port), "no TLS where TLS is wanted", "is not TLS", "starttls")


def check_passwords(tap, world, server):
    wrong = write(world.path("wrong"), "not it\n")
    refused(tap, world.conf(server.tls_port, password_file=wrong), "a wrong password", "sign-in is refused", "password_file", "AUTHENTICATIONFAILED")
    refused(tap, world.conf(server.tls_port, folder="Nowhere"), "a folder that is not there", "Nowhere cannot be opened")
    with Server(capability="IMAP4rev1") as other:
        state, text = check(world.conf(other.port, tls="none"))
        said = other.commands("LOGIN")
        tap.case(state == "ok" and said == ['"reports" {%d}\n%s' % (len(PASSWORD.encode()), PASSWORD)],
                 "LOGIN: what cannot stand in quotes is sent as a literal, once the server asks for it", (text, said))
    with Server(capability="IMAP4rev1 LITERAL+") as other:
        tap.case(check(world.conf(other.port, tls="none"))[0] == "ok" and "+}" not in PASSWORD
                 and len(other.commands("LOGIN")) == 1, "LOGIN: or at once, where it offers that", other.heard)
    with Server(capability="IMAP4rev1 AUTH=PLAIN") as other:
        tap.case(check(world.conf(other.port, tls="none"))[0] == "ok"
                 and other.commands("AUTHENTICATE")[0].startswith("PLAIN "), "PLAIN without SASL-IR", other.heard)


def token_command(world, *tokens):
    """An oauth block whose command prints the first token, then the second, and so on; the last for ever."""
    kept = world.path("tokens-%d" % world.confs)
    write(kept, "".join(t + "\n" for t in tokens))
    script = write(kept + ".sh", "head -n 1 %s\n[ $(wc -l <%s) -lt 2 ] || sed -i 1d %s\n" % (kept, kept, kept))
    return 'oauth = ( { name = "one"; flow = "command"; command = [ "/bin/sh", "%s" ]; } );\n' % script


def check_tokens(tap, world, server, tokens):
    token = tokens.issue(USER)
    for mechanism in ("xoauth2", "oauthbearer"):
        server.stop()
        server.set(mechanisms="plain " + mechanism).start()
        state, text = check(world.conf(server.tls_port, oauth=token_command(world, token)))
        tap.case(state == "ok", mechanism + ": signed in", text)
        state, text = check(world.conf(server.tls_port, oauth=token_command(world, "gone", token)))
        tap.case(state == "ok", mechanism + ": a refused token is asked for anew, once", text)
        refused(tap, world.conf(server.tls_port, oauth=token_command(world, "gone")), mechanism + ": a token that has expired",
                "token is not accepted", "expired")
        tap.case("gone" not in check(world.conf(server.tls_port, oauth=token_command(world, "gone")))[1],
                 mechanism + ": the token is not told")
    server.stop()
    server.set(mechanisms="plain login xoauth2 oauthbearer").start()
    refused(tap, world.conf(server.port, tls="starttls", oauth=token_command(world, "gone")), "likewise behind STARTTLS", "expired")
    with Server() as other:
        refused(tap, world.conf(other.port, tls="none", oauth=token_command(world, token)), "a server that takes no tokens",
                "neither OAUTHBEARER nor XOAUTH2")


def challenge(json_text):
    encoded = base64.b64encode(json_text.encode()).decode()

    def handler(session, tag, _):
        session.say("+ " + encoded)
        session.server.heard.append(("BACK", session.line()))
        session.say(tag + " NO AUTHENTICATE failed.")
    return {"AUTHENTICATE": handler}


def check_challenges(tap, world):
    for mechanism, back in (("XOAUTH2", ""), ("OAUTHBEARER", "AQ==")):
        capability = "IMAP4rev1 SASL-IR AUTH=" + mechanism
        for said, words in (
                ('{"status":"401","schemes":"Bearer","scope":"https://mail.google.com/"}', ("expired", "mail.google.com")),
                ('{"status":"invalid_token"}', ("expired",)),
                ('{"status":"insufficient_scope","scope":"IMAP.AccessAsUser.All"}',
                 ("lacks a permission", "IMAP.AccessAsUser.All"))):
            with Server(capability=capability, on=challenge(said)) as server:
                refused(tap, world.conf(server.port, tls="none", oauth=token_command(world, "tok")),
                        "%s, challenged with %s" % (mechanism, said), *words)
                tap.equal(server.commands("BACK"), [back] * 2, "%s: the challenge is answered as it must be" % mechanism)
    with Server(capability="IMAP4rev1 SASL-IR AUTH=XOAUTH2",
                on={"EXAMINE": "TAG BAD User is authenticated but not connected."}) as server:
        refused(tap, world.conf(server.port, tls="none", oauth=token_command(world, "tok")), "a mailbox that is not open to us",
                "authenticated but not connected")


# --- servers that do what none should ---

def injected(session, tag, _):
    session.say((tag + " OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n").encode())
    session.begin_tls()


REFUSALS = (
    ("PREAUTH", dict(greeting="* PREAUTH welcome"), {}, ("PREAUTH",)),
    ("PREAUTH in front of STARTTLS", dict(greeting="* PREAUTH welcome"), dict(tls="starttls"), ("PREAUTH",)),
    ("words put in front of TLS", dict(capability="IMAP4rev1 STARTTLS", on={"STARTTLS": injected}), dict(tls="starttls"),
     ("injection",)),
    ("STARTTLS that is not offered", dict(capability="IMAP4rev1"), dict(tls="starttls"), ("no STARTTLS", "implicit")),
    ("STARTTLS that is refused", dict(capability="IMAP4rev1 STARTTLS", on={"STARTTLS": "TAG NO not today"}),
     dict(tls="starttls"), ("STARTTLS", "not today")),
    ("LOGINDISABLED", dict(capability="IMAP4rev1 LOGINDISABLED"), {}, ("LOGINDISABLED",)),
    ("a goodbye in place of a greeting", dict(greeting="* BYE too many"), {}, ("goodbye", "too many")),
    ("what is no mail server", dict(greeting="220 smtp.example ESMTP"), {}, ("not a mail server",)),
    ("a server of another age", dict(capability="IMAP2bis"), {}, ("neither IMAP4rev1",)),
    ("an answer to nothing", dict(on={"CAPABILITY": "r99 OK done"}), {}, ("never given",)),
    ("a question where nothing follows", dict(on={"EXAMINE": "+ more"}), {}, ("asks for more",)),
    ("no UIDVALIDITY", dict(on={"EXAMINE": "* 0 EXISTS\nTAG OK done"}), {}, ("UIDVALIDITY",)),
    ("a folder that may only be read", dict(on={"SELECT": "* OK [UIDVALIDITY 7] x\nTAG OK [READ-ONLY] done"}),
     dict(after="seen"), ("may only be read", "keep")),
    ("a line without an end", dict(on={"EXAMINE": "* " + "x" * (9 << 20)}), {}, ("longer than any",)),
    ("bytes that are no IMAP", dict(on={"EXAMINE": "\x00\x01\x02 \x1b[31m"}), {}, ("not IMAP",)),
    ("words that would steer a terminal", dict(on={"EXAMINE": "TAG NO \x1b[31m red"}), {}, ("\\x1b[31m red",)),
    ("a server that hangs up", dict(on={"LOGOUT": "", "EXAMINE": lambda session, tag, _: session.hang_up()}), {},
     ("closed the connection",)),
)


def check_refusals(tap, world):
    for name, how, keys, words in REFUSALS:
        with tap.guard(name), Server(certificate=world.good, **how) as server:
            refused(tap, world.conf(server.port, **{"tls": "none", **keys}), name, *words)
            if not {"SELECT", "EXAMINE"} & set(how.get("on", {})):
                tap.case(not {"LOGIN", "AUTHENTICATE"} & {verb for verb, _ in server.heard}, name + ": no secret was sent")
    refused(tap, world.conf(free_port(), tls="none", host="127.0.0.1"), "nobody there", "cannot connect")
    refused(tap, world.conf(993, host="no-such-host.example"), "a host that is not there", "cannot find the host")


# --- mails that are not what they seem ---

def fetched(tap, world, name, server, want, conf=None, more=""):
    """The daemon stores (mails, refused, reports) of what this server has, whatever it does."""
    conf = conf or world.conf(server.port, tls="none")
    with tap.guard(name), Daemon(conf) as daemon:
        daemon.stored(*want)
        if more:
            daemon.heard(more)
        tap.case(True, name)


def check_poison(tap, world, many):
    def poisoned(session, tag, rest):
        uids = session.uids(rest.split(" ")[0])
        session.say(*[session.mail(uid) for uid in uids if uid != 5], tag + (" NO broken" if 5 in uids else " OK done"))
    with Server(many, on={"UID FETCH": poisoned}) as server:
        fetched(tap, world, "a mail that the server cannot give does not cost those behind it", server, (11, 0, 11),
                more="mail 5 of INBOX cannot be read: it is passed over")

    def all_or_nothing(session, tag, rest):
        uids = session.uids(rest.split(" ")[0])
        session.say(*[session.mail(uid) for uid in uids if 5 not in uids], tag + (" NO broken" if 5 in uids else " OK done"))
    with Server(many, on={"UID FETCH": all_or_nothing}) as server:
        fetched(tap, world, "nor does it where nothing of the whole command is given", server, (11, 0, 11),
                more="mail 5 of INBOX cannot be read: it is passed over")
    check_throttling(tap, world, many)
    with Server(many, on={"UID FETCH": "TAG NO [SERVERBUG] internal error"}) as server:
        conf = world.conf(server.port, tls="none")
        with Daemon(conf) as d:
            tap.case(d.heard("cannot be read, nor those before it"), "a server that gives no mail at all is at fault itself")
        tap.equal(ask(conf, "SELECT done FROM mailbox"), [(0,)], "and none of its mails is taken for read")


def check_throttling(tap, world, many):
    """What is refused for now is asked for again, and not passed over: it would be lost where mails are kept."""
    for refusal in ("BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds", "NO [UNAVAILABLE] later",
                    "NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)"):
        def throttled(session, tag, rest, refusal=refusal):
            if len(session.server.commands("UID FETCH")) == 1:
                session.say(tag + " " + refusal)
            else:
                session.do_UID_FETCH(tag, rest)
        with Server(many[:1], on={"UID FETCH": throttled}) as server:
            fetched(tap, world, "a mail refused with %s: it is asked for again" % refusal.split(".")[0], server, (1, 0, 1),
                    more="it is asked for again")

    def once(session, tag, rest):
        if len(session.server.commands("UID FETCH")) == 1:
            session.say(tag + " NO Server Unavailable. 15")
        else:
            session.do_UID_FETCH(tag, rest)

    def news(session, tag, rest):
        if len(session.server.commands("UID SEARCH")) == 1:
            session.say("* 2 EXISTS")
        session.do_UID_SEARCH(tag, rest)
    with Server(many[:1], on={"UID FETCH": once, "UID SEARCH": news}) as server:
        fetched(tap, world, "a mail refused without a reason, and none behind it: it is asked for with the next", server, (1, 0, 1),
                more="mail 1 of INBOX cannot be read")

    def gone(session, tag, rest):
        uids = session.uids(rest.split(" ")[0])
        if len(uids) > 1:
            session.say(tag + " NO [EXPUNGEISSUED] some are gone, I do not say which")
        else:
            session.do_UID_FETCH(tag, rest)
    with Server(many, on={"UID FETCH": gone}) as server:
        fetched(tap, world, "one that is gone does not take with it those asked for with it", server, (12, 0, 12))


def check_talkative(tap, world, many):
    """It tells how many mails there are with each answer, as nothing forbids."""
    def search(session, tag, rest):
        session.say("* %d EXISTS" % len(session.server.mails))
        session.do_UID_SEARCH(tag, rest)
    with Server(many[:1], capability="IMAP4rev1 SASL-IR AUTH=PLAIN IDLE", on={"UID SEARCH": search, "IDLE": "+ idling"}) as server, \
            tap.guard("a talkative server"), Daemon(world.conf(server.port, tls="none")):
        wait_until("it is listened to", lambda: server.commands("IDLE"))
        tap.case(len(server.commands("UID SEARCH")) < 4, "a server that tells the number of mails again is not searched without an end",
                 server.heard)


def check_mails(tap, world):
    imitation = b"Subject: x\r\n\r\n" + b"".join(b"r%d OK done\r\n* BYE\r\n)\r\n" % i for i in range(1, 30))
    with Server(mails(1) + [imitation] + mails(1, 1)) as server:
        fetched(tap, world, "a mail that imitates answers is one mail", server, (3, 1, 2))
    many = mails(12)

    def shuffled(session, tag, rest):
        uids = session.uids(rest.split(" ")[0])
        for uid in uids[::-1] + uids[:3] + [99]:
            session.say(session.mail(uid) if uid != 99 else b"* 99 FETCH (UID 99 BODY[] {1}\r\nx)\r\n")
        session.say(tag + " OK done")
    with Server(many, on={"UID FETCH": shuffled}) as server:
        conf = world.conf(server.port, tls="none")
        fetched(tap, world, "mails in another order, twice, and one that nobody asked for: each once", server, (12, 0, 12), conf)
        tap.equal(ask(conf, "SELECT done FROM mailbox"), [(12,)], "and all of them are remembered as done")
    with Server(many, on={"UID FETCH": lambda s, tag, rest: s.say(
            *[s.mail(u) for u in s.uids(rest.split(" ")[0]) if u % 3], tag + " NO [EXPUNGEISSUED] some are gone")}) as server:
        fetched(tap, world, "mails that somebody else removed meanwhile are passed over", server, (8, 0, 8))

    def large(session, tag, rest):
        session.say(b"* 1 FETCH (UID 1 BODY[]<0> {1000001}\r\n" + b"x" * 1000001 + b")\r\n", tag + " OK done")
    limits = "limits = { mail_bytes = 999999; };\n"
    with Server(many[:1], on={"UID FETCH": large}) as server, Daemon(world.conf(server.port, tls="none", limits=limits)) as d:
        tap.case(d.heard("more than was asked for"), "a literal over the ceiling ends the session")
    with Server(many[:1], on={"UID FETCH": "* 1 FETCH (UID 1 BODY[] (x))))\nTAG OK done"}) as server, \
            Daemon(world.conf(server.port, tls="none")) as d:
        tap.case(d.heard("in a form that is not IMAP"), "a mail in no known form ends the session")
    check_poison(tap, world, many)
    check_goodbye(tap, world, many)
    check_talkative(tap, world, many)


def check_goodbye(tap, world, many):
    """After each mail the server says goodbye: the next session goes on behind it."""
    def one(session, tag, rest):
        session.say(session.mail(session.uids(rest.split(" ")[0])[0]), "* BYE for now")
        session.hang_up()
    with Server(many[:4], on={"UID FETCH": one}) as server:
        conf = world.conf(server.port, tls="none")
        fetched(tap, world, "a goodbye in the middle: the next session goes on behind it", server, (4, 0, 4), conf, "goodbye")


# --- Dovecot ---

def check_after(tap, world, server):
    for after, keys, capability in (
            ("keep", {}, ""), ("seen", {}, ""), ("delete", {}, ""), ("move", {}, ""),
            ("move", {}, "IMAP4rev1 SASL-IR AUTH=PLAIN UIDPLUS"), ("delete", {"idle": False}, "IMAP4rev1 SASL-IR AUTH=PLAIN")):
        user = "u%d" % world.confs
        name = "after = %s%s" % (after, " on a server that offers " + capability if capability else "")
        server.stop()
        server.set(capability=capability).start()
        server.deliver(user, mails(450) + [NO_REPORT] + mails(1, 450))
        if after == "move":
            keys = {"archive": "Archiv Gepr\u00fcft & gut", "invalid": "Invalid", **keys}
        conf = world.conf(server.tls_port, user=user, after=after, **keys)
        with tap.guard(name), Daemon(conf) as daemon:
            daemon.stored(452, 1, 451)
            settled = {
                "keep": lambda: server.count(user) == 452 and server.flagged(user, "S") == 0,
                "seen": lambda: server.count(user) == 452 and server.flagged(user, "S") == 452,
                "delete": lambda: (server.flagged(user, "T") if capability else 452 - server.count(user)) == 452,
                "move": lambda: (server.count(user), server.count(user, "Invalid"),
                                 server.count(user, "Archiv Gepr&APw-ft &- gut")) == (0, 1, 451),
            }[after]
            wait_until("settled: " + name, settled)
            server.deliver(user, mails(1, 500))
            daemon.stored(453, 1, 452) if keys.get("idle", True) and not capability else None
            tap.case(True, name + (": new mail is seen at once" if not capability else ""))
        if capability.endswith("PLAIN") and after == "delete":
            tap.case("stay behind, marked as deleted" in daemon.said, name + ": it is said that they stay", daemon.said)
    server.stop()
    server.set(capability="").start()


def check_resuming(tap, world, server):
    """What was taken in is not fetched again; another UIDVALIDITY makes all of it new, and stores nothing twice."""
    user = "resume"
    server.deliver(user, mails(300))
    conf = world.conf(server.tls_port, user=user, after="seen")
    with Daemon(conf) as daemon:
        daemon.stored(300, 0, 300)
        wait_until("all are marked", lambda: server.flagged(user, "S") == 300)
        wait_until("it is remembered", lambda: ask(conf, "SELECT done, settled FROM mailbox") == [(300, 300)])
    server.deliver(user, mails(2, 300))
    with Daemon(conf) as daemon:
        daemon.stored(302, 0, 302)
    fetched_again = re.findall(r"body_count=(\d+)", server.log())[-1]
    tap.equal(fetched_again, "2", "after a restart only what is new is fetched")
    server.stop()
    server.renumber(user)
    server.start()
    with Daemon(conf) as daemon:
        wait_until("another UIDVALIDITY is remembered", lambda: ask(conf, "SELECT done FROM mailbox")[0][0] >= 302)
        wait_until("all are taken in", lambda: counted(conf)[0] == 604)
        tap.equal(counted(conf), (604, 0, 302), "another UIDVALIDITY: all are read again, and no report is stored twice")


def check_since(tap, world, server):
    user = "since"
    server.deliver(user, mails(3), arrived_s=1700000000)
    server.deliver(user, mails(2, 3))
    conf = world.conf(server.tls_port, user=user, since="2024-01-01")
    with tap.guard("since"), Daemon(conf) as daemon:
        daemon.stored(2, 0, 2)
        wait_until("they are remembered", lambda: ask(conf, "SELECT done FROM mailbox") == [(5,)])
        tap.equal(counted(conf), (2, 0, 2), "since: what arrived before is passed over")


def check_limits(tap, world, server):
    user = "large"
    large = b"Subject: large\r\n\r\n" + b"x" * 200000 + b"\r\n"
    server.deliver(user, mails(1) + [large] + mails(1, 1))
    conf = world.conf(server.tls_port, user=user, after="move", archive="Archive", invalid="Invalid",
                      limits="limits = { mail_bytes = 100000; };\n")
    with tap.guard("a mail over the limit"), Daemon(conf) as daemon:
        daemon.stored(3, 1, 2)
        wait_until("it is moved", lambda: server.count(user, "Invalid") == 1 and server.count(user, "Archive") == 2)
        tap.case(True, "a mail over the limit is refused for it and goes to the invalid ones")


def check_kills(tap, world, server):
    """The server is killed while it is read, the fetch process too: each mail is stored once, none is lost."""
    user = "kills"
    server.deliver(user, mails(3000))
    conf = world.conf(server.tls_port, user=user, after="move", archive="Archive", invalid="Invalid")
    with tap.guard("killed"), Daemon(conf) as daemon:
        for part in (200, 900, 1600):
            wait_until("some are stored", lambda part=part: counted(conf)[0] > part)
            server.kill()
            server.start()
        wait_until("some are stored", lambda: counted(conf)[0] > 2200 or counted(conf)[0] == 3000)
        daemon.end(signal.SIGKILL)
    with tap.guard("killed"), Daemon(conf) as daemon:
        daemon.stored(3000, 0, 3000)
        wait_until("all are moved", lambda: server.count(user) == 0)
        archived = server.count(user, "Archive")
        tap.equal((counted(conf), archived), ((3000, 0, 3000), 3000), "server killed three times, daemon once: each mail once")


def turn_away(port, times):
    """A server in the place of another that takes connections and ends them."""
    def bound():
        with contextlib.suppress(OSError):  # of a server that was killed a process may still be there
            return socket.create_server(("127.0.0.1", port))

    with wait_until("the port is free", bound) as listening:
        for _ in range(times):
            with listening.accept()[0] as other:
                other.recv(65536)  # what is left unread would be a reset, which reads otherwise


def check_outage(tap, world, server):
    """A server that is away for long is no reason to fill the log."""
    user = "outage"
    conf = world.conf(server.tls_port, user=user)
    with tap.guard("an outage"), Daemon(conf) as daemon:
        server.deliver(user, mails(1))
        daemon.stored(1, 0, 1)
        server.kill()
        turn_away(server.tls_port, 4)
        server.start()
        daemon.heard("mail box: works again")
        tap.equal((daemon.said.count("TLS does not begin: The TLS connection was non-properly terminated"),
                   daemon.said.count("works again")), (1, 1),
                 "a server that is away: a reason is logged once, and that it works again")


def check_poll(tap, world, server):
    user = "poll"
    server.deliver(user, mails(1))
    conf = world.conf(server.tls_port, user=user, idle=False, poll_s=10)
    with tap.guard("polling"), Daemon(conf) as daemon:
        daemon.stored(1, 0, 1)
        server.deliver(user, mails(1, 1))
        daemon.stored(2, 0, 2)
        tap.case(True, "without IDLE the mailbox is looked into now and then")


def main():
    tap = Tap()
    with folder() as top, TokenServer() as tokens:
        world = World(top)
        users = {USER: PASSWORD}
        users.update({"u%d" % i: PASSWORD for i in range(1, 200)})
        users.update({name: PASSWORD for name in ("resume", "since", "large", "kills", "outage", "poll")})
        with tap.guard("servers that do what none should"):
            check_refusals(tap, world)
        with tap.guard("challenges"):
            check_challenges(tap, world)
        with tap.guard("mails"):
            check_mails(tap, world)
        with Dovecot(world.path("dovecot"), users, world.good, tokens.url("/introspect")) as server:
            for part in (check_certificates, check_passwords, check_after, check_resuming, check_since, check_limits, check_kills,
                         check_outage, check_poll):
                with tap.guard(part.__name__):
                    part(tap, world, server)
            with tap.guard("tokens"):
                check_tokens(tap, world, server, tokens)
    said = "\n".join(Daemon.everything_said)
    tap.case(said and PASSWORD not in said and "Bearer" not in said, "no secret in what the daemon said")
    tap.end()


if __name__ == "__main__":
    main()
