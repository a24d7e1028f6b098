"""An RSS or Atom feed: each entry is a document, of its own text or of the page that it leads to."""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from html import escape
from typing import Any, Literal, NamedTuple

from lxml import etree

from apps.connectors.reasons import ItemGone, SourceError
from apps.connectors.sources.http import HttpClient, joined, parse_xml
from apps.connectors.sources.interface import Fetched, Listed, Listing
from apps.jobs.runs import JobRun

MAX_ENTRIES = 1000


class FeedEntry(NamedTuple):
    key: str
    title: str
    link: str
    text: str
    is_whole: bool

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256("\0".join(map(str, self)).encode()).hexdigest()


class FeedConnector:
    # A feed names the latest alone: what it does not name any more is kept.
    absence: Literal["kept"] = "kept"
    delay = 1.0
    limit = MAX_ENTRIES

    def __init__(self, run: JobRun, place: Mapping[str, Any], _secret: str) -> None:
        self.http, self.address = HttpClient(run, allows_http=True), place["address"]

    def list_items(self, _cursor: str) -> Listing:
        return Listing([Listed(each.key, each.title, each.fingerprint) for each in self._entries.values()])

    def fetch(self, key: str, fingerprint: str) -> Fetched | None:
        """An entry without a text is read where it leads; one that says only how it begins, too."""
        entry = self._entries.get(key)
        if entry is None:
            if fingerprint:
                # Newer ones have taken its place since it was listed. What was fetched of it stays.
                return None
            raise ItemGone
        text = entry.text
        if entry.link and not entry.is_whole:
            answer = self.http.fetch(entry.link)
            if "html" in answer.headers.get("content-type", ""):
                return Fetched(answer.content, _file_name(entry), entry.title, entry.fingerprint)
        if not text.strip():
            raise SourceError("empty")
        title = escape(entry.title)
        page = f'<html><head><meta charset="utf-8"><title>{title}</title></head><body>{text}</body></html>'
        return Fetched(page.encode(), _file_name(entry), entry.title, entry.fingerprint)

    def close(self) -> None:
        pass

    @cached_property
    def _entries(self) -> dict[str, FeedEntry]:
        answer = self.http.read_list(self.address)
        return {entry.key: entry for entry in parse_feed(answer.content, self.address)}


def parse_feed(content: bytes, address: str) -> list[FeedEntry]:
    """The entries of RSS 0.9 to 2.0 and Atom. Raises SourceError for what is no feed."""
    root = parse_xml(content, is_strict=False)
    if etree.QName(root).localname.lower() not in ("rss", "rdf", "feed"):
        raise SourceError("no_feed")
    found = list(root.iter("{*}item", "{*}entry"))
    entries = [_entry(each, address) for each in found[:MAX_ENTRIES]]
    return [entry for entry in entries if entry.key]


def _entry(element: etree._Element, address: str) -> FeedEntry:
    parts: dict[str, str] = {}
    link = ""
    for child in element.iterchildren("{*}*"):
        name = etree.QName(child).localname.lower()
        if name == "link" and child.get("rel", "alternate") == "alternate":
            link = link or (child.get("href") or child.text or "").strip()
        parts.setdefault(name, _content(child))
    whole, begun = (
        parts.get("encoded") or parts.get("content"),
        parts.get("description") or parts.get("summary"),
    )
    link = joined(address, link) if link else ""
    key = (parts.get("guid") or parts.get("id") or link).strip()
    title = " ".join(parts.get("title", "").split())[:200]
    return FeedEntry(key, title or key[:200], link, whole or begun or "", bool(whole))


def _content(element: etree._Element) -> str:
    """Markup that stands there as markup, or as a text."""
    if not len(element):
        return element.text or ""
    return (element.text or "") + "".join(etree.tostring(child, encoding="unicode") for child in element)


def _file_name(entry: FeedEntry) -> str:
    return f"{entry.title.replace('/', ' ')[:120]}.html"
