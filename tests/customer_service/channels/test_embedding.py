"""The script tag, who may show the widget, and how much code visitors load."""

import re
from pathlib import Path

import pytest
from django.test import Client

from apps.core.errors import InvalidInput
from apps.customer_service.channels.embedding import checked_origins
from apps.customer_service.channels.models import Channel
from tests.architecture.floods import cpu_seconds

STATIC = Path(__file__).resolve().parents[3] / "static"
IMPORT = re.compile(r"""^import .* from "(\./[^"]+|\.\./[^"]+)";""", re.MULTILINE)
LATER = re.compile(r"""import\("(\./[^"]+)"\)""")


@pytest.mark.parametrize(
    ("line", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        ("  https://Shop.Example/ ", "https://shop.example"),
        ("https://*.shop.example", "https://*.shop.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_a_site_is_kept_as_browsers_write_it(line: str, origin: str) -> None:
    assert checked_origins([line, "", line]) == [origin]


@pytest.mark.parametrize(
    "lines",
    [["https://a" + "\u0301\u0323" * 20_000], ["https://shop.example/"] * 200_000],
    ids=["marks", "many"],
)
def test_sites_without_an_end_are_refused_in_moments(lines: list[str]) -> None:
    def check() -> None:
        with pytest.raises(InvalidInput):
            checked_origins(lines)

    assert cpu_seconds(check, at_most=5) < 0.3


@pytest.mark.parametrize(
    "line",
    [
        "shop.example",
        "https://shop.example/tea",
        "https://shop.example?x=1",
        "ftp://shop.example",
        "https://*",
        "*",
        "https://a.*.example",
        "https://user@shop.example",
        "https://shop.example; script-src *",
        "https://shop.example 'unsafe-inline'",
        "https://shop.example:99999",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_site_is_refused(line: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        checked_origins([line])

    assert "https://shop.example, without a path" in str(refusal.value.fields["allowed_domains"][0])


def test_only_allowed_sites_may_frame_the_embedded_page(channel: Channel) -> None:
    Channel.objects.update(allowed_domains=["https://shop.example", "https://*.tea.example"])

    embedded, alone = Client().get(f"/c/{channel.slug}/?embedded=1"), Client().get(f"/c/{channel.slug}/")

    policy = embedded.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://shop.example https://*.tea.example" in policy
    assert "X-Frame-Options" not in embedded.headers
    assert "frame-ancestors 'none'" in alone.headers["Content-Security-Policy"]
    assert alone.headers["X-Frame-Options"] == "DENY"


def test_the_script_is_kept_until_it_changes(channel: Channel) -> None:
    first = Client().get(f"/widget/{channel.slug}.js")
    known = {"If-None-Match": first.headers["ETag"]}

    assert first.headers["Content-Type"].startswith("text/javascript")
    assert "Set-Cookie" not in first.headers
    assert Client().get(f"/widget/{channel.slug}.js", headers=known).status_code == 304
    Channel.objects.update(allowed_domains=["https://shop.example"])
    changed = Client().get(f"/widget/{channel.slug}.js", headers=known)
    assert (changed.status_code, "https://shop.example" in changed.content.decode()) == (200, True)


@pytest.mark.parametrize("changes", [{"is_enabled": False}, {"kind": "mail"}])
def test_a_closed_channel_and_one_that_is_no_chat_have_neither_page_nor_script(
    channel: Channel, changes: dict[str, object]
) -> None:
    Channel.objects.update(**changes)

    assert Client().get(f"/widget/{channel.slug}.js").status_code == 404
    assert Client().get(f"/c/{channel.slug}/").status_code == 404


def loaded_with(name: str) -> set[Path]:
    """The script and all that it imports at once."""
    found, waiting = set(), [(STATIC / name).resolve()]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [(path.parent / each).resolve() for each in IMPORT.findall(path.read_text())]
    return found


def test_a_visitor_loads_less_than_30_kb_of_our_code(channel: Channel) -> None:
    """As it is sent without compression. What is fetched only when a visitor speaks, uploads or rates comes later."""
    script = len(Client().get(f"/widget/{channel.slug}.js").content)
    chat = sum(path.stat().st_size for path in loaded_with("customer_service/chat.js"))

    assert script < 6 * 1024
    assert script + chat < 30 * 1024


def test_what_is_fetched_later_is_small_too() -> None:
    chat = STATIC / "customer_service" / "chat.js"
    at_once = loaded_with("customer_service/chat.js")
    later = {
        path
        for name in LATER.findall(chat.read_text())
        for path in loaded_with(f"customer_service/{name.removeprefix('./')}")
    } - at_once

    assert len(later) >= 3
    # The stream of an answer is among them: whoever only looks does not load it.
    assert sum(path.stat().st_size for path in later) < 16 * 1024


def test_the_channels_page_gives_the_line_to_put_into_a_site(alice_browser: Client, channel: Channel) -> None:
    page = alice_browser.get(f"/conversations/channels/{channel.pk}/").content.decode()

    assert f"/widget/{channel.slug}.js&quot;&gt;&lt;/script&gt;" in page
    assert "data:image/svg+xml;base64," in page
    assert channel.identity_secret not in page


def test_the_form_says_which_line_is_no_site(alice_browser: Client, channel: Channel) -> None:
    address = f"/conversations/channels/{channel.pk}/"
    sent = {"name": "Tea", "language": "en", "tone": "warm", "unsupported_sentences": "flag"}

    refused = alice_browser.post(address, {**sent, "allowed_domains": "https://ok.example\nshop.example/tea"})
    alice_browser.post(
        address, {**sent, "allowed_domains": "https://ok.example\r\n\r\nhttps://*.tea.example"}
    )

    assert "“shop.example/tea” is not a site address." in refused.content.decode()
    channel.refresh_from_db()
    assert channel.allowed_domains == ["https://ok.example", "https://*.tea.example"]


def test_the_api_checks_sites_too(alice_api: Client, channel: Channel) -> None:
    address = f"/api/v1/channels/{channel.pk}/"

    refused = alice_api.patch(address, {"allowed_domains": ["shop"]}, content_type="application/json")

    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, ["allowed_domains"])


def test_the_preview_loads_the_widget_as_a_site_would(alice_browser: Client, channel: Channel) -> None:
    page = alice_browser.get(f"/conversations/channels/{channel.pk}/preview/").content.decode()

    assert f'<script async src="/widget/{channel.slug}.js"></script>' in page
