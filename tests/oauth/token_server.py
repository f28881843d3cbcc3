"""token_server: an OAuth 2.0 token server on loopback that knows all the flows ruad does, and can be told to misbehave.

Serves token (RFC 6749, 7523), device (RFC 8628) and introspection (RFC 7662, for Dovecot's oauth2 passdb) endpoints. Signed
assertions are verified with the openssl command. Neighbours: check.py; the IMAP suite logs in with its tokens.

    with TokenServer(context) as server:       # an ssl context, or None for plain HTTP
        server.clients["app"] = {"secret": "..."}
        ... server.url("/token"), server.issue("reports@univ.example") ...
"""
import base64
import hashlib
import http.server
import json
import secrets
import subprocess
import tempfile
import threading
import time
import urllib.parse

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


def unbase64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unsigned_jwt(claims):
    """What an access token looks like to one who does not verify it."""
    parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    return ".".join(parts + [base64url(secrets.token_bytes(16))])


def verified(jwt, public_key_file, algorithm):
    """(header, claims) of a token whose signature is good, else None."""
    signed, _, signature = jwt.rpartition(".")
    header, claims = (json.loads(unbase64url(part)) for part in signed.split("."))
    if header.get("alg") != algorithm:
        return None
    with tempfile.NamedTemporaryFile() as f:
        f.write(unbase64url(signature))
        f.flush()
        how = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"] if algorithm == "PS256" else []
        done = subprocess.run(["openssl", "dgst", "-sha256", *how, "-verify", public_key_file, "-signature", f.name],
                              input=signed.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return (header, claims) if done.returncode == 0 else None


def thumbprint(certificate_file):
    """x5t#S256 of a PEM file."""
    with open(certificate_file, encoding="ascii") as f:
        body = f.read().split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0]
    return base64url(hashlib.sha256(base64.b64decode(body)).digest())


class Refusal(Exception):
    def __init__(self, error, description="", status=400):
        super().__init__(error)
        self.status, self.answer = status, {"error": error, "error_description": description}


class TokenServer(http.server.ThreadingHTTPServer):
    """What it knows and what it was asked; the tests change and read both."""
    daemon_threads = True

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.context = context
        self.clients = {}           # client_id: {"secret"} or {"public_key", "x5t"} or {} for a public one
        self.accounts = {}          # client_email: {"public_key", "kid", "subjects", "scope"}
        self.refresh = {}           # refresh token: the mailbox; each can be used once
        self.devices = {}           # device code: what polling for it answers, the last for ever
        self.tokens = {}            # access token: {"user", "scope", "end"}
        self.life_s = 3600
        self.claims = None          # access tokens are JWTs with these
        self.user = "reports@univ.example"
        self.mode = None            # a function that is given the handler instead of the usual
        self.asked = []             # forms, in order
        self.released = threading.Event()

    def get_request(self):
        """The handshake is for the thread of the request: one peer must not keep the others waiting."""
        peer, address = super().get_request()
        if self.context is not None:
            peer = self.context.wrap_socket(peer, server_side=True, do_handshake_on_connect=False)
        return peer, address

    def handle_error(self, request, client_address):
        """Peers that go away, or do not trust the certificate, are what is tested."""

    def url(self, path, host="127.0.0.1"):
        return "%s://%s:%d%s" % ("http" if self.context is None else "https", host, self.server_address[1], path)

    def issue(self, user=None, scope="https://outlook.office365.com/.default", life_s=None):
        """A fresh access token that introspection knows."""
        claims = self.claims and {**self.claims, "jti": secrets.token_hex(8)}
        token = unsigned_jwt(claims) if claims else secrets.token_urlsafe(24)
        life_s = self.life_s if life_s is None else life_s
        self.tokens[token] = {"user": user or self.user, "scope": scope, "end": time.time() + life_s}
        return token

    def counted(self, grant):
        return sum(form.get("grant_type") == grant for form in self.asked)

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self.shutdown()
        self.thread.join()
        self.server_close()

    # --- the flows ---

    def check_client(self, form):
        client = self.clients.get(form.get("client_id"))
        if client is None:
            raise Refusal("unauthorized_client", "AADSTS700016: Application with identifier '...' was not found.")
        if "secret" in client and form.get("client_secret") != client["secret"]:
            raise Refusal("invalid_client", "AADSTS7000215: Invalid client secret provided. Trace ID: 0 Correlation ID: 0", 401)
        if "public_key" in client:
            if form.get("client_assertion_type") != ASSERTION:
                raise Refusal("invalid_client", "AADSTS7000218: The request body must contain client_assertion.", 401)
            self.check_assertion(form, client)

    def check_assertion(self, form, client):
        good = verified(form.get("client_assertion", ""), client["public_key"], "PS256")
        if not good or good[0].get("x5t#S256") != client["x5t"]:
            raise Refusal("invalid_client", "AADSTS700027: The certificate is not registered on application.", 401)
        claims, now = good[1], time.time()
        if claims["aud"] != self.url("/token") or not claims["iss"] == claims["sub"] == form["client_id"] or not claims["jti"]:
            raise Refusal("invalid_client", "AADSTS700023: Client assertion is wrong.", 401)
        if not claims["nbf"] <= now + 1 or not now < claims["exp"] <= now + 600:
            raise Refusal("invalid_client", "AADSTS700024: Client assertion is not within its valid time range.", 401)

    def give(self, user, scope, **more):
        return {"token_type": "Bearer", "expires_in": self.life_s, "access_token": self.issue(user, scope), **more}

    def client_credentials(self, form):
        self.check_client(form)
        if not form.get("scope", "").endswith("/.default"):
            raise Refusal("invalid_scope", "AADSTS1002012: The provided value for scope is not valid.")
        return self.give(None, form["scope"])

    def refresh_token(self, form):
        self.check_client(form)
        user = self.refresh.pop(form.get("refresh_token"), None)
        if user is None:
            raise Refusal("invalid_grant", "AADSTS70000: The provided value for refresh_token is not valid.")
        fresh = "refresh-" + secrets.token_urlsafe(24)
        self.refresh[fresh] = user
        return self.give(user, form.get("scope"), refresh_token=fresh)

    def jwt_bearer(self, form):
        claims = json.loads(unbase64url(form["assertion"].split(".")[1]))
        account = self.accounts.get(claims.get("iss"))
        good = account and verified(form["assertion"], account["public_key"], "RS256")
        if not good or good[0].get("kid") != account["kid"]:
            raise Refusal("invalid_grant", "Invalid JWT Signature.")
        now = time.time()
        if claims["aud"] != self.url("/token") or not claims["iat"] <= now + 1 or not now < claims["exp"] <= now + 3601:
            raise Refusal("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes).")
        if claims.get("scope") != account["scope"]:
            raise Refusal("unauthorized_client", "Client is unauthorized to retrieve access tokens using this method.", 401)
        if claims.get("sub") not in account["subjects"]:
            raise Refusal("invalid_grant", "Invalid email or User ID")
        return self.give(claims["sub"], claims["scope"])

    def device_code(self, form):
        self.check_client(form)
        steps = self.devices.get(form.get("device_code"), ["expired_token"])
        step = steps.pop(0) if len(steps) > 1 else steps[0]
        if step != "done":
            raise Refusal(step, "as told")
        fresh = "refresh-" + secrets.token_urlsafe(24)
        self.refresh[fresh] = self.user
        return self.give(self.user, form.get("scope"), refresh_token=fresh)

    def token(self, form):
        grants = {"client_credentials": self.client_credentials, "refresh_token": self.refresh_token,
                  JWT_BEARER: self.jwt_bearer, DEVICE_CODE: self.device_code}
        if form.get("grant_type") not in grants:
            raise Refusal("unsupported_grant_type")
        return grants[form["grant_type"]](form)

    def device(self, form):
        code = "device-" + secrets.token_urlsafe(24)
        self.devices[code] = self.devices.pop("next", ["done"])
        return {"device_code": code, "user_code": "ABCD-EFGH", "verification_uri": "https://login.univ.example/device",
                "expires_in": 900, "interval": 1}

    def introspect(self, form):
        known = self.tokens.get(form.get("token"))
        if known is None or known["end"] <= time.time():
            return {"active": False}
        return {"active": True, "username": known["user"], "email": known["user"], "scope": known["scope"],
                "exp": int(known["end"])}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self, form):
        url = urllib.parse.urlsplit(self.path)
        form = {**dict(urllib.parse.parse_qsl(url.query)), **form}
        if self.headers.get("Authorization", "").startswith("Bearer "):
            form.setdefault("token", self.headers["Authorization"][7:])
        self.server.asked.append(form)
        if self.server.mode is not None:
            self.server.mode(self)
            return
        endpoints = {"/token": self.server.token, "/device": self.server.device, "/introspect": self.server.introspect}
        try:
            status, said = 200, endpoints[url.path](form)
        except Refusal as r:
            status, said = r.status, r.answer
        except KeyError:
            status, said = 404, {"error": "not_found"}
        self.send(status, json.dumps(said).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(dict(urllib.parse.parse_qsl(body.decode())))

    def do_GET(self):
        self.answer({})
