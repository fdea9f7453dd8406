"""nginx as upstream API and as the plain reverse proxy that Cloakroom is compared with: no session, no token."""

import subprocess
from pathlib import Path

BODY = '{"orders":[' + ",".join(f'{{"id":{n},"item":"umbrella","state":"hung up"}}' for n in range(8)) + "]}"
LARGE = 64 << 10

CONFIGURATION = """
daemon off; master_process off; worker_processes 1; pid {scratch}/{name}.pid; error_log {scratch}/{name}.log crit;
events {{ worker_connections 16384; }}
http {{
  access_log {access_log}; client_body_temp_path {scratch}/{name}-body; proxy_temp_path {scratch}/{name}-proxy;
  fastcgi_temp_path {scratch}/{name}-f; uwsgi_temp_path {scratch}/{name}-u; scgi_temp_path {scratch}/{name}-s;
  keepalive_requests 100000000; keepalive_timeout 3600s; types {{ }} default_type application/json;
  {blocks}
  server {{ listen 127.0.0.1:{port} backlog=4096; {locations} }}
}}
"""

UPSTREAM = "location / {{ return 200 '{body}'; }} location /api/large {{ root {scratch}; sendfile on; }}"

UPSTREAMS = """
  upstream api {{ server 127.0.0.1:{api_port}; keepalive 512; keepalive_requests 100000000; }}
  upstream bulk {{ server 127.0.0.1:{bulk_port}; keepalive 512; }}
  proxy_http_version 1.1; proxy_set_header Connection "";
"""
PROXY = "location / { proxy_pass http://api; } location /bulk/ { proxy_pass http://bulk; }"


def start_upstream(scratch, port, core):
    folder = Path(scratch) / "api"
    folder.mkdir()
    (folder / "large").write_bytes(b"x" * LARGE)
    return start(scratch, "upstream", port, core, "", UPSTREAM.format(body=BODY, scratch=scratch), "off")


def start_proxy(scratch, port, core, api_port, bulk_port):
    blocks = UPSTREAMS.format(api_port=api_port, bulk_port=bulk_port)
    return start(scratch, "proxy", port, core, blocks, PROXY, f"{scratch}/proxy-access.log")


def start(scratch, name, port, core, blocks, locations, access_log):
    """Starts one nginx on one core."""
    path = Path(scratch) / f"{name}.conf"
    path.write_text(
        CONFIGURATION.format(
            scratch=scratch, name=name, port=port, blocks=blocks, locations=locations, access_log=access_log
        )
    )
    return subprocess.Popen(["taskset", "-c", str(core), "nginx", "-p", str(scratch), "-c", str(path)])
