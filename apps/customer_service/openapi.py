from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class VisitorToken(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "apps.customer_service.chat.tokens.VisitorAuthentication"
    name = "visitorToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        description = "Visitor <token>, the token that starting a conversation answered"
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": description}
