"""What the starter tells the provider: one JSON file, named by CLOAKROOM_DEMO_PROVIDER.

    {"port": 9000, "listen": "127.0.0.1", "state": "/scratch/provider",
     "client": {"id": "…", "secret_file": "…", "redirect_uris": […], "post_logout_redirect_uris": […]},
     "api": {"id": "…", "secret_file": "…"},
     "access_token_seconds": 300}
"""

import json
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


class Configuration:
    def __init__(self, path):
        values = json.loads(Path(path).read_text())
        self.port = values["port"]
        self.listen = values.get("listen", "127.0.0.1")
        self.issuer = f"http://127.0.0.1:{self.port}/o"
        self.state = Path(values["state"])
        self.client = values["client"]
        self.api = values["api"]
        self.access_token_seconds = values.get("access_token_seconds", 300)

    def once(self, name, make):
        """The contents of a file in the state folder, made at the first start: a restart keeps keys and sessions."""
        path = self.state / name
        if not path.exists():
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(make())
        return path.read_text()

    def signing_key(self):
        return self.once("id-token-key.pem", new_rsa_key)

    def secret_key(self):
        return self.once("django-secret", lambda: os.urandom(32).hex())


def new_rsa_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


configuration = Configuration(os.environ["CLOAKROOM_DEMO_PROVIDER"])
