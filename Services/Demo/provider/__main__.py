"""`python -m provider`: makes the tables, the people and the two clients, then serves until it is stopped."""

import os
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "provider.settings"

import django  # noqa: E402  (Django wants its settings named before it is imported)

django.setup()

import waitress  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402

from .configuration import configuration  # noqa: E402

PEOPLE = [("ada", "Ada", "Lovelace"), ("grace", "Grace", "Hopper"), ("alan", "Alan", "Turing")]


def make_people():
    for name, first, last in PEOPLE:
        if not User.objects.filter(username=name).exists():
            User.objects.create_user(
                name, f"{name}@example.org", f"{name}-demo", first_name=first, last_name=last
            )


def make_client(description, name, **fields):
    Application.objects.update_or_create(
        client_id=description["id"],
        defaults=dict(
            name=name,
            client_secret=Path(description["secret_file"]).read_text().strip(),
            # Drawn at random for this run; a slow hash would only slow down every token request.
            hash_client_secret=False,
            client_type=Application.CLIENT_CONFIDENTIAL,
            **fields,
        ),
    )


def make_clients():
    client = configuration.client
    make_client(
        client,
        "Cloakroom demo",
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=" ".join(client["redirect_uris"]),
        post_logout_redirect_uris=" ".join(client["post_logout_redirect_uris"]),
        algorithm=Application.RS256_ALGORITHM,
        skip_authorization=True,
    )
    make_client(
        configuration.api, "Demo API", authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS, redirect_uris=""
    )


def main():
    call_command("migrate", verbosity=0, interactive=False)
    make_people()
    make_clients()
    print(f"demo provider: issuer {configuration.issuer}", flush=True)
    waitress.serve(
        get_wsgi_application(), host=configuration.listen, port=configuration.port, threads=8, ident=None, _quiet=True
    )


main()
