"""The demo's provider and API as processes."""

import secrets
import sys
from pathlib import Path

from .files import answers, folder, write
from .process import Account, Process

DEMO = Path(__file__).resolve().parent.parent


class Provider:
    """The django-oauth-toolkit provider. It runs as the caller, like everything that is not Cloakroom."""

    def __init__(
        self, scratch, port, redirect_uris, post_logout_redirect_uris, access_token_seconds=300, client_secret=None,
        listen="127.0.0.1",
    ):
        self.port = port
        self.issuer = f"http://127.0.0.1:{port}/o"
        self.introspection = f"{self.issuer}/introspect/"
        self.client_id, self.client_secret = "cloakroom-demo", client_secret or secrets.token_urlsafe(32)
        self.api_id, self.api_secret = "demo-api", secrets.token_urlsafe(32)
        own = Account.current()
        home = folder(scratch / "provider", own, 0o700)
        file = write(
            home / "provider.json",
            {
                "port": port,
                "listen": listen,
                "state": str(home),
                "client": {
                    "id": self.client_id,
                    "secret_file": str(write(home / "client-secret", self.client_secret, own)),
                    "redirect_uris": redirect_uris,
                    "post_logout_redirect_uris": post_logout_redirect_uris,
                },
                "api": {
                    "id": self.api_id,
                    "secret_file": str(write(home / "api-secret", self.api_secret, own)),
                },
                "access_token_seconds": access_token_seconds,
            },
            own,
        )
        self.process = Process(
            "demo provider",
            [sys.executable, "-m", "provider"],
            scratch / "logs" / "provider.log",
            environment={"CLOAKROOM_DEMO_PROVIDER": str(file), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=DEMO,
        )

    def start(self):
        self.process.start().wait_until(lambda: answers(self.port))
        return self


class API:
    def __init__(self, scratch, port, provider, listen="127.0.0.1"):
        self.port = port
        own = Account.current()
        home = folder(scratch / "api", own, 0o700)
        secret = write(home / "secret", provider.api_secret, own)
        values = {"port": port, "listen": listen, "introspection": provider.introspection, "id": provider.api_id}
        file = write(home / "api.json", {**values, "secret_file": str(secret)}, own)
        self.process = Process("demo API", [sys.executable, DEMO / "api.py", file], scratch / "logs" / "api.log")

    def start(self):
        self.process.start().wait_until(lambda: answers(self.port))
        return self
