#!/usr/bin/env python3
"""Tokens and what goes out: each flow against a token server on loopback, what is cached, renewed and written down, what is
refused and in which words, and that no secret is in them; mails to a server of its own.

Neighbours: driver.c is what is driven; token_server.py and authority.py are the other side.
"""
import base64
import contextlib
import json
import os
import re
import socketserver
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import ROOT, RUAD, Tap, folder, ruad, running                                          # noqa: E402
from oauth.authority import Authority, openssl                                                      # noqa: E402
from oauth.token_server import TokenServer, thumbprint                                              # noqa: E402

DRIVER = os.path.join(os.path.dirname(os.path.dirname(RUAD)), "tests", "oauth", "oauth_driver")
SECRET = "s3cret~Value&with=signs+%"
REFRESH = "refresh-first-9f3a"
EXCHANGE = {"aud": "https://outlook.office365.com", "roles": ["IMAP.AccessAsApp"]}


class Driver:
    """One run of driver.c. Keeps all that it said."""
    said = []

    def __init__(self, conf, name):
        self.process = subprocess.Popen([DRIVER, conf, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)

    def line(self):
        line = self.process.stdout.readline().rstrip("\n")
        self.said.append(line)
        return line

    def send(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def ask(self, command):
        self.send(command)
        return self.line()


@contextlib.contextmanager
def driving(conf, name):
    driver = Driver(conf, name)
    try:
        yield driver
    finally:
        driver.process.stdin.close()
        try:
            driver.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            driver.process.kill()
            driver.process.wait()
        rest = driver.process.stdout.read()
        driver.process.stdout.close()
    if driver.process.returncode != 0:          # a sanitizer's, or a signal
        raise AssertionError("the driver ended with %d\n%s" % (driver.process.returncode, rest[-3000:]))


def write(path, text, mode=0o600):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


class World:
    """A folder with an authority, files of secrets, and a token server that knows them."""

    def __init__(self, here, server, authority):
        self.here, self.server, self.authority = here, server, authority
        self.secret = write(self.path("secret"), SECRET + "\n")
        self.certificate, self.key = authority.certificate("client")
        self.public = self.path("client.pub")
        write(self.public, openssl("pkey", "-in", self.key, "-pubout").decode())
        server.clients["app"] = {"secret": SECRET}
        server.clients["certified"] = {"public_key": self.public, "x5t": thumbprint(self.certificate)}
        server.clients["public"] = {}

    def path(self, name):
        return os.path.join(self.here, name)

    def block(self, flow, **keys):
        keys = {"flow": flow, "token_url": self.server.url("/token"), "ca_file": self.authority.ca, **keys}
        if flow == "command":
            keys = {k: v for k, v in keys.items() if k not in ("token_url", "ca_file")}
        values = {k: json.dumps(v) for k, v in keys.items() if v is not None}
        conf = self.path("ruad.conf")
        write(conf, "oauth = ( { name = \"one\"; %s } );\n" % " ".join("%s = %s;" % kv for kv in values.items()))
        return conf

    def app(self, **keys):
        return self.block("client_credentials", **{"tenant": "univ.example", "client_id": "app",
                                                   "client_secret_file": self.secret, **keys})

    def certified(self, **keys):
        return self.app(client_id="certified", client_secret_file=None,
                        **{"certificate_file": self.certificate, "key_file": self.key, **keys})

    def by_person(self, flow, **keys):
        keys = {"tenant": "univ.example", "client_id": "public", "token_file": self.path("token"), **keys}
        if flow == "device_code":
            keys = {"device_url": self.server.url("/device"), **keys}
        return self.block(flow, **keys)


def said(tap, got, *words, name):
    tap.case(got.startswith("err ") and all(w in got for w in words) and len(got) < 520, name, got)


def once_of(conf, name, command):
    with driving(conf, name) as driver:
        return driver.ask(command)


def once(conf, command="token"):
    return once_of(conf, "one", command)


@contextlib.contextmanager
def misbehaving(server, mode):
    server.mode = mode
    try:
        yield
    finally:
        server.mode = None


def answering(status, body, kind="application/json"):
    return lambda handler: handler.send(status, body if isinstance(body, bytes) else json.dumps(body).encode(), kind)


def refusing(error, description="", status=400):
    return answering(status, {"error": error, "error_description": description})


# --- the flows ---

def check_cache(tap, world):
    server = world.server
    with driving(world.app(), "one") as driver:
        first = driver.ask("token")
        tap.case(first.split(" ")[-1] in server.tokens, "client credentials with a secret get a token", first)
        tap.equal((driver.ask("token"), len(server.asked)), (first, 1), "a token is kept for the next time")
        driver.ask("later 2800")
        tap.equal(driver.ask("token"), first, "and until 80 % of its time have passed")
        driver.ask("later 100")
        second = driver.ask("token")
        tap.case(second.startswith("ok ") and second != first, "then there is a new one, before the old one ends", second)
        third = driver.ask("anew")
        tap.case(third.startswith("ok ") and third != second, "one that was refused is not given again", third)
        driver.ask("later 3000")
        with misbehaving(server, answering(503, b"busy", "text/plain")):
            tap.equal(driver.ask("token"), third, "what is still valid does while the token server is away")
            driver.ask("later 700")
            said(tap, driver.ask("token"), "err system", "503", name="what has ended does not, and it may pass")
        with misbehaving(server, refusing("temporarily_unavailable")):
            said(tap, driver.ask("token"), "err system", name="a server that says it may pass is believed")
        write(world.secret, "another")
        said(tap, driver.ask("token"), "err use", "client secret is wrong", name="a secret replaced on disk is used at once")
        write(world.secret, SECRET)
        tap.case(driver.ask("token").startswith("ok "), "and so is the right one")


def check_certificate(tap, world):
    server, other = world.server, world.authority.certificate("other")
    got = once(world.certified())
    tap.case(got.split(" ")[-1] in server.tokens, "a certificate's key signs what openssl verifies (PS256, x5t#S256)", got)
    said(tap, once(world.certified(certificate_file=other[0])), "err use", "not that of the key",
         name="a certificate of another key is told")
    said(tap, once(world.certified(certificate_file=other[0], key_file=other[1])), "err use", "upload it",
         name="a certificate that is not the application's is told")
    expired = world.authority.certificate("expired", days=-1)
    said(tap, once(world.certified(certificate_file=expired[0], key_file=expired[1])), "err use", "expired on",
         name="a certificate that has expired is told")
    locked = world.path("locked.key")
    openssl("pkey", "-in", world.key, "-aes128", "-passout", "pass:x", "-out", locked)
    os.chmod(locked, 0o600)
    said(tap, once(world.certified(key_file=locked)), "err use", "encrypted", name="a key behind a password is told")
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", locked)
    said(tap, once(world.certified(key_file=locked)), "err use", "RSA", name="a key that cannot sign for this is told")
    said(tap, once(world.certified(key_file=world.secret)), "err use", "no private key", name="a file that is no key is told")


def check_refresh(tap, world):
    server, token = world.server, world.path("token")
    server.refresh[REFRESH] = server.user
    write(token, REFRESH + "\n")
    conf = world.by_person("refresh_token")
    tap.case(once(conf).startswith("ok "), "a refresh token gets a token")
    kept = read(token).rstrip("\n")
    tap.equal((kept in server.refresh, stat.S_IMODE(os.stat(token).st_mode), os.path.exists(token + ".new")),
              (True, 0o600, False), "a refresh token that the server changed is written down, for nobody else to read")
    with driving(conf, "one") as driver:
        os.mkdir(token + ".new")
        said(tap, driver.ask("token"), "cannot be written", name="a refresh token that cannot be written down is an error")
        said(tap, driver.ask("token"), "cannot be written", name="and stays one")
        os.rmdir(token + ".new")
        before = len(server.asked)
        got = driver.ask("token")
        tap.case(got.startswith("ok ") and len(server.asked) == before and read(token).strip() in server.refresh,
                 "until it can: nothing was lost", got)
    with driving(conf, "one") as driver:
        driver.ask("lock " + world.here)
        got = driver.ask("token")
        tap.case(got.startswith("ok ") and read(token).strip() in server.refresh, "all of it in the sandbox of its role", got)
    server.refresh.clear()
    said(tap, once(conf), "err use", "refresh token is no longer valid", "put it into token_file",
         name="one that was revoked is told")


def check_device(tap, world):
    server, token = world.server, world.path("signed-in")
    conf = world.by_person("device_code", token_file=token)
    said(tap, once(conf), "err use", "ruad check --sign-in one", name="that nobody signed in yet is told")
    server.devices["next"] = ["authorization_pending", "slow_down", "done"]
    with driving(conf, "one") as driver:
        tap.equal(driver.ask("sign-in"), "show https://login.univ.example/device ABCD-EFGH", "a person is shown where to sign in")
        tap.equal(driver.line(), "ok", "and waited for, less often where the server asks for that")
        tap.case(read(token).strip() in server.refresh and stat.S_IMODE(os.stat(token).st_mode) == 0o600,
                 "the refresh token is written down, for nobody else to read")
        tap.case(driver.ask("token").startswith("ok "), "and gets a token")
    server.refresh.clear()
    said(tap, once(conf), "err use", "ruad check --sign-in one", name="a sign-in that was revoked is told, and what to do")
    for step, words in (("access_denied", "declined"), ("expired_token", "in time")):
        server.devices["next"] = [step]
        with driving(conf, "one") as driver:
            driver.ask("sign-in")
            said(tap, driver.line(), "err use", words, name="signing in ends at once on " + step)
    with misbehaving(server, answering(200, {"device_code": "x", "user_code": "A\x1b]0;B", "verification_uri": "https://c"})):
        said(tap, once(conf, "sign-in"), "no code", name="a code that would steer a terminal is not shown")
    server.devices["next"] = ["done"]
    os.unlink(token)
    done = ruad("--config", conf, "--db", world.path("ruad.db"), "check", "--sign-in", "one")
    tap.equal((b"https://login.univ.example/device" in done.stdout, b"ABCD-EFGH" in done.stdout, read(token).strip() in
               server.refresh), (True, True, True), "ruad check --sign-in does all of it")
    Driver.said.append((done.stdout + done.stderr).decode())
    said(tap, once(world.app(), "sign-in"), "err use", "device_code", name="only a device code is signed in for")


def check_service_account(tap, world):
    server, scope = world.server, "https://mail.google.com/"
    pem = read(world.key)
    key = {"type": "service_account", "client_email": "ruad@reports.univ.example", "private_key_id": "k1", "private_key": pem}
    server.accounts[key["client_email"]] = {"public_key": world.public, "kid": "k1", "scope": scope,
                                            "subjects": ["reports@univ.example"]}
    path = write(world.path("account.json"), json.dumps(key))
    account = {"key_file": path, "subject": "reports@univ.example"}
    got = once(world.block("service_account", **account))
    tap.equal(server.tokens.get(got.split(" ")[-1], {}).get("user"), "reports@univ.example",
              "a service account's key signs what openssl verifies (RS256), for the mailbox")
    said(tap, once(world.block("service_account", **{**account, "subject": "x@univ.example"})), "err use", "subject",
         name="a mailbox that is not there is told")
    said(tap, once(world.block("service_account", **account, scope="https://other.example/")), "err use",
         "domain-wide delegation", name="that delegation is missing is told")
    write(path, json.dumps({**key, "private_key": read(world.authority.certificate("thief")[1])}))
    said(tap, once(world.block("service_account", **account)), "err use", "key was deleted", name="a wrong key is told")
    for text, what in (("{}", "empty"), ('{"private_key":1}', "of another kind"), ("[" * 3000, "deep"), ("\xff{", "no JSON")):
        write(path, text)
        said(tap, once(world.block("service_account", **account)), "err use", "no service account's key",
             name="a key file that is %s is told" % what)


def check_command(tap, world):
    def run(script):
        path = write(world.path("command"), "#!/bin/sh\n" + script, 0o700)
        return once(world.block("command", command=[path, "an argument"]))

    tap.equal(run("echo token-of-\"$#\"; echo more\n"), "ok token-of-1", "a command's first line is the token")
    said(tap, run("echo no such account >&2; exit 3\n"), "no such account", name="a command that fails is told, with its words")
    said(tap, run("true\n"), "err use", "not a token", name="a command that prints nothing is told")
    said(tap, run("printf 'two words\\n'\n"), "err use", "not a token", name="nor is a sentence taken for a token")
    said(tap, run("yes | head -c 100000\n"), "err ", name="a command that prints without end is refused")


# --- what a server may do ---

REFUSALS = (
    ("invalid_client", "AADSTS7000215: Invalid client secret provided.", "Value, not its Secret ID"),
    ("invalid_client", "AADSTS7000222: The provided client secret keys for app are expired.", "has expired: make a new one"),
    ("unauthorized_client", "AADSTS700016: Application with identifier was not found in the directory.", "no application"),
    ("invalid_request", "AADSTS90002: Tenant 'x' not found.", "no such tenant"),
    ("invalid_client", "AADSTS700024: Client assertion is not within its valid time range.", "clock"),
    ("invalid_grant", "AADSTS65001: The user or administrator has not consented.", "consent is missing"),
    ("invalid_client", "", "client_id or its secret"),
    ("unauthorized_client", "", "not allowed to ask in this way"),
    ("invalid_scope", "", "scope is not one"),
    ("new_kind_of_error", "something else", "no token is to be had"),
)


def check_refusals(tap, world):
    for error, description, advice in REFUSALS:
        with misbehaving(world.server, refusing(error, description)):
            said(tap, once(world.app()), "err use", advice, error, description[:13],
                 name="%s %s becomes what to do" % (error, description.split(":")[0]))
    with misbehaving(world.server, refusing("x\x1b[2J\ny", "\x1b]0;gotcha\x07 \u202e" + "long " * 1000)):
        got = once(world.app())
        said(tap, got, "\\x1b", name="a server's words cannot steer a terminal, nor fill it")
        tap.case("\x1b" not in got and "\u202e" not in got, "not one byte of them", got)


def check_answers(tap, world):
    good = {"access_token": "abc", "token_type": "Bearer", "expires_in": 3600}
    cases = (
        ("larger than the ceiling", answering(200, {**good, "more": "x" * 100000}), "more than"),
        ("in HTML", answering(200, b"<html>abc</html>", "text/html"), "not as one does"),
        ("empty", answering(200, b""), "not as one does"),
        ("with a name twice", answering(200, b'{"access_token":"a","access_token":"b"}'), "not as one does"),
        ("without a token", answering(200, {"token_type": "Bearer"}), "no token"),
        ("whose token is a number", answering(200, {**good, "access_token": 7}), "no token"),
        ("with a token for another scheme", answering(200, {**good, "token_type": "DPoP"}), "cannot be used"),
        ("with a token that would end a line", answering(200, {**good, "access_token": "a\r\nb"}), "cannot be used"),
        ("with a token that would end a SASL field", answering(200, {**good, "access_token": "a\x01b"}), "cannot be used"),
        ("with a token without end", answering(200, {**good, "access_token": "a" * 20000}), "cannot be used"),
        ("that leads elsewhere", answering(302, good), "no token"),
    )
    for name, mode, words in cases:
        with misbehaving(world.server, mode):
            said(tap, once(world.app()), "err system", words, name="an answer %s is refused" % name)
    for life in ("3600", 3600.5, -5, None, 10**15, "soon"):
        with misbehaving(world.server, answering(200, {**good, "expires_in": life})):
            tap.equal(once(world.app()), "ok abc", "an answer that gives it %s seconds is understood" % life)
    with driving(world.app(), "one") as driver, misbehaving(world.server, lambda handler: world.server.released.wait(60)):
        driver.send("stopping")
        driver.line()
        said(tap, driver.ask("token"), "err system", "stop", name="a server that does not answer is not waited for at a stop")


def check_certificates(tap, world):
    stranger = os.path.join(world.here, "stranger")
    os.mkdir(stranger)
    said(tap, once(world.app(ca_file=Authority(stranger, "another authority").ca)), "err system", "not to be trusted",
         "ruad test authority", name="a token server of an unknown authority is refused, and it is told which")
    said(tap, once(world.app(ca_file=None)), "not to be trusted", "system's list", name="so it is by the system's own list")
    said(tap, once(world.app(ca_file=world.path("nothing.pem"))), "err ", "ca_file", name="a ca_file that is not there is told")
    for name, how, words in (("wrong-name", {"names": ("DNS:other.example",)}, "does not match"),
                             ("too-old", {"days": -1}, "valid until")):
        with TokenServer(world.authority.context(name, **how)) as server:
            said(tap, once(world.app(token_url=server.url("/token"))), "not to be trusted", words,
                 name="a token server's certificate with %s is refused" % name)
            tap.equal(server.asked, [], "and it was told nothing")
    with TokenServer(world.authority.context("plain")) as server:
        gone = server.url("/token")
    said(tap, once(world.app(token_url=gone)), "err system", "127.0.0.1", name="a token server that is not there is told")


def check_secret_files(tap, world):
    for mode in (0o644, 0o604, 0o660):
        os.chmod(world.secret, mode)
        said(tap, once(world.app()), "err use", "chmod 600", name="a secret of mode %o is not used" % mode)
    os.chmod(world.secret, 0o600)
    said(tap, once(world.app(client_secret_file=world.here)), "is not a file", name="a folder is no secret")
    said(tap, once(world.app(client_secret_file=write(world.path("long"), "x" * 70000))), "larger", name="nor a large file")
    said(tap, once(world.app(client_secret_file=write(world.path("none"), "\n"))), "no text", name="nor an empty line")
    said(tap, once(world.app(client_secret_file=world.path("missing"))), "err use", "must hold the secret",
         name="a secret that is missing is told")


# --- what a mail server may do ---

def advice(conf, server, claims, answer):
    server.claims = claims
    try:
        with driving(conf, "one") as driver:
            driver.ask("token")
            return driver.ask("advice " + answer)
    finally:
        server.claims = None


def check_advice(tap, world):
    server, app = world.server, world.app()
    refusal = "AUTHENTICATE failed."
    cases = (
        ("no service principal", EXCHANGE, refusal, "New-ServicePrincipal"),
        ("no role", {**EXCHANGE, "roles": []}, refusal, "no role IMAP.AccessAsApp"),
        ("another role only", {**EXCHANGE, "roles": ["POP.AccessAsApp"]}, refusal, "no role IMAP.AccessAsApp"),
        ("a token for Graph", {**EXCHANGE, "aud": "https://graph.microsoft.com"}, refusal, "not for Exchange Online"),
        ("no mailbox permission", EXCHANGE, "User is authenticated but not connected.", "Add-MailboxPermission"),
        ("IMAP disabled", EXCHANGE, "IMAP is disabled for this mailbox", "Set-CASMailbox"),
        ("a token that cannot be read", None, refusal, "New-ServicePrincipal"),
    )
    for name, claims, answer, words in cases:
        got = advice(app, server, claims, answer)
        tap.case(words in got, "Exchange Online: %s is named" % name, got)
    tap.equal(advice(app, server, EXCHANGE, "Server busy"), "ok", "nothing is made up for an answer that is not known")
    server.refresh[REFRESH] = server.user
    write(world.path("token"), REFRESH)
    person = world.by_person("refresh_token")
    got = advice(person, server, {"aud": "https://outlook.office.com", "scp": "Mail.Read"}, refusal)
    tap.case("IMAP.AccessAsUser.All" in got, "Exchange Online: a missing delegated permission is named", got)
    google = world.block("service_account", key_file=world.secret, subject="a@univ.example")
    for answer, words in (("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", "same address"),
                          ("[ALERT] Your account is not enabled for IMAP use.", "switched off"),
                          ('{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}', "scope must be")):
        got = advice(google, server, None, answer)
        tap.case(words in got, "Gmail: %s is explained" % answer[:30], got)
    with misbehaving(server, answering(200, {"access_token": "a.%s.c" % ("A" * 2001), "token_type": "Bearer"})):
        got = advice(world.app(), server, None, refusal)
    tap.case("New-ServicePrincipal" in got, "a token that only looks like a JWT does no harm", got)


# --- mail ---

class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as is needed to be sent a mail, over STARTTLS or not."""

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        server = self.server
        if server.implicit:
            self.begin_tls()
        self.say("220 mail.univ.example")
        with contextlib.suppress(OSError):
            while True:                         # self.rfile is another one after STARTTLS
                line = self.rfile.readline().decode()
                server.lines.append(line.rstrip("\r\n"))
                if not line or not self.obey(line.strip()):
                    return

    def begin_tls(self):
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def obey(self, line):
        verb = line.split(" ")[0].upper()
        if verb == "EHLO":
            self.say("250-mail.univ.example\r\n250-AUTH PLAIN\r\n250 " + ("STARTTLS" if self.server.offer else "HELP"))
        elif verb == "STARTTLS":
            self.say("220 go on")
            self.begin_tls()
        elif verb == "RCPT" and "nobody@" in line:
            self.say("550-5.1.1 nobody\x1b[2J here\r\n550 5.1.1 see elsewhere")
        elif verb == "AUTH" and line.endswith("PLAIN"):
            self.say("334 ")
            self.obey("AUTH PLAIN " + self.rfile.readline().decode().strip())
        elif verb == "AUTH":
            good = base64.b64decode(line.split(" ")[-1]) == b"\0me\0right"
            self.say("235 yes" if good else "535 5.7.8 no")
        elif verb == "DATA":
            self.say("354 go on")
            self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            self.say("250 taken")
        else:
            self.say("250 fine" if verb != "QUIT" else "221 bye")
        return verb != "QUIT"


@contextlib.contextmanager
def mail_server(context, offer=True, implicit=False):
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *_):
            """Who does not trust the certificate goes away."""

    server = Server(("127.0.0.1", 0), Mail)
    server.context, server.offer, server.implicit, server.lines, server.mails = context, offer, implicit, [], []
    with running(server):
        yield server


def check_mail(tap, world, context):
    ca = world.authority.ca

    def send(server, how="starttls", scheme="smtp", host="127.0.0.1", who="- -", to="a@univ.example b@univ.example", trust=ca):
        with driving(world.app(), "one") as driver:
            return driver.ask("mail %s://%s:%d %s %s %s %s" % (scheme, host, server.server_address[1], trust, how, who, to))

    with mail_server(context) as server:
        tap.equal(send(server), "ok", "a mail goes out over STARTTLS")
        tap.equal(server.mails, [b"Subject: a test\r\n\r\n..\r\n..a dot begins this line\r\n"], "with every line of it")
        tap.equal([line for line in server.lines if "STARTTLS" in line or "TO:" in line],
                  ["STARTTLS", "RCPT TO:<a@univ.example>", "RCPT TO:<b@univ.example>"], "to all of its recipients")
        said(tap, send(server, to="nobody@univ.example"), "refuses the mail: 550-5.1.1 nobody\\x1b[2J here",
             name="a recipient that is refused is told, in the server's words")
        said(tap, send(server, trust="-"), "not to be trusted", name="mail: an unknown authority is refused")
        tap.equal(send(server, who="me right"), "ok", "a mail server is signed in to")
        said(tap, send(server, who="me wrong"), "user name or the password: 535", name="a wrong password is told")
    with mail_server(context, offer=False) as server:
        said(tap, send(server), "STARTTLS", name="mail: a server without STARTTLS is refused where it is required")
        tap.equal(server.mails, [], "and given nothing")
        tap.equal(send(server, how="-", host="localhost"), "ok", "a server on this machine may do without")
    with mail_server(context, implicit=True) as server:
        tap.equal(send(server, scheme="smtps", how="-"), "ok", "a mail goes out over TLS from the start")
    with driving(world.app(), "one") as driver:
        said(tap, driver.ask("mail smtp://mail.univ.example:25 - - - - a@univ.example"), "err use", "only to this machine",
             name="mail: nothing goes unencrypted to another machine")
        said(tap, driver.ask("post http://token.univ.example/ -"), "err use", "only to this machine",
             name="nothing is posted unencrypted to another machine")
        said(tap, driver.ask("post https://me:pw@127.0.0.1/ -"), "err use", "no user", name="nor is a password in an address taken")
        said(tap, driver.ask("post file:///etc/passwd -"), "err use", name="nor a file's")


def check_documents(tap, world):
    for page, name, blocks in (("exchange-online.md", "exchange", 2), ("gmail.md", "gmail", 2)):
        found = re.findall(r"```\n(oauth = \(.*?)```", read(os.path.join(ROOT, "doc", page)), re.S)
        tap.equal([once_of(write(world.path("page.conf"), text), name, "later 0") for text in found], ["ok"] * blocks,
                  "what %s has for ruad.conf is understood" % page)


def check_environment(tap, world):
    os.environ["https_proxy"] = os.environ["ALL_PROXY"] = "http://127.0.0.1:1"
    os.environ["HOME"] = world.here
    write(world.path(".netrc"), "machine 127.0.0.1 login a password netrc-password\n")
    try:
        tap.case(once(world.app()).startswith("ok "), "no proxy of the environment is asked")
    finally:
        del os.environ["https_proxy"], os.environ["ALL_PROXY"]


def main():
    tap = Tap()
    with folder() as here:
        authority = Authority(here)
        context = authority.context()
        for check in (check_cache, check_certificate, check_refresh, check_device, check_service_account, check_command,
                      check_refusals, check_answers, check_certificates, check_secret_files, check_advice, check_environment,
                      check_documents):
            with tap.guard(check.__name__), TokenServer(context) as server:
                check(tap, World(here, server, authority))
        with tap.guard("check_mail"), TokenServer(context) as server:
            check_mail(tap, World(here, server, authority), context)
        everything = "\n".join(Driver.said)
        keys = read(os.path.join(here, "client.key")).splitlines()[1:-1]
        tap.equal([s for s in (SECRET, REFRESH, "refresh-", "netrc-password", *keys) if s in everything], [],
                  "no secret is in anything that was said")
    tap.end()


if __name__ == "__main__":
    main()
