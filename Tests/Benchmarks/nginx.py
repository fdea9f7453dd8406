"""nginx as upstream API and as the plain reverse proxy that Cloakroom is compared with: no session, no token."""

import subprocess
from pathlib import Path

BODY = '{"orders":[' + ",".join(f'{{"id":{n},"item":"umbrella","state":"hung up"}}' for n in range(8)) + "]}"

CONFIGURATION = """
daemon off; master_process off; worker_processes 1; pid {scratch}/{name}.pid; error_log {scratch}/{name}.log crit;
events {{ worker_connections 4096; }}
http {{
  access_log {access_log}; client_body_temp_path {scratch}/{name}-body; proxy_temp_path {scratch}/{name}-proxy;
  fastcgi_temp_path {scratch}/{name}-f; uwsgi_temp_path {scratch}/{name}-u; scgi_temp_path {scratch}/{name}-s;
  keepalive_requests 100000000; keepalive_timeout 3600s; types {{ }} default_type application/json;
  {upstream}
  server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ {location} }} }}
}}
"""


def start(scratch, name, port, core, upstream_port=None):
    """Starts one nginx on one core: the upstream, or with `upstream_port` the proxy in front of it."""
    if upstream_port is None:
        upstream, location, access_log = "", f"return 200 '{BODY}';", "off"
    else:
        upstream = f"upstream api {{ server 127.0.0.1:{upstream_port}; keepalive 512; keepalive_requests 100000000; }}"
        location = 'proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection "";'
        access_log = f"{scratch}/{name}-access.log"
    text = CONFIGURATION.format(
        scratch=scratch, name=name, port=port, upstream=upstream, location=location, access_log=access_log
    )
    path = Path(scratch) / f"{name}.conf"
    path.write_text(text)
    return subprocess.Popen(["taskset", "-c", str(core), "nginx", "-p", str(scratch), "-c", str(path)])
