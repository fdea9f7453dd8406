"""The demo's OpenID provider: django-oauth-toolkit behind a login page, for people and for tests."""
