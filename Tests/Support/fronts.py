"""Other people's reverse proxies, set up to pass on as much as they can, and to say what they passed on."""

import re

from stack.files import answers, folder, free_port
from stack.process import Account, Process

NGINX = """
daemon off; master_process off; worker_processes 1; pid {place}/pid; error_log {place}/error.log;
events {{ worker_connections 512; }}
http {{
    log_format sent escape=none '$remote_addr $upstream_addr $request_method $request_uri';
    access_log {place}/access.log sent;
    client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
    ignore_invalid_headers off; underscores_in_headers on; merge_slashes off; large_client_header_buffers 8 64k;
    upstream edge {{ server 127.0.0.1:{edge}; keepalive 1; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://edge; proxy_http_version 1.1; proxy_request_buffering off; proxy_next_upstream off;
            proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_set_header X-Case $remote_addr;
        }}
    }}
}}
"""

HAPROXY = """
global
    maxconn 512
    log stdout len 65535 format raw local0
    tune.http.logurilen 16384
defaults
    mode http
    log global
    timeout connect 5s
    timeout client 5s
    timeout server 5s
    option accept-invalid-http-request
frontend front
    bind 127.0.0.1:{port}
    log-format "sent %ci %s %HM %HU"
    http-request set-header X-Case %[src]
    default_backend edge
backend edge
    http-reuse always
    server edge 127.0.0.1:{edge} maxconn 1
"""


class Front:
    """One proxy before one edge. `sent()` is what it believes to have sent, by client: method and path."""

    def __init__(self, name, scratch, edge):
        self.name, self.port = name, free_port()
        self.place = folder(scratch / name, Account.current(), 0o700)
        text = {"nginx": NGINX, "haproxy": HAPROXY}[name]
        (self.place / "conf").write_text(text.format(place=self.place, port=self.port, edge=edge))
        command = {"nginx": ["/usr/sbin/nginx", "-p", self.place, "-c", self.place / "conf"],
                   "haproxy": ["/usr/sbin/haproxy", "-db", "-f", self.place / "conf"]}[name]
        self.process = Process(name, command, self.place / "log")
        self.process.start().wait_until(lambda: answers(self.port))

    def stop(self):
        self.process.stop()

    def sent(self):
        log = (self.place / {"nginx": "access.log", "haproxy": "log"}[self.name]).read_text("latin-1")
        pattern = {"nginx": r"(\S+) 127\.0\.0\.1:\d+ (\S+) (\S+)$",
                   "haproxy": r"sent (\S+) edge (\S+) (\S+)$"}[self.name]
        sent = {}
        for client, method, target in re.findall(pattern, log, re.MULTILINE):
            sent.setdefault(client, []).append((method, path(unescaped(target))))
        return sent


def unescaped(text):
    """HAProxy's log writes some characters as numbers. A target that goes on never holds the sign for it."""
    return re.sub("#([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), text)


def path(target):
    """Where a target leads: proxies log it as it came, and send the path."""
    path = re.sub("^[A-Za-z]+://[^/?]*", "", target)
    return path if path.startswith("/") else f"/{path}"
