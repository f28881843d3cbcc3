"""sinks: where notices arrive, on loopback: a mail server that wants STARTTLS and a password, a webhook over TLS, and a program.
Each keeps what it took, in order; mail and webhook can be told to put it off.

Neighbours: check.py; ../oauth/authority.py signs the certificates.
"""
import base64
import contextlib
import email
import email.policy
import http.server
import json
import os
import socketserver


class SmtpHandler(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a mail needs that is signed in to over STARTTLS."""

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.safe = self.known = False
        self.to = []
        self.say("220 mail.univ.example")
        with contextlib.suppress(OSError, ValueError):
            while True:                         # self.rfile is another one after STARTTLS
                line = self.rfile.readline()
                if not line or not self.obey(line.decode().strip()):
                    return

    def begin_tls(self):
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.safe = True

    def obey(self, line):
        verb = line.split(" ")[0].upper()
        if verb == "EHLO":
            self.say("250-mail.univ.example\r\n250-STARTTLS\r\n250 AUTH PLAIN")
        elif verb == "STARTTLS":
            self.say("220 go on")
            self.begin_tls()
        elif verb == "AUTH":
            self.known = self.safe and self.sign_in(line)
            self.say("235 yes" if self.known else "535 5.7.8 no")
        elif verb in ("MAIL", "RCPT") and not self.known:
            self.say("530 5.7.0 sign in first")
        elif verb == "MAIL" and self.server.deferring:
            self.server.deferred += 1
            self.say("451 4.3.2 come again later")
        elif verb == "DATA":
            self.say("354 go on")
            self.server.take(b"".join(iter(self.rfile.readline, b".\r\n")), self.to)
            self.say("250 taken")
        else:
            if verb == "RCPT":
                self.to.append(line.split(":", 1)[1].strip("<> "))
            self.say("250 fine" if verb != "QUIT" else "221 bye")
        return verb != "QUIT"

    def sign_in(self, line):
        given = line.split(" ")[2] if line.count(" ") == 2 else self.challenge()
        return base64.b64decode(given) == b"\0ruad\0" + self.server.password.encode()

    def challenge(self):
        self.say("334 ")
        return self.rfile.readline().decode().strip()


class Smtp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, context, password):
        super().__init__(("127.0.0.1", 0), SmtpHandler)
        self.context, self.password = context, password
        self.deferring, self.deferred = False, 0
        self.mails, self.raw, self.recipients = [], [], []

    def take(self, data, to):
        data = b"".join(line[1:] if line.startswith(b".") else line for line in data.splitlines(True))
        self.raw.append(data)
        self.recipients.append(to)
        self.mails.append(email.message_from_bytes(data, policy=email.policy.default))

    def handle_error(self, *_):
        """A client that goes away is no error of ours."""


class HookHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        if self.headers.get("Authorization") != "Bearer " + server.secret:
            status = 403
        elif server.deferring:
            status, server.deferred = 503, server.deferred + 1
        else:
            status = 204
            server.notices.append(json.loads(body))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Hook(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context, secret):
        super().__init__(("127.0.0.1", 0), HookHandler)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.secret, self.deferring, self.deferred, self.notices = secret, False, 0, []

    def handle_error(self, *_):
        pass


class Program:
    """A command that adds what it is given to a file."""

    def __init__(self, top):
        self.path, self.out = os.path.join(top, "page-somebody"), os.path.join(top, "paged")
        with open(self.path, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\ncat >>%s\n" % self.out)
        os.chmod(self.path, 0o755)

    @property
    def notices(self):
        try:
            with open(self.out, encoding="utf-8") as f:
                return [json.loads(line) for line in f]
        except FileNotFoundError:
            return []
