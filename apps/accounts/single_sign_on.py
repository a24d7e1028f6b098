"""Single sign-on by OpenID Connect: allauth's client, stricter about whose tokens it takes.

By itself allauth sends no nonce, reads no signature of a token that it fetched, believes the issuer that the discovery
document names, and takes the profile of whomever the userinfo endpoint answers with.
"""

import secrets
from typing import Any

import jwt
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from requests import RequestException

from apps.accounts import group_roles
from apps.accounts.access import public

# Signatures by a private key that the provider alone has; never by the client's own secret, never none.
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
CLOCK_SKEW_SECONDS = 60
DISCOVERED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


class SingleSignOnClient(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    @property
    def openid_config(self) -> dict[str, Any]:
        """The discovery document. Raises OAuth2Error unless it is that of the issuer in the settings."""
        config: dict[str, Any] = super().openid_config
        missing = [name for name in DISCOVERED if not isinstance(config.get(name), str)]
        if missing:
            raise OAuth2Error(f"the discovery document names no {', '.join(missing)}")
        configured = str(self.get_provider().app.settings["server_url"])
        if config["issuer"].rstrip("/") != configured.rstrip("/"):
            raise OAuth2Error(f"{configured} says that it is {config['issuer']}")
        return config

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """Raises OAuth2Error where token and userinfo are not about the same person: the token alone proves who it is."""
        claims = self._verified_claims(app, str(kwargs["response"].get("id_token", "")))
        answers = {"id_token": claims}
        if "userinfo_endpoint" in self.openid_config:
            answers["userinfo"] = self._fetch_user_info(token.token)
            if answers["userinfo"].get("sub") != claims["sub"]:
                raise OAuth2Error("the userinfo endpoint tells of somebody else")
        return self.get_provider().sociallogin_from_response(request, answers)

    def _verified_claims(self, app: Any, id_token: str) -> dict[str, Any]:
        """Raises OAuth2Error for a token of another issuer, for another client, that is over or that nobody signed."""
        with get_adapter().get_requests_session() as session:
            response = session.get(self.openid_config["jwks_uri"])
            response.raise_for_status()
        try:
            key_id = jwt.get_unverified_header(id_token).get("kid")
            keys = jwt.PyJWKSet.from_dict(response.json()).keys
            # A provider with a single key need not name it in its tokens.
            fitting = [key for key in keys if key_id in (None, key.key_id)]
            if len(fitting) != 1:
                raise OAuth2Error(f"{len(fitting)} keys of the provider fit the token")
            claims: dict[str, Any] = jwt.decode(
                id_token,
                fitting[0].key,
                algorithms=SIGNATURES,
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"the token does not hold: {error}") from error
        # A token for several clients names the one that asked for it.
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("the token was made for another client")
        return claims


class SingleSignOnProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """What `provider_class` of the settings names."""

    # Whose addresses allauth hangs into the site.
    package = OpenIDConnectProvider.get_package()
    oauth2_adapter_class = SingleSignOnClient

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponseBase:
        """Sends the browser to the provider with a nonce, which stays in the session beside `state`."""
        nonce = secrets.token_urlsafe(24)
        kwargs["auth_params"] = {**(kwargs.get("auth_params") or self.get_auth_params()), "nonce": nonce}
        try:
            return super().redirect(request, process, next_url, data, nonce=nonce, **kwargs)  # type: ignore[no-any-return]
        except (OAuth2Error, RequestException) as error:
            return render_authentication_error(request, self, exception=error)  # type: ignore[no-any-return]

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """Some providers write `email_verified` as a word, and "false" is no empty word."""
        person = data.get("userinfo") or data["id_token"]
        is_verified = person.get("email_verified") in (True, "true")
        email = person.get("email")
        return [EmailAddress(email=email, verified=is_verified, primary=True)] if email else []


def require_own_nonce(request: HttpRequest, login: Any) -> None:
    """Raises unless the token was made for this very sign-in: one that was caught elsewhere has another nonce."""
    sent, came = str(login.state.get("nonce") or ""), str(login.account.extra_data["id_token"].get("nonce"))
    if not sent or not secrets.compare_digest(sent.encode(), came.encode()):
        error = OAuth2Error("the token answers another sign-in")
        raise ImmediateHttpResponse(render_authentication_error(request, login.provider, exception=error))


def groups_in(login: Any) -> list[str] | None:
    """The groups that the provider tells of the person; None where it tells none, which takes nothing from anybody."""
    answers = login.account.extra_data
    for answer in (answers.get("id_token"), answers.get("userinfo")):
        told = (answer or {}).get(settings.OIDC_GROUPS_CLAIM)
        if isinstance(told, str | list):
            return group_roles.bounded_groups([told] if isinstance(told, str) else told)
    return None


def has_verified_address(login: Any) -> bool:
    return any(address.verified for address in login.email_addresses)


@public
def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Where the provider sends the browser back to; in the place of allauth's view of the same address."""
    view = OAuth2CallbackView.adapter_view(SingleSignOnClient(request, provider_id))
    try:
        return view(request)  # type: ignore[no-any-return]
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
