"""The Content-Security-Policy: nothing inline, nothing from elsewhere, except where a package needs it."""

import base64
import hashlib

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest
from django.http.response import HttpResponseBase

INLINE = "'unsafe-inline'"

# Pages of packages, by address. Nothing that visitors or models write is shown on them unescaped.
EXCEPTIONS: dict[str, dict[str, list[str]]] = {
    # django-unfold runs on Alpine.js, which evaluates its attributes.
    "/admin/": {"script-src": ["'self'", INLINE, "'unsafe-eval'"], "style-src": ["'self'", INLINE]},
    "/api/docs/": {"style-src": ["'self'", INLINE]},
    "/api/redoc/": {"style-src": ["'self'", INLINE], "worker-src": ["blob:"]},
}


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        for prefix, exception in EXCEPTIONS.items():
            if request.path.startswith(prefix):
                # What a view asks for its own response wins over the exception of its address.
                parts.replace = {**exception, **(parts.replace or {})}
        return parts


def allow_framing(response: HttpResponseBase, ancestors: list[str]) -> None:
    """Pages of these origins may show the response in a frame; every other page of ours stays out of frames."""
    response._csp_replace = {"frame-ancestors": ancestors}  # type: ignore[attr-defined]
    response.xframe_options_exempt = True  # type: ignore[attr-defined]


def allow_style(response: HttpResponseBase, css: str) -> None:
    """The response may hold this style sheet in its head, letter by letter, and nothing else is loaded or run on it."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    response._csp_replace = {"default-src": ["'none'"], "style-src": [f"'sha256-{digest}'"]}  # type: ignore[attr-defined]
