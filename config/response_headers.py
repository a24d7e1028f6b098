"""What every answer tells the browser, also those that Django does not write: static files, refusals by size or time."""

from typing import Any

# Pages bring a policy of their own, see ContentSecurityPolicyMiddleware.
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


class ResponseHeaders:
    """ASGI middleware that adds what an answer lacks."""

    def __init__(self, application: Any, *, hsts_seconds: int) -> None:
        self._application = application
        self._headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"content-security-policy", POLICY.encode()),
        ]
        # Whether a request came by TLS is for the proxy to know; browsers heed this one over TLS alone.
        if hsts_seconds:
            value = f"max-age={hsts_seconds}; includeSubDomains"
            self._headers.append((b"strict-transport-security", value.encode()))

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def send_with_headers(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _value in message["headers"]}
                missing = [header for header in self._headers if header[0] not in names]
                message = message | {"headers": [*message["headers"], *missing]}
            await send(message)

        await self._application(scope, receive, send_with_headers)
