#!/usr/bin/env python3
"""No secret of the configuration is ever told: not in the log, on a page, by `ruad check`, in the arguments or the environment of
a process, or in the database. Every kind of secret is used against peers that take it and peers that refuse it, each of which
says aloud what it was given, as a careless or hostile one would; and each must have reached its peer, so that the silence means
something."""
import base64
import contextlib
import http.server
import json
import os
import re
import socketserver
import sys
import threading
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "oauth"))
import samples  # noqa: E402
from authority import Authority, openssl  # noqa: E402
from harness import Tap, descendants, fetch, folder, read_proc, ruad, serving, wait_until  # noqa: E402

VERBS = ("parse", "import", "summary", "records", "digest", "reparse", "rebuild", "verify", "prune", "backup", "check", "serve",
         "demo", "user")


def forms(secret):
    """How it may be written: as it is, in a URL, in JSON, and in base64 behind none, one or two other bytes."""
    data = secret.encode()
    yield data
    yield urllib.parse.quote(secret, safe="").encode()
    yield json.dumps(secret)[1:-1].encode()
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + data).rstrip(b"=")
        yield coded[-(-before * 8 // 6):-1]
        yield coded[-(-before * 8 // 6):-1].replace(b"+", b"-").replace(b"/", b"_")


def found(secrets, data):
    """The names of the secrets that stand in `data`, in whatever form."""
    return sorted(name for name, secret in secrets.items() if any(form in data for form in forms(secret)))


# --- peers that talk ---

class Peer:
    """Remembers all that it heard."""

    def __init__(self):
        self.heard = b""

    def hear(self, data):
        self.heard += data + b"\n"
        return data.decode("latin-1")


class Tcp(socketserver.ThreadingTCPServer, Peer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, handler, accepts):
        Peer.__init__(self)
        super().__init__(("127.0.0.1", 0), handler)
        self.accepts = accepts

    def handle_error(self, request, client_address):
        """A client that goes away is none."""


class Imap(socketserver.StreamRequestHandler):
    def answer(self, text):
        self.wfile.write((text + "\r\n").encode("latin-1"))

    def handle(self):
        said = ""
        self.answer("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER] ready")
        for line in self.rfile:
            tag, _, rest = self.server.hear(line.rstrip(b"\r\n")).partition(" ")
            verb = rest.split(" ")[0].upper()
            if verb == "CAPABILITY":
                self.answer("* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER\r\n%s OK done" % tag)
            elif verb in ("LOGIN", "AUTHENTICATE"):
                said = rest + " " + self.plain(rest)
                self.answer("%s OK welcome" % tag if self.server.accepts else
                            "%s NO [AUTHENTICATIONFAILED] this will not do: %s" % (tag, said))
            else:
                self.answer("%s NO you came as %s" % (tag, said))

    @staticmethod
    def plain(text):
        try:
            return re.sub(r"[^ -~]", " ", base64.b64decode(text.split(" ")[-1], validate=True).decode("latin-1"))
        except ValueError:
            return ""


class Smtp(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 mail.univ.example ready\r\n")
        for line in self.rfile:
            said = self.server.hear(line.rstrip(b"\r\n"))
            verb = said.split(" ")[0].upper()
            if verb in ("EHLO", "HELO"):
                self.wfile.write(b"250-mail.univ.example\r\n250 AUTH PLAIN\r\n")
            elif verb == "AUTH":
                self.wfile.write(b"334 \r\n")
                said = self.server.hear(self.rfile.readline().rstrip(b"\r\n"))
                self.wfile.write(("535 5.7.8 this will not do: %s %s\r\n" % (said, Imap.plain(said))).encode("latin-1"))
            elif verb == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(("530 5.7.0 not without AUTH: %s\r\n" % said).encode("latin-1"))


class Web(http.server.ThreadingHTTPServer, Peer):
    daemon_threads = True

    def __init__(self, gives):
        Peer.__init__(self)
        super().__init__(("127.0.0.1", 0), WebHandler)
        self.gives = gives                      # by the last word of the path: what is answered

    def handle_error(self, request, client_address):
        """A client that goes away is none."""


class WebHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        said = self.server.hear(self.requestline.encode() + b"\n" + bytes(self.headers) + body)
        gives = self.server.gives.get(self.path.split("?")[0].rsplit("/", 1)[-1])
        answer = json.dumps(gives or {"error": "invalid_client", "error_description": "this will not do: " + body.decode("latin-1") + " " +
                           urllib.parse.unquote(body.decode("latin-1")) + " " + said}).encode()
        self.send_response(200 if gives else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


# --- the configuration: every kind of secret, for peers that take it and peers that refuse it ---

def middle(key):
    """A line of a PEM file that no other has."""
    with open(key, encoding="ascii") as f:
        return f.read().splitlines()[5]


class World:
    def __init__(self, top, stack):
        self.top = top
        self.secrets = {name: "geheim-%s-%s" % (name, base64.b32encode(os.urandom(10)).decode()) for name in (
            "password-refused", "password-taken", "client-secret-refused", "client-secret-taken", "refresh-refused", "refresh-old",
            "refresh-new", "token", "command-token", "device", "device-refresh", "smtp", "webhook", "webhook-address")}
        give = {"token_type": "Bearer", "expires_in": 3600, "access_token": self.secrets["token"]}
        self.web = Web({"take": give, "rotate": {**give, "refresh_token": self.secrets["refresh-new"]},
                        "device": {"device_code": self.secrets["device"], "user_code": "ABCD-EFGH", "expires_in": 60,
                                   "verification_uri": "https://login.univ.example/device", "interval": 1},
                        "done": {**give, "refresh_token": self.secrets["device-refresh"]}})
        self.taking, self.refusing, self.smtp = Tcp(Imap, True), Tcp(Imap, False), Tcp(Smtp, False)
        for peer in (self.web, self.taking, self.refusing, self.smtp):
            thread = threading.Thread(target=peer.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            stack.callback(lambda p=peer, t=thread: (p.shutdown(), t.join(), p.server_close()))
        self.certificate, self.key = Authority(top).certificate("app")
        self.account = self.service_account()
        self.secrets["key"] = middle(self.key)
        self.oauth, self.mail = [], []

    def service_account(self):
        """Google's key file."""
        key = os.path.join(self.top, "account.key")
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
        with open(key, encoding="ascii") as f:
            pem = f.read()
        self.secrets["account-key"] = middle(key)
        return self.file("account.json", json.dumps({
            "type": "service_account", "client_email": "ruad@project.example", "private_key_id": "1", "private_key": pem,
            "token_uri": "http://127.0.0.1:%d/take" % self.web.server_address[1]}))

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.top, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def secret(self, name):
        return self.file(name, self.secrets[name] + "\n")

    def mailbox(self, name, peer, how):
        self.mail.append('{ name = "%s"; type = "imap"; host = "127.0.0.1"; port = %d; tls = "none"; user = "reports"; %s; }'
                         % (name, peer.server_address[1], how))

    def token(self, name, path, what, peer=None):
        """A block of oauth and a mailbox that signs in with it."""
        self.oauth.append('{ name = "%s"; token_url = "http://127.0.0.1:%d/%s"; client_id = "app"; scope = "mail"; %s; }'
                          % (name, self.web.server_address[1], path, what))
        if peer is not None:
            self.mailbox(name, peer, 'oauth = "%s"' % name)

    def config(self):
        self.mailbox("refused", self.refusing, 'password_file = "%s"' % self.secret("password-refused"))
        self.mailbox("taken", self.taking, 'password_file = "%s"' % self.secret("password-taken"))
        client = 'flow = "client_credentials"; '
        self.token("client-refused", "refuse", client + 'client_secret_file = "%s"' % self.secret("client-secret-refused"),
                   self.refusing)
        self.token("client-taken", "take", client + 'client_secret_file = "%s"' % self.secret("client-secret-taken"), self.refusing)
        self.token("certificate", "refuse", client + 'certificate_file = "%s"; key_file = "%s"' % (self.certificate, self.key),
                   self.taking)
        refresh = 'flow = "refresh_token"; token_file = "%s"'
        self.token("refresh-refused", "refuse", refresh % self.secret("refresh-refused"), self.refusing)
        self.token("refresh-taken", "rotate", refresh % self.secret("refresh-old"), self.taking)
        self.oauth.append('{ name = "account"; flow = "service_account"; key_file = "%s"; subject = "dmarc@univ.example"; '
                          'token_url = "http://127.0.0.1:%d/take"; }' % (self.account, self.web.server_address[1]))
        self.mailbox("account", self.refusing, 'oauth = "account"')
        program = self.file("token.sh", "#!/bin/sh\necho %s\necho %s not today >&2\n" % (
            self.secrets["command-token"], self.secrets["command-token"]), 0o755)
        self.oauth.append('{ name = "command"; flow = "command"; command = [ "%s" ]; }' % program)
        self.mailbox("command", self.refusing, 'oauth = "command"')
        self.token("person", "done", 'flow = "device_code"; device_url = "http://127.0.0.1:%d/device"; token_file = "%s"' % (
            self.web.server_address[1], os.path.join(self.top, "person")))
        drop = os.path.join(self.top, "drop")
        os.mkdir(drop)
        samples.write(drop, "note.txt", "no report\n")
        self.mail.append('{ name = "drop"; type = "folder"; path = "%s"; }' % drop)
        alerts = ('alerts = { unreadable_mails = 1; mail = { url = "smtp://127.0.0.1:%d"; starttls = false; from = "ruad@univ.example"; '
                  'to = [ "postmaster@univ.example" ]; user = "ruad"; password_file = "%s"; }; webhook = { '
                  'url = "http://127.0.0.1:%d/%s/refuse"; secret_file = "%s"; }; };\n' % (
                      self.smtp.server_address[1], self.secret("smtp"), self.web.server_address[1], self.secrets["webhook-address"],
                      self.secret("webhook")))
        return "dns = { lookups = false; };\n%soauth = ( %s );\nmail = ( %s );\n" % (
            alerts, ",\n".join(self.oauth), ",\n".join(self.mail))

    def used(self):
        """The secrets that have reached a peer."""
        heard = b"\n".join(peer.heard for peer in (self.web, self.taking, self.refusing, self.smtp))
        return found(self.secrets, heard)


def check_search(tap, secrets):
    """The search must be able to find each secret, however it is written."""
    bad = []
    for name, secret in secrets.items():
        for text in (secret, urllib.parse.quote(secret, safe=""), *(base64.b64encode(b"x" * n + secret.encode() + b"yz").decode()
                                                                    for n in range(4)),
                     base64.urlsafe_b64encode(("user=reports\1auth=Bearer %s\1\1" % secret).encode()).decode()):
            if name not in found(secrets, b"ruad: it said: " + text.encode() + b"\n"):
                bad.append((name, text))
    tap.case(not bad, "the search finds every secret in every form", bad)
    tap.case(not found(secrets, b"ruad: mail reports: refused"), "and none where there is none")


class Ears:
    """All arguments and environments of all processes, as long as it listens."""

    def __init__(self, pid):
        self.pid, self.told, self.stopping = pid, set(), threading.Event()
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def listen(self):
        while not self.stopping.wait(0.01):
            for pid in [self.pid] + descendants(self.pid):
                self.told |= {read_proc("/proc/%d/%s" % (pid, what)) for what in ("cmdline", "environ", "comm")}

    def stop(self):
        self.stopping.set()
        self.thread.join()
        return self.told


def check_silence(tap, secrets, where, data):
    names = found(secrets, data)
    lines = [line for line in data.split(b"\n") if names and found(secrets, line)]
    tap.case(not names, "%s: no secret" % where, "\n".join(names + [line.decode(errors="replace") for line in lines[:5]]))


def check_serve(tap, world, db, config):
    """Until every secret was used, and what the peers said of it had time to be told: a state other than starting."""
    must = sorted(set(world.secrets) - {"key", "account-key", "device", "device-refresh", "refresh-new"})
    with serving(db, "--config", world.file("serve.conf", config)) as url:
        ears = Ears(url.pid)

        def settled():
            parts = json.loads(fetch(url + "/health?format=json", {"Accept": "*/*"})[2])["parts"]
            down = [p["part"] for p in parts if p["state"] in ("waiting", "failed")]
            return (not set(must) - set(world.used()) and "notices" in down and
                    len([name for name in down if name.startswith("mailbox ")]) >= len(world.mail) - 1)
        with tap.guard("every secret is used"):
            wait_until("every secret is used, and every peer's word is told", settled)
        tap.equal(sorted(set(must) - set(world.used())), [], "every secret has reached its peer")
        for path in ("/health?format=text", "/health?format=json", "/health?format=html", "/metrics", "/", "/records"):
            check_silence(tap, world.secrets, path, fetch(url + path)[2])
        with open(os.path.join(world.top, "check.conf"), "w", encoding="utf-8") as f:
            f.write(config + 'web = { listen = "%s"; };\n' % url.split("//")[1])
        for form in ("text", "json"):
            done = ruad("--config", f.name, "--db", db, "check", "--format", form, ok=(1,))
            check_silence(tap, world.secrets, "ruad check --format %s" % form, done.stdout + done.stderr)
        tap.case(done.stdout.count(b'"failed"') >= len(world.mail), "ruad check tried them all", done.stdout)
        told = ears.stop()
        tap.case({b"ruad: store\n", b"ruad: web\n", b"ruad: fetch\n", b"ruad: tell\n"} <= told
                 and any(b"--role=parse" in said for said in told), "every kind of process was looked at", told)
        check_silence(tap, world.secrets, "arguments and environment of every process", b"\n".join(told))
    check_silence(tap, world.secrets, "the log", b"".join(url.said))
    tap.case(b"refuse" in b"".join(url.said).lower() or b"will not do" in b"".join(url.said), "which tells of refusals",
             b"".join(url.said).decode(errors="replace"))
    for name in sorted(os.listdir(world.top)):
        if name.startswith(os.path.basename(db)):
            check_silence(tap, world.secrets, name, read_proc(os.path.join(world.top, name)))


def check_sign_in(tap, world, db, config):
    path = world.file("sign-in.conf", config)
    done = ruad("--config", path, "--db", db, "check", "--sign-in", "person", ok=(0,))
    tap.case(b"ABCD-EFGH" in done.stdout and b"https://login.univ.example/device" in done.stdout,
             "ruad check --sign-in says where to go", done)
    check_silence(tap, world.secrets, "ruad check --sign-in", done.stdout + done.stderr)
    kept = os.path.join(world.top, "person")
    tap.case(found(world.secrets, read_proc(kept)) == ["device-refresh"] and os.stat(kept).st_mode & 0o077 == 0,
             "and keeps the token for its user alone")


def main():
    tap = Tap()
    with folder() as top, contextlib.ExitStack() as stack:
        world = World(top, stack)
        config, db = world.config(), os.path.join(top, "a.db")
        check_search(tap, world.secrets)
        for check in (lambda: check_serve(tap, world, db, config), lambda: check_sign_in(tap, world, db, config)):
            with tap.guard("secrets"):
                check()
        with tap.guard("help"):
            said = b"".join(ruad("--config", world.file("help.conf", config), verb, "--help").stdout for verb in VERBS)
            check_silence(tap, world.secrets, "--help of every verb", said)
    tap.end()


if __name__ == "__main__":
    main()
