"""How the admin looks: the portal's celadon instead of django-unfold's purple, and a menu of our own."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

LIGHTNESS_AND_CHROMA = {
    "50": "97% 0.012",
    "100": "94% 0.025",
    "200": "89% 0.04",
    "300": "82% 0.055",
    "400": "74% 0.07",
    "500": "62% 0.08",
    "600": "51% 0.08",
    "700": "44% 0.07",
    "800": "37% 0.058",
    "900": "31% 0.045",
    "950": "22% 0.035",
}
CELADON_HUE = 178


def icon(request: HttpRequest) -> str:
    return static("design/favicon.svg")


DASHBOARD: dict[str, Any] = {
    "SITE_TITLE": "Kongming",
    "SITE_HEADER": "Kongming 孔明",
    "SITE_ICON": icon,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": icon}],
    "DASHBOARD_CALLBACK": "apps.operations.overview.pages.overview",
    "STYLES": [lambda request: static("design/admin.css")],
    "SHOW_HISTORY": False,
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": lambda request: reverse("portal:set_language")},
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": True,
        "navigation": "config.admin_menu.navigation",
    },
    "COLORS": {
        "primary": {step: f"oklch({values} {CELADON_HUE})" for step, values in LIGHTNESS_AND_CHROMA.items()}
    },
}
