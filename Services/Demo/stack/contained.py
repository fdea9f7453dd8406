"""`python -m stack.contained`: the provider and the API inside a container, until one of them ends."""

import os
from pathlib import Path

from .companions import API, Provider
from .files import folder
from .process import Account

ORIGIN = os.environ.get("ORIGIN", "http://localhost:8080")


def main():
    state = Path("/state")
    folder(state / "logs", Account.current(), 0o700)
    secret = Path("/run/secrets/client_secret").read_text().strip()
    lifetime = int(os.environ.get("DEMO_ACCESS_TOKEN_SECONDS", "300"))
    provider = Provider(
        state, 9000, [f"{ORIGIN}/bff/callback"], [f"{ORIGIN}/bff/logout/return"], lifetime,
        client_secret=secret, listen="0.0.0.0",
    ).start()
    api = API(state, 9001, provider, listen="0.0.0.0").start()
    print("demo provider and API are ready", flush=True)
    ended, _ = os.wait()
    name = provider.process.name if ended == provider.process.pid else api.process.name
    raise SystemExit(f"{name} ended")


if __name__ == "__main__":
    main()
