"""The services' configuration files as values, so that a test can change what it is about and nothing else."""

def route(name, path, upstream_port, **more):
    return {
        "id": name,
        "path": path,
        "methods": ["GET", "POST", "PUT", "PATCH", "DELETE"],
        "upstream": {"url": f"http://127.0.0.1:{upstream_port}"},
        "session": "required",
        "target": "api",
        "csrf": "header",
        **more,
    }


def routes(upstream_port):
    return {"routes": [route("api", "/api/", upstream_port)]}


def provider(name, issuer, client_id, secret_file, origin, scopes, **more):
    return {
        "name": name,
        "issuer": issuer,
        "client_id": client_id,
        "client_secret": {"file": str(secret_file)},
        "client_authentication": "client_secret_basic",
        "scopes": scopes,
        "redirect_uris": {"default": f"{origin}/bff/callback"},
        "post_logout_redirect_uri": f"{origin}/bff/logout/return",
        "id_token_algorithms": ["RS256"],
        **more,
    }


def edge(layout, accounts, frontend):
    return {
        "listen": f"127.0.0.1:{layout.port}",
        "operations": f"127.0.0.1:{layout.operations_port}",
        "sockets": {"broker": str(layout.edge_broker), "workers": str(layout.edge_worker.parent)},
        "peers": {"broker": accounts.broker.uid, "worker": [accounts.worker.uid]},
        "routes": str(layout.routes),
        "frontends": [
            {
                "id": "app",
                "origin": layout.origin,
                "prefix": "/bff",
                "files": str(frontend),
                "fallback": "/index.html",
                "providers": ["demo"],
                "cookie": "cloakroom",
                "api_origins": [],
            }
        ],
        "csrf_header": "X-CSRF",
    }


def broker(layout, accounts, cluster, providers):
    return {
        "sockets": {"edge": str(layout.edge_broker), "worker": str(layout.worker_broker)},
        "peers": {"edge": [accounts.edge.uid], "worker": [{"uid": accounts.worker.uid, "targets": ["*"]}]},
        "postgres": {
            "host": str(cluster.sockets),
            "port": 5432,
            "database": layout.database,
            "user": "cloakroom_runtime",
            "password": {"file": str(layout.secret("postgres-runtime"))},
            "owner": {"user": "cloakroom_owner", "password": {"file": str(layout.secret("postgres-owner"))}},
        },
        "keys": {"file": str(layout.broker_home / "keys.json")},
        "providers": providers,
        "targets": [
            {"name": "api", "provider": "demo", "kind": "user", "scopes": ["read"], "claims": ["sub"]},
        ],
        "claims": ["sub", "name", "preferred_username", "email"],
        "session": {"idle": "30m", "absolute": "8h"},
    }


def worker(layout, accounts):
    return {
        "sockets": {"edge": str(layout.edge_worker), "broker": str(layout.worker_broker)},
        "peers": {"edge": [accounts.edge.uid], "broker": accounts.broker.uid},
        "routes": str(layout.routes),
        "upstream": {"ca_file": None},
    }
