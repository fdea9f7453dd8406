"""The little that the demo adds to django-oauth-toolkit."""

import json

from django.http import JsonResponse
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.views import ConnectDiscoveryInfoView, IntrospectTokenView


class Validator(OAuth2Validator):
    """Claims of the ID token and of userinfo; which scope opens which claim is the base class's table."""

    def get_additional_claims(self):
        return {
            "sub": lambda request: request.user.get_username(),
            "preferred_username": lambda request: request.user.get_username(),
            "name": lambda request: request.user.get_full_name(),
            "email": lambda request: request.user.email,
        }


class Discovery(ConnectDiscoveryInfoView):
    """Names the revocation and introspection endpoints too (RFC 8414), which the base class leaves out."""

    def get(self, request, *args, **kwargs):
        document = json.loads(super().get(request, *args, **kwargs).content)
        base = document["issuer"]
        document["revocation_endpoint"] = f"{base}/revoke_token/"
        document["introspection_endpoint"] = f"{base}/introspect/"
        return JsonResponse(document)


class Introspection(IntrospectTokenView):
    """Adds `sub` (RFC 7662, 2.2), so that the API sees the subject that the ID token names."""

    @staticmethod
    def get_token_response(token_value=None):
        response = IntrospectTokenView.get_token_response(token_value)
        answer = json.loads(response.content)
        if answer.get("active"):
            answer["sub"] = answer["username"]
        return JsonResponse(answer, status=response.status_code)
