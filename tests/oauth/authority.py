"""authority: a certificate authority of the tests' own, and keys, by the openssl command.

Neighbours: token_server.py and check.py here; whatever suite needs a server on loopback with a certificate.
"""
import os
import ssl
import subprocess


def openssl(*args, stdin=None):
    done = subprocess.run(["openssl", *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if done.returncode != 0:
        raise AssertionError("openssl %s: %s" % (args[0], done.stderr.decode(errors="replace")[-1000:]))
    return done.stdout


class Authority:
    """A CA in a folder. `ca` is its certificate."""

    def __init__(self, folder, name="ruad test authority"):
        self.folder = folder
        self.ca, self.ca_key = os.path.join(folder, "ca.pem"), os.path.join(folder, "ca.key")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.ca_key, "-out", self.ca, "-days", "2",
                "-subj", "/CN=" + name)

    def certificate(self, name, names=("DNS:localhost", "IP:127.0.0.1"), days=2):
        """(certificate, key) files of a server; with days=-1 it has expired."""
        path = os.path.join(self.folder, name)
        cert, key, request, extensions = path + ".pem", path + ".key", path + ".csr", path + ".ext"
        with open(extensions, "w", encoding="ascii") as f:
            f.write("subjectAltName=" + ",".join(names))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=" + name)
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.ca_key, "-CAcreateserial", "-out", cert,
                "-days", str(days), "-extfile", extensions)
        return cert, key

    def context(self, name="server", **how):
        """What a server on loopback wraps its sockets with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate(name, **how))
        return context
