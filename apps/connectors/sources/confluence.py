"""Pages of Confluence spaces, with whom their restrictions let read."""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Literal
from urllib.parse import urlencode

from apps.connectors.reasons import ItemClosed, ItemGone, SourceError
from apps.connectors.sources.http import HttpClient
from apps.connectors.sources.interface import Fetched, Listed, Listing, Rights
from apps.jobs.runs import JobRun

MAX_PAGES, PAGES_AT_ONCE = 20_000, 50
_READERS = "restrictions.read.restrictions.user,restrictions.read.restrictions.group"


class ConfluenceConnector:
    # Its lists are cut by offsets: a page that is deleted while they are read moves another one out of sight.
    absence: Literal["asked"] = "asked"
    delay = 0.1
    limit = MAX_PAGES

    def __init__(self, run: JobRun, place: Mapping[str, Any], secret: str) -> None:
        self.place = place
        # With a user it is a token of Atlassian's cloud, without one a personal access token of a server.
        basic = b64encode(f"{place.get('user')}:{secret}".encode()).decode()
        self.http = HttpClient(
            run, headers={"Authorization": f"Basic {basic}" if place.get("user") else f"Bearer {secret}"}
        )
        self.address = f"{place['address'].rstrip('/')}/rest/api/content"
        self._restrictions: dict[str, Rights | None] = {}

    def list_items(self, cursor: str) -> Listing:
        """A part of the pages of one space: its number, and how many pages stand before the part."""
        number, start = json.loads(cursor) if cursor else (0, 0)
        spaces = self.place["spaces"]
        query = {
            "spaceKey": spaces[number],
            "type": "page",
            "status": "current",
            "expand": f"version,ancestors,{_READERS}",
            "start": start,
            "limit": PAGES_AT_ONCE,
        }
        told = self._ask(f"?{urlencode(query)}")
        pages = told.get("results")
        if not isinstance(pages, list):
            raise SourceError("protocol")
        try:
            items = [self._listed(each) for each in pages]
        except (KeyError, TypeError, AttributeError) as error:
            raise SourceError("protocol", type(error).__name__) from error
        # It may give fewer than it was asked for, and says by a link that there are more.
        if "next" in (told.get("_links") or {}):
            if not pages:
                raise SourceError("protocol", "next")
            return Listing(items, json.dumps([number, start + len(pages)]))
        return Listing(items, json.dumps([number + 1, 0]) if number + 1 < len(spaces) else "")

    def fetch(self, key: str, _fingerprint: str) -> Fetched:
        try:
            told = self._ask(f"/{key}?expand=body.storage,version,space", is_item=True)
        except SourceError as error:
            # With 401 it knows us no longer, whatever is asked for.
            if error.detail == "HTTP 403":
                raise ItemClosed(error.code, error.detail) from error
            raise
        try:
            title, body = str(told["title"]), str(told["body"]["storage"]["value"])
            space = str(told["space"]["key"]).casefold()
        except (KeyError, TypeError) as error:
            raise SourceError("protocol", type(error).__name__) from error
        if space not in map(str.casefold, self.place["spaces"]):
            raise ItemGone
        head = f'<head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        page = f"<html>{head}<body>{body}</body></html>"
        return Fetched(page.encode(), f"{title.replace('/', ' ')[:120]}.html", title)

    def close(self) -> None:
        pass

    def _listed(self, page: Mapping[str, Any]) -> Listed:
        """Whoever reads a page reads all above it, too: what restricts those restricts it."""
        own = self._restrictions[str(page["id"])] = readers(page["restrictions"])
        above = [self._restriction_of(str(each["id"])) for each in page["ancestors"]]
        return Listed(
            str(page["id"]), str(page["title"]), str(page["version"]["number"]), narrowed([own, *above])
        )

    def _restriction_of(self, page_id: str) -> Rights | None:
        if page_id not in self._restrictions:
            told = self._ask(f"/{page_id}?expand={_READERS}")
            self._restrictions[page_id] = readers(told["restrictions"])
        return self._restrictions[page_id]

    def _ask(self, path: str, *, is_item: bool = False) -> dict[str, Any]:
        ask = self.http.fetch if is_item else self.http.read_list
        try:
            told = json.loads(ask(f"{self.address}{path}", headers={"Accept": "application/json"}).content)
        except (ValueError, RecursionError) as error:
            raise SourceError("protocol") from error
        if not isinstance(told, dict):
            raise SourceError("protocol")
        return told


def readers(restrictions: Mapping[str, Any]) -> Rights | None:
    """Of one page by itself; None where it restricts nobody. Whose e-mail is hidden is not known here and stays out."""
    named = restrictions["read"]["restrictions"]
    users, groups = named["user"]["results"], named["group"]["results"]
    if not users and not groups:
        return None
    emails = sorted({str(each["email"]).lower() for each in users if each.get("email")})
    return Rights(tuple(emails), tuple(sorted(str(each["name"]) for each in groups)))


def narrowed(rights: Iterable[Rights | None]) -> Rights | None:
    """Whom all of them name; who is in a group of one and named by another is left out, as nobody here knows that."""
    found = [each for each in rights if each is not None]
    if not found:
        return None
    emails = set.intersection(*(set(each.emails) for each in found))
    groups = set.intersection(*(set(each.groups) for each in found))
    return Rights(tuple(sorted(emails)), tuple(sorted(groups)))
