"""A small OpenID provider that does what a test tells it to: every fault is one field of `Faults`.

It lives in the test's own process, so a test reads its records and changes its faults directly. Its login page is
interactive: a provider that redirects at once would hide what SameSite cookies do on the way back.
"""

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

from .jose import SigningKey, signed


@dataclass
class Faults:
    """How the provider misbehaves. As made, it does not."""

    iss: str | None = "right"  # of the authorization response: any other text is sent, None leaves it out
    error: str | None = None  # the authorization endpoint answers with this error
    claims: dict = field(default_factory=dict)  # replace claims of the ID token; a value of None removes one
    header: dict = field(default_factory=dict)  # replace members of its header
    signature: str = "right"  # "wrong", "other key", "none"
    token_status: int = 200
    token_body: bytes | None = None  # sent instead of the answer to a code
    refresh_error: str | None = None  # such as invalid_grant
    refresh_status: int = 200
    refresh_delay: threading.Event | None = None  # the answer to a refresh waits for it
    expires_in: int | None = 300
    scope: str | None = None  # granted instead of what was asked for
    metadata: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict
    body: bytes

    @property
    def form(self):
        return dict(parse_qsl(self.body.decode()))


@dataclass
class Grant:
    """What one sign-in of a user led to."""

    subject: str
    scope: str
    nonce: str | None
    redirect_uri: str
    challenge: str
    auth_time: int
    refresh_token: str | None = None
    used: list = field(default_factory=list)  # refresh tokens that were rotated away


class ScriptedProvider:
    def __init__(self, port, client_id="scripted client:1", marker="CANARY"):
        self.port = port
        self.issuer = f"http://127.0.0.1:{port}"
        self.client_id = client_id
        self.marker = marker
        # With characters that HTTP Basic authentication must encode before it encodes (RFC 6749, 2.3.1).
        self.client_secret = f"{marker}-secret:%+ /{secrets.token_hex(8)}"
        self.lock = threading.RLock()
        self.key, self.other_key = SigningKey(), SigningKey()
        self.codes, self.grants, self.users, self.revoked = {}, [], {}, []
        self.forget()

    def forget(self):
        """Back to good behaviour, with empty records. Sessions that it signed in keep working."""
        self.faults = Faults()
        self.requests = []
        self.hits = Counter()
        self.issued = {"code": [], "access_token": [], "refresh_token": [], "id_token": [], "verifier": []}
        self.replays = 0

    def start(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), handler_of(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def new_value(self, kind):
        value = f"{self.marker}-{kind}-{secrets.token_urlsafe(18)}"
        self.issued[kind].append(value)
        return value

    # Endpoints: each gets a Request and returns (status, headers, body).

    def answer(self, request):
        endpoints = {
            "/.well-known/openid-configuration": self.discovery,
            "/jwks": self.jwks,
            "/authorize": self.login_page,
            "/login": self.sign_in,
            "/token": self.token,
            "/revoke": self.revoke,
            "/logout": self.end_session,
        }
        path = urlsplit(request.path).path
        with self.lock:
            self.hits[path] += 1
            self.requests.append(request)
        endpoint = endpoints.get(path)
        return endpoint(request) if endpoint else (404, {}, b"not found")

    def discovery(self, request):
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "revocation_endpoint": f"{self.issuer}/revoke",
            "end_session_endpoint": f"{self.issuer}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
        return json_answer({**document, **self.faults.metadata})

    def jwks(self, request):
        return json_answer({"keys": [self.key.public_jwk()]})

    def login_page(self, request):
        fields = parse_qsl(urlsplit(request.path).query)
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in fields
        )
        page = f"""<!doctype html><title>Scripted provider</title>
            <form method="post" action="/login">{hidden}<input name="username"><button>Sign in</button></form>"""
        return 200, {"Content-Type": "text/html"}, page.encode()

    def sign_in(self, request):
        asked = request.form
        answer = {"state": asked.get("state")}
        if self.faults.error:
            answer |= {"error": self.faults.error, "error_description": "as the test wants it"}
        else:
            answer["code"] = self.authorize(asked)
        if self.faults.iss is not None:
            answer["iss"] = self.issuer if self.faults.iss == "right" else self.faults.iss
        query = urlencode({name: value for name, value in answer.items() if value is not None})
        return 302, {"Location": f"{asked['redirect_uri']}?{query}"}, b""

    def authorize(self, asked):
        assert asked["code_challenge_method"] == "S256" and asked["response_type"] == "code", asked
        assert asked["client_id"] == self.client_id, asked
        grant = Grant(
            asked.get("username") or "ada", asked["scope"], asked.get("nonce"), asked["redirect_uri"],
            asked["code_challenge"], int(time.time()),
        )
        with self.lock:
            code = self.new_value("code")
            self.codes[code] = grant
        return code

    def token(self, request):
        form = request.form
        if not self.is_client(request, form):
            return json_answer({"error": "invalid_client"}, 401)
        if form["grant_type"] == "refresh_token":
            return self.refresh(form)
        self.issued["verifier"].append(form.get("code_verifier", ""))
        with self.lock:
            grant = self.codes.pop(form.get("code"), None)
        if self.faults.token_status != 200 or self.faults.token_body is not None:
            return self.faults.token_status, {"Content-Type": "application/json"}, self.faults.token_body or b"{}"
        if grant is None or grant.redirect_uri != form["redirect_uri"]:
            return json_answer({"error": "invalid_grant"}, 400)
        if base64url(hashlib.sha256(form["code_verifier"].encode()).digest()) != grant.challenge:
            return json_answer({"error": "invalid_grant"}, 400)
        self.grants.append(grant)
        return json_answer(self.tokens(grant))

    def is_client(self, request, form):
        """Basic authentication with both parts form-encoded, and nothing of it in the body as well."""
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic" or "client_secret" in form:
            return False
        name, _, secret = base64.b64decode(credentials).decode().partition(":")
        return (unquote_plus(name), unquote_plus(secret)) == (self.client_id, self.client_secret)

    def refresh(self, form):
        if self.faults.refresh_delay:
            self.faults.refresh_delay.wait(30)
        if self.faults.refresh_error or self.faults.refresh_status != 200:
            status = 400 if self.faults.refresh_status == 200 else self.faults.refresh_status
            return json_answer({"error": self.faults.refresh_error or "server_error"}, status)
        with self.lock:
            grant = next((each for each in self.grants if each.refresh_token == form["refresh_token"]), None)
            if grant is None:
                # A token that was rotated away is a theft to a strict provider: the whole grant dies.
                self.replays += 1
                self.grants = [each for each in self.grants if form["refresh_token"] not in each.used]
                return json_answer({"error": "invalid_grant"}, 400)
            self.hits["refresh"] += 1
            return json_answer(self.tokens(grant, refreshed=True))

    def tokens(self, grant, refreshed=False):
        with self.lock:
            if grant.refresh_token:
                grant.used.append(grant.refresh_token)
            grant.refresh_token = self.new_value("refresh_token")
            access_token = self.new_value("access_token")
            self.users[access_token] = grant
            answer = {
                "access_token": access_token,
                "token_type": "Bearer",
                "refresh_token": grant.refresh_token,
                "scope": self.faults.scope or grant.scope,
                "id_token": self.id_token(grant, refreshed),
            }
        if self.faults.expires_in is not None:
            answer["expires_in"] = self.faults.expires_in
        return answer

    def id_token(self, grant, refreshed):
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": grant.subject,
            "iat": now,
            "exp": now + 300,
            "auth_time": grant.auth_time,
            "name": f"{grant.subject.title()} of the Script",
            "preferred_username": grant.subject,
            "email": f"{grant.subject}@example.org",
        }
        if grant.nonce and not refreshed:
            claims["nonce"] = grant.nonce
        claims |= self.faults.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.kid, "typ": "JWT", **self.faults.header}
        token = signed(header, claims, self.key, self.other_key, self.faults.signature)
        self.issued["id_token"].append(token)
        return token

    def revoke(self, request):
        token = request.form.get("token")
        with self.lock:
            self.revoked.append(token)
            self.grants = [grant for grant in self.grants if token not in (grant.refresh_token, *grant.used)]
        return 200, {}, b""

    def end_session(self, request):
        query = parse_qs(urlsplit(request.path).query)
        target = query.get("post_logout_redirect_uri", [None])[0]
        if target is None:
            return 200, {"Content-Type": "text/html"}, b"signed out"
        state = query.get("state", [None])[0]
        return 302, {"Location": target + (f"?{urlencode({'state': state})}" if state else "")}, b""


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def json_answer(value, status=200):
    return status, {"Content-Type": "application/json", "Cache-Control": "no-store"}, json.dumps(value).encode()


def handler_of(provider):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_request(self):
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, self.rfile.read(length))
            status, fields, body = provider.answer(request)
            self.send_response(status)
            for name, value in {**fields, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = handle_request

        def log_message(self, *arguments):
            pass

    return Handler
