"""hostile_imap: a mail server that does one thing wrong at a time. Server is a plain, correct IMAP4rev1 server of one folder;
what stands in `on` is done instead for a command, and everything else about it can be set.

Neighbours: dovecot.py is the real one; check.py uses both.
"""
import contextlib
import re
import socket
import ssl
import threading

LOGIN = "IMAP4rev1 SASL-IR AUTH=PLAIN"


class Session:
    """One connection. A handler is given the session, the tag and what stands behind the command; it says what it likes."""

    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        self.file = sock.makefile("rb")
        self.signed_in = False
        self.private = False

    def say(self, *lines):
        """Each line gets its end; bytes are sent as they are."""
        self.sock.sendall(b"".join(x if isinstance(x, bytes) else x.encode() + b"\r\n" for x in lines))

    def hang_up(self):
        self.sock.shutdown(socket.SHUT_RDWR)

    def line(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("the client hung up")
        return line.decode("utf-8", "surrogateescape").rstrip("\r\n")

    def begin_tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.server.certificate)
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self.file = self.sock.makefile("rb")
        self.private = True

    def run(self):
        if self.server.tls:
            self.begin_tls()
        self.say(self.server.greeting)
        while True:
            tag, _, rest = self.line().partition(" ")
            verb, _, rest = rest.partition(" ")
            if verb.upper() == "UID":
                verb, _, rest = rest.partition(" ")
                verb = "UID " + verb
            verb = verb.upper()
            self.server.heard.append((verb, rest))
            handler = self.server.on.get(verb) or getattr(self, "do_" + verb.replace(" ", "_"), None)
            if handler is None:
                self.say("%s BAD what is %s" % (tag, verb))
            elif isinstance(handler, str):
                self.say(*handler.replace("TAG", tag).split("\n"))
            elif handler.__qualname__.startswith("Session."):
                handler(tag, rest)
            else:
                handler(self, tag, rest)
            if verb == "LOGOUT":
                return

    # --- as it should be ---

    def do_CAPABILITY(self, tag, _):
        self.say("* CAPABILITY " + self.server.capability(self), tag + " OK done")

    def do_STARTTLS(self, tag, _):
        self.say(tag + " OK begin")
        self.begin_tls()

    def do_LOGIN(self, tag, rest):
        literal = re.search(r"\{(\d+)(\+?)\}$", rest)
        while literal:
            if not literal.group(2):
                self.say("+ go on")
            rest += "\n" + self.file.read(int(literal.group(1))).decode() + self.line()
            literal = re.search(r"\{(\d+)(\+?)\}$", rest)
        self.server.heard[-1] = ("LOGIN", rest)
        self.sign_in(tag)

    def do_AUTHENTICATE(self, tag, rest):
        if " " not in rest:
            self.say("+ ")
            self.server.heard[-1] = ("AUTHENTICATE", rest + " " + self.line())
        self.sign_in(tag)

    def sign_in(self, tag):
        self.signed_in = True
        self.say(tag + " OK welcome")

    def do_SELECT(self, tag, _):
        self.say("* %d EXISTS" % len(self.server.mails), "* OK [UIDVALIDITY %d] valid" % self.server.validity,
                 tag + " OK [READ-WRITE] done")

    def do_EXAMINE(self, tag, rest):
        self.do_SELECT(tag, rest)

    def do_NOOP(self, tag, _):
        self.say(tag + " OK done")

    def do_LOGOUT(self, tag, _):
        self.say("* BYE", tag + " OK done")

    def do_UID_SEARCH(self, tag, rest):
        first = int(re.search(r"UID (\d+):\*", rest).group(1))
        found = sorted(u for u in self.server.mails if u >= first) or sorted(self.server.mails)[-1:]
        self.say("* SEARCH " + " ".join(map(str, found)) if found else "* SEARCH", tag + " OK done")

    def uids(self, text):
        wanted = []
        for part in text.split(","):
            first, _, last = part.partition(":")
            wanted += range(int(first), int(last or first) + 1)
        return [u for u in wanted if u in self.server.mails]

    def mail(self, uid, body=None):
        body = self.server.mails[uid] if body is None else body
        return b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n%s)\r\n" % (sorted(self.server.mails).index(uid) + 1, uid, len(body),
                                                                body)

    def do_UID_FETCH(self, tag, rest):
        for uid in self.uids(rest.split(" ")[0]):
            self.say(self.mail(uid))
        self.say(tag + " OK done")

    def do_UID_STORE(self, tag, _):
        self.say(tag + " OK done")


class Server:
    """`on`: what is done for a command instead: lines with TAG in them, or a function of session, tag and rest."""

    def __init__(self, mails=(), on=None, greeting="* OK ready", capability=LOGIN, tls=False, certificate=None, validity=7):
        self.mails = {i + 1: m for i, m in enumerate(mails)}
        self.on = on or {}
        self.greeting = greeting
        self.capability = capability if callable(capability) else lambda session: capability
        self.tls = tls
        self.certificate = certificate
        self.validity = validity
        self.heard = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        session = Session(self, sock)
        with contextlib.suppress(OSError, ValueError):   # the client hung up, or would not speak TLS
            session.run()
        with contextlib.suppress(OSError):
            session.file.close()
            session.sock.close()

    def close(self):
        self.listening.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def commands(self, verb):
        return [rest for v, rest in self.heard if v == verb]
