"""dovecot: a mail server of the tests' own: Dovecot on free loopback ports, with its own folder, configuration, users and mails,
as root or as anybody. It takes passwords, and tokens that a token server vouches for (tests/oauth/token_server.py).

    with Dovecot(top, {"reports": "password"}, (cert, key)) as server:
        server.deliver("reports", [mail, mail])
        ... server.tls_port, server.count("reports", "Archive"), server.kill(), server.start() ...

Neighbours: hostile_imap.py is the server that does everything wrong; check.py uses both.
"""
import contextlib
import grp
import os
import pwd
import signal
import socket
import subprocess
import time

from harness import free_port, wait_until

DEADLINE_S = 60


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
ssl_key = <{key}
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
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
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
    """`users` are names with passwords, `certificate` the files of one and its key. start() and stop() or kill() as often as
    wanted; the mails stay, and so do the ports."""

    def __init__(self, top, users, certificate, introspection_url=None):
        self.top = top
        self.port, self.tls_port = free_port(), free_port()
        self.process = None
        me = pwd.getpwuid(os.getuid())
        root = me.pw_uid == 0
        mail_user = pwd.getpwnam("nobody") if root else me
        self.uid, self.gid = mail_user.pw_uid, mail_user.pw_gid
        for path in (top, os.path.join(top, "mail"), os.path.join(top, "home")):
            os.makedirs(path, exist_ok=True)
            os.chmod(path, 0o755)
            os.chown(path, self.uid, self.gid)
        with open(os.path.join(top, "users"), "w", encoding="utf-8") as f:
            f.writelines("%s:{PLAIN}%s\n" % item for item in users.items())
        with open(os.path.join(top, "oauth2"), "w", encoding="ascii") as f:
            f.write(OAUTH2.format(introspection=introspection_url or "http://127.0.0.1:9/"))
        group = grp.getgrgid(me.pw_gid).gr_name
        self.values = dict(top=top, uid=self.uid, gid=self.gid, port=self.port, tls_port=self.tls_port,
                           mechanisms="plain login xoauth2 oauthbearer", capability="",
                           internal="dovecot" if root else me.pw_name, login="dovenull" if root else me.pw_name,
                           internal_group="dovecot" if root else group)
        self.set(certificate=certificate)

    def set(self, **values):
        """Holds from the next start on: certificate, capability (empty: Dovecot's own), mechanisms."""
        if "certificate" in values:
            self.values["certificate"], self.values["key"] = values.pop("certificate")
        self.values.update(values)
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

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

    def deliver(self, user, mails, name="INBOX", arrived_s=None):
        """Puts mails (bytes) into a folder, as a delivery agent does, or did at that time. The names rise, and so do the
        UIDs."""
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
            if arrived_s is not None:
                os.utime(temporary, (arrived_s, arrived_s))
            os.rename(temporary, os.path.join(top, "new", unique))

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
