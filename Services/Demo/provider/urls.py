from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.urls import include, path
from oauth2_provider import urls as oauth

from .oidc import Discovery, Introspection

own = [
    path(".well-known/openid-configuration", Discovery.as_view()),
    path("introspect/", Introspection.as_view()),
]

# The first match wins: ours stand before the toolkit's. Management pages are left out.
urlpatterns = [
    path("login/", LoginView.as_view(), name="login"),
    path("healthz", lambda request: HttpResponse("ok\n", content_type="text/plain")),
    path("favicon.ico", lambda request: HttpResponse(status=204)),
    path("o/", include(own)),
    path("o/", include((oauth.base_urlpatterns + oauth.oidc_urlpatterns, "oauth2_provider"))),
]
