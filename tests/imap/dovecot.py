"""dovecot: a mail server of the tests' own: Dovecot on free loopback ports, with its own folder, configuration, certificates,
users and mails, as root or as anybody. Passwords and tokens: a token is good while the token server (Introspection) says so.

Neighbours: hostile_imap.py is the server that does everything wrong; check.py uses both.
"""
import contextlib
import http.server
import json
import os
import pwd
import signal
import socket
import subprocess
import threading
import time
import urllib.parse

DEADLINE_S = 60


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(what, condition, deadline_s=DEADLINE_S):
    """Asks until it is so; raises where it never is."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("waited in vain: " + what)
        time.sleep(0.02)


# --- certificates ---

def openssl(*args):
    subprocess.run(("openssl",) + args, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)


class Certificates:
    """A CA (`ca`) and what it signed: `good` for localhost and 127.0.0.1, `expired`, `wrong_host`; `unknown_ca` is another's
    of the same names. Each is a path of a PEM file; its key is that path with ".key"."""

    def __init__(self, top):
        self.top = top
        self.ca = self.authority("ca")
        self.other_ca = self.authority("other-ca")
        here = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        self.good = self.signed("good", self.ca, here)
        self.unknown_ca = self.signed("unknown", self.other_ca, here)
        self.wrong_host = self.signed("wrong", self.ca, "subjectAltName=DNS:elsewhere.example")
        self.expired = self.signed("expired", self.ca, here, days=-1)

    def key(self, path):
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path + ".key")

    def authority(self, name):
        path = os.path.join(self.top, name + ".pem")
        self.key(path)
        openssl("req", "-x509", "-new", "-key", path + ".key", "-days", "3650", "-subj", "/CN=Test " + name, "-out", path,
                "-addext", "keyUsage=critical,keyCertSign")
        return path

    def signed(self, name, ca, extension, days=365):
        path = os.path.join(self.top, name + ".pem")
        self.key(path)
        openssl("req", "-new", "-key", path + ".key", "-subj", "/CN=" + name, "-out", path + ".csr")
        with open(path + ".ext", "w", encoding="ascii") as f:
            f.write(extension + "\n")
        openssl("x509", "-req", "-in", path + ".csr", "-CA", ca, "-CAkey", ca + ".key", "-days", str(days), "-extfile",
                path + ".ext", "-out", path)
        return path


# --- tokens ---

class Introspection:
    """What Dovecot asks of a token (RFC 7662): `tokens` holds the good ones, each with its user."""

    def __init__(self):
        self.tokens = {}
        self.asked = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                said = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                token = (urllib.parse.parse_qs(said).get("token") or [""])[0]
                outer.asked += 1
                user = outer.tokens.get(token)
                body = json.dumps({"active": True, "username": user, "email": user, "scope": "mail"}
                                  if user else {"active": False}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/introspect" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


# --- the server ---

CONFIG = """
base_dir = {top}/run
state_dir = {top}/state
log_path = {top}/log
auth_verbose = yes
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}.key
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = yes
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
mail_location = maildir:{top}/mail/%u
mail_fsync = never
first_valid_uid = 1
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
imap_capability = {capability}
imap_idle_notify_interval = 1 min
mailbox_list_index = no
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  process_min_avail = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {top}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {top}/oauth2
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={top}/home/%u
}}
namespace inbox {{
  inbox = yes
}}
"""

OAUTH2 = """
introspection_mode = post
introspection_url = {introspection}
username_attribute = username
active_attribute = active
active_value = true
timeout_msecs = 5000
"""


class Dovecot:
    """`users` are names with passwords. start() and stop() or kill() as often as wanted; the mails stay."""

    def __init__(self, top, users, certificate, introspection=None, capability="", mechanisms="plain login"):
        self.top = top
        self.port, self.tls_port = free_port(), free_port()
        self.process = None
        me = pwd.getpwuid(os.getuid())
        root = me.pw_uid == 0
        mail_user = pwd.getpwnam("nobody") if root else me
        self.uid, self.gid = mail_user.pw_uid, mail_user.pw_gid
        os.makedirs(os.path.join(top, "mail"), exist_ok=True)
        os.makedirs(os.path.join(top, "home"), exist_ok=True)
        for path in (top, os.path.join(top, "mail"), os.path.join(top, "home")):
            os.chmod(path, 0o755)
            os.chown(path, self.uid, self.gid)
        with open(os.path.join(top, "users"), "w", encoding="utf-8") as f:
            f.writelines("%s:{PLAIN}%s\n" % item for item in users.items())
        with open(os.path.join(top, "oauth2"), "w", encoding="ascii") as f:
            f.write(OAUTH2.format(introspection=introspection.url if introspection else "http://127.0.0.1:9/"))
        self.values = dict(
            top=top, uid=self.uid, gid=self.gid, port=self.port, tls_port=self.tls_port, certificate=certificate,
            capability=capability, mechanisms=mechanisms + (" xoauth2 oauthbearer" if introspection else ""),
            internal="dovecot" if root else me.pw_name, login="dovenull" if root else me.pw_name,
            internal_group="dovecot" if root else self.group(me))

    @staticmethod
    def group(user):
        import grp
        return grp.getgrgid(user.pw_gid).gr_name

    def set(self, **values):
        """Holds from the next start on: certificate, capability (empty: Dovecot's own), mechanisms."""
        self.values.update(values)
        return self

    def start(self):
        conf = os.path.join(self.top, "dovecot.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(CONFIG.format(**self.values))
        self.process = subprocess.Popen(["dovecot", "-F", "-c", conf], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        wait_until("dovecot answers", self.answers)
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError("dovecot ended: %s\n%s" % (self.process.stderr.read().decode(), self.log()))
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as s:
                return s.recv(100).startswith(b"* OK")
        except OSError:
            return False

    def log(self):
        try:
            with open(os.path.join(self.top, "log"), encoding="utf-8", errors="replace") as f:
                return f.read()[-3000:]
        except OSError:
            return ""

    def end(self, how):
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, how)
            self.process.wait(timeout=DEADLINE_S)
            self.process.stderr.close()
            self.process = None

    def stop(self):
        self.end(signal.SIGTERM)

    def kill(self):
        """As if the power failed: master, logins and sessions at once."""
        self.end(signal.SIGKILL)

    # --- mails ---

    def maildir(self, user, name="INBOX"):
        return os.path.join(self.top, "mail", user, *([] if name == "INBOX" else ["." + name]))

    def deliver(self, user, mails, name="INBOX", flags=None):
        """Puts mails (bytes) into a folder, as a delivery agent does. The names rise, and so do the UIDs."""
        top = self.maildir(user, name)
        for part in ("", "tmp", "new", "cur"):
            path = os.path.join(top, part)
            if not os.path.isdir(path):
                os.makedirs(path)
                os.chown(path, self.uid, self.gid)
        if name == "INBOX":
            os.chown(os.path.dirname(top), self.uid, self.gid)
        for i, mail in enumerate(mails):
            unique = "%d.M%dP%d.test" % (int(time.time()), time.time_ns() % 10**9 + i, os.getpid())
            temporary = os.path.join(top, "tmp", unique)
            with open(temporary, "wb") as f:
                f.write(mail)
            os.chown(temporary, self.uid, self.gid)
            os.rename(temporary, os.path.join(top, "new", unique) if flags is None
                      else os.path.join(top, "cur", unique + ":2," + flags))

    def names(self, user, name="INBOX"):
        """The files of a folder, without their path."""
        found = []
        for part in ("new", "cur"):
            with contextlib.suppress(FileNotFoundError):
                found += os.listdir(os.path.join(self.maildir(user, name), part))
        return found

    def count(self, user, name="INBOX"):
        return len(self.names(user, name))

    def flagged(self, user, flag, name="INBOX"):
        return sum(1 for n in self.names(user, name) if flag in n.partition(":2,")[2])

    def renumber(self, user, name="INBOX"):
        """Another UIDVALIDITY: as a mailbox that was restored from a backup."""
        path = os.path.join(self.maildir(user, name), "dovecot-uidlist")
        with open(path, encoding="utf-8") as f:
            head, _, rest = f.read().partition("\n")
        fields = ["V%d" % (int(w[1:]) + 1000) if w[0] == "V" else w for w in head.split(" ")]
        with open(path, "w", encoding="utf-8") as f:
            f.write(" ".join(fields) + "\n" + rest)
        for index in os.listdir(self.maildir(user, name)):
            if index.startswith("dovecot.index"):
                os.unlink(os.path.join(self.maildir(user, name), index))
