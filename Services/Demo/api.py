"""The demo's API: an ordinary resource server that knows nothing of Cloakroom.

`python api.py FILE` with FILE =
{"port": 9001, "listen": "127.0.0.1", "introspection": URL, "id": "…", "secret_file": "…"}.
It checks the bearer token of every request at the provider's introspection endpoint (RFC 7662).
"""

import json
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import waitress


class API:
    def __init__(self, configuration):
        secret = Path(configuration["secret_file"]).read_text().strip()
        self.introspection = configuration["introspection"]
        self.provider = httpx.Client(auth=(configuration["id"], secret), trust_env=False, timeout=10)
        self.routes = {"/api/me": me, "/api/echo": echo, "/api/slow": slow, "/api/stream": stream}

    def __call__(self, environ, start_response):
        route = self.routes.get(environ["PATH_INFO"])
        if environ["PATH_INFO"] == "/healthz":
            return answer(start_response, "200 OK", {"status": "ok"})
        token = self.introspect(environ.get("HTTP_AUTHORIZATION", ""))
        if not token.get("active"):
            challenge = ("WWW-Authenticate", 'Bearer error="invalid_token"')
            return answer(start_response, "401 Unauthorized", {"error": "invalid_token"}, challenge)
        if route is None:
            return answer(start_response, "404 Not Found", {"error": "not_found"})
        return route(environ, start_response, token)

    def introspect(self, authorization):
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            return {}
        return self.provider.post(self.introspection, data={"token": token}).json()


def answer(start_response, status, value, *fields):
    body = json.dumps(value, indent=2).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *fields])
    return [body]


def me(environ, start_response, token):
    """Whom the token stands for, and what it allows."""
    return answer(
        start_response,
        "200 OK",
        {"subject": token["sub"], "scope": token["scope"], "client": token["client_id"], "expires": token["exp"]},
    )


def echo(environ, start_response, token):
    """What arrived here. The token itself is never part of an answer."""
    fields = {
        name[5:].replace("_", "-").lower(): value
        for name, value in sorted(environ.items())
        if name.startswith("HTTP_") and name != "HTTP_AUTHORIZATION"
    }
    received = {
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "headers": fields,
        "authorization": environ["HTTP_AUTHORIZATION"].partition(" ")[0] + " …",
        "body": environ["wsgi.input"].read().decode("utf-8", "replace"),
    }
    return answer(start_response, "200 OK", received)


def slow(environ, start_response, token):
    """Answers after `?seconds=` (2, at most 60)."""
    seconds = float(parse_qs(environ["QUERY_STRING"]).get("seconds", ["2"])[0])
    time.sleep(max(0.0, min(seconds, 60.0)))
    return answer(start_response, "200 OK", {"waited": seconds})


def stream(environ, start_response, token):
    """Ten lines, one every 100 ms, of a length nobody knows beforehand: chunked on the wire."""
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return lines()


def lines():
    for number in range(10):
        yield f"line {number}\n".encode()
        time.sleep(0.1)


def main():
    configuration = json.loads(Path(sys.argv[1]).read_text())
    print(f"demo API: http://127.0.0.1:{configuration['port']}/api/", flush=True)
    where = {"host": configuration["listen"], "port": configuration["port"]}
    waitress.serve(API(configuration), **where, threads=8, ident=None, _quiet=True)


if __name__ == "__main__":
    main()
