"""An OpenID provider on a socket: oauthlib's own server behind five addresses, with one client and one person."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from oauthlib.openid import RequestValidator
from oauthlib.openid.connect.core.endpoints.pre_configured import Server

CLIENT_ID, CLIENT_SECRET = "kongming", "a secret of the client's"
KEY = ec.generate_private_key(ec.SECP256R1())
FOREIGN_KEY = ec.generate_private_key(ec.SECP256R1())


class Provider(RequestValidator):  # type: ignore[misc]
    """`person` are the claims of whoever signs in; `lies` overwrite claims of ID tokens, or of what is published."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.person: dict[str, Any] = {}
        self.lies: dict[str, Any] = {}
        self.userinfo_lies: dict[str, Any] = {}
        self.discovery_lies: dict[str, Any] = {}
        self.signing_key = KEY
        self.tokens: set[str] = set()
        self._codes: dict[str, Any] = {}

    @property
    def discovery(self) -> dict[str, Any]:
        places = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "jwks",
        }
        addresses = {name: f"{self.issuer}/{place}" for name, place in places.items()}
        methods = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
        return {"issuer": self.issuer, **addresses, **methods, **self.discovery_lies}

    @property
    def keys(self) -> dict[str, Any]:
        key = jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": "1", "use": "sig", "alg": "ES256"}]}

    def finalize_id_token(self, id_token: dict[str, Any], token: Any, handler: Any, request: Any) -> str:
        claims = {"iss": self.issuer, "exp": int(time.time()) + 300, **id_token, **self.person, **self.lies}
        return jwt.encode(claims, self.signing_key, "ES256", headers={"kid": "1"})

    def validate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        return client_id == CLIENT_ID

    def validate_redirect_uri(
        self, client_id: str, uri: str, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        return urlsplit(uri).path == "/accounts/oidc/sso/login/callback/"

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        request.client = type("Client", (), {"client_id": request.client_id})
        return (request.client_id, request.client_secret) == (CLIENT_ID, CLIENT_SECRET)

    def validate_response_type(self, *args: Any, **kwargs: Any) -> bool:
        return True

    validate_grant_type = validate_scopes = validate_response_type
    validate_user_match = validate_silent_login = validate_silent_authorization = validate_response_type

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        return True

    def save_authorization_code(
        self, client_id: str, code: Any, request: Any, *args: Any, **kwargs: Any
    ) -> None:
        self._codes[code["code"]] = request

    def validate_code(
        self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        request.scopes, request.user = ["openid", "profile", "email"], self.person.get("sub")
        return code in self._codes

    def confirm_redirect_uri(self, client_id: str, code: str, uri: str, *args: Any, **kwargs: Any) -> bool:
        return bool(self._codes[code].redirect_uri == uri)

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Any, *args: Any, **kwargs: Any
    ) -> None:
        del self._codes[code]

    def get_authorization_code_scopes(self, client_id: str, code: str, uri: str, request: Any) -> list[str]:
        return list(self._codes[code].scopes) if code in self._codes else []

    def get_authorization_code_nonce(self, client_id: str, code: str, uri: str, request: Any) -> str | None:
        return self._codes[code].nonce

    def get_code_challenge(self, code: str, request: Any) -> Any:
        return self._codes[code].code_challenge

    def get_code_challenge_method(self, code: str, request: Any) -> Any:
        return self._codes[code].code_challenge_method

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        self.tokens.add(token["access_token"])

    def validate_bearer_token(self, token: str, scopes: Any, request: Any) -> bool:
        request.scopes = ["openid"]
        return token in self.tokens

    def get_userinfo_claims(self, request: Any) -> dict[str, Any]:
        return {**self.person, **self.userinfo_lies}


def authorise(provider: Provider, address: str) -> str:
    """The browser of the person at the provider, who agrees at once: where it is sent back to."""
    server = Server(provider)
    scopes, credentials = server.validate_authorization_request(address)
    headers, _, _ = server.create_authorization_response(address, scopes=scopes, credentials=credentials)
    return str(headers["Location"])


@contextmanager
def running_provider() -> Iterator[Provider]:
    class Endpoints(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path == "/userinfo":
                _, body, status = Server(provider).create_userinfo_response(
                    self.path, headers=dict(self.headers)
                )
                return self._answer(body, status)
            pages = {"/.well-known/openid-configuration": provider.discovery, "/jwks": provider.keys}
            return self._answer(json.dumps(pages[path]), 200)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            _, text, status = Server(provider).create_token_response(
                self.path, "POST", body, dict(self.headers)
            )
            self._answer(text, status)

        def _answer(self, text: str, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoints) as server:
        provider = Provider(f"http://127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield provider
        server.shutdown()
