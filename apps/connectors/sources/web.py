"""A website: what its sitemap names and what its pages link to, below one prefix, as robots.txt allows."""

import json
import zlib
from collections.abc import Iterable, Mapping
from mimetypes import guess_type
from pathlib import PurePosixPath
from typing import Any, Literal, NoReturn
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from lxml import etree, html
from yarl import URL

from apps.connectors.reasons import ItemGone, SourceError
from apps.connectors.sources import robots
from apps.connectors.sources.http import AGENT, LIST_BYTES, HttpClient, joined, parse_xml, require_success
from apps.connectors.sources.interface import Fetched, ItemMoved, Listed, Listing
from apps.core import ssrf_guard
from apps.core.ssrf_guard import Download
from apps.jobs.runs import JobRun

DELAY_SECONDS, MAX_DELAY_SECONDS = 1.0, 10.0
DEFAULT_PAGES, MAX_PAGES = 500, 5000
MAX_SITEMAPS = 50
# In a larger page whatever stands behind is not looked through for links.
LINKED_BYTES = 2 * 2**20
MAX_LINKS = 2000
HTML_TYPES = ("text/html", "application/xhtml+xml")
SUFFIXES = {
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/epub+zip": ".epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
}
_UNSEEN = ("script", "style", "noscript", "template", "head", etree.Comment)
# By their names not even asked for.
_NO_DOCUMENTS = frozenset(
    {"image", "video", "audio", "font", "text/css", "text/javascript", "application/zip"}
)


class WebConnector:
    absence: Literal["asked"] = "asked"

    def __init__(self, run: JobRun, place: Mapping[str, Any], _secret: str) -> None:
        self.http = HttpClient(run, allows_http=True)
        self.start = _normal(place["address"]) or place["address"]
        self.prefix = _normal(place.get("only_below") or "") or urljoin(self.start, ".")
        self.limit = place.get("max_pages") or DEFAULT_PAGES
        self._robots: robots.Robots | None = None

    @property
    def delay(self) -> float:
        return max(DELAY_SECONDS, min(self.robots.delay, MAX_DELAY_SECONDS))

    @property
    def robots(self) -> robots.Robots:
        """A site without the file allows all; one that cannot give it now is asked another time."""
        if self._robots is None:
            answer = self.http.ask(urljoin(self.start, "/robots.txt"), max_bytes=robots.MAX_BYTES)
            if answer.status >= 500:
                require_success(answer)
            text = answer.content.decode(errors="replace") if answer.status == 200 else ""
            self._robots = robots.parse(text, AGENT.lower())
        return self._robots

    def list_items(self, cursor: str) -> Listing:
        """First where to begin, then one sitemap at a time."""
        if not cursor:
            named = [joined(self.start, each) for each in self.robots.sitemaps]
            sitemaps = named or [urljoin(self.start, "/sitemap.xml")]
            return Listing([Listed(self.start)], json.dumps([0, sitemaps[:MAX_SITEMAPS]]))
        count, (sitemap, *waiting) = json.loads(cursor)
        pages, more = self._read_sitemap(sitemap)
        waiting = [*waiting, *more][: MAX_SITEMAPS - count - 1]
        return Listing(self._inside(pages), json.dumps([count + 1, waiting]) if waiting else "")

    def fetch(self, key: str, fingerprint: str) -> Fetched | None:
        if not self.robots.allows(_path_of(key)):
            raise SourceError("robots")
        answer = self.http.ask(key, headers=_conditions(fingerprint), max_bytes=settings.UPLOAD_MAX_BYTES)
        if answer.status == 304:
            return None
        if 300 <= answer.status < 400:
            self._redirected(key, answer)
        if answer.status in (404, 410):
            raise ItemGone
        require_success(answer)
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type in HTML_TYPES:
            return self._page(key, answer)
        if media_type in SUFFIXES:
            return Fetched(
                answer.content, _file_name(key, SUFFIXES[media_type]), fingerprint=_validators(answer)
            )
        raise ItemMoved

    def close(self) -> None:
        pass

    def _redirected(self, key: str, answer: Download) -> NoReturn:
        target = _normal(joined(key, answer.headers.get("location", "")))
        links = self._inside([target])
        if not links and key == self.start:
            raise SourceError("redirect", target)
        raise ItemMoved(links)

    def _page(self, key: str, answer: Download) -> Fetched:
        page = parse_page(answer.content[:LINKED_BYTES], key)
        canonical = _normal(page.canonical)
        links = [] if page.is_nofollow else self._inside(page.links)
        # The same page under another query, of which some sites make up any number.
        if canonical != key and canonical == key.partition("?")[0]:
            raise ItemMoved([*self._inside([canonical]), *links])
        if page.is_noindex:
            raise ItemMoved(links)
        return Fetched(
            answer.content,
            _file_name(key, ".html"),
            page.title,
            _validators(answer),
            links,
            # Tokens, times and numbers of visits in scripts make no new version.
            substance=f"{page.title}\n{page.text}".encode(),
        )

    def _inside(self, addresses: Iterable[str]) -> list[Listed]:
        """Those that this source may read, each once."""
        normal = dict.fromkeys(_normal(each) for each in addresses)
        return [Listed(each) for each in normal if self._is_inside(each)]

    def _is_inside(self, address: str) -> bool:
        media_type = guess_type(urlsplit(address).path)[0] or ""
        is_document = not _NO_DOCUMENTS & {media_type, media_type.partition("/")[0]}
        return address.startswith(self.prefix) and is_document and self.robots.allows(_path_of(address))

    def _read_sitemap(self, address: str) -> tuple[list[str], list[str]]:
        """The pages and the further sitemaps that it names; none where there is none on this site."""
        address = _normal(address)
        if urlsplit(address).netloc != urlsplit(self.start).netloc:
            return [], []
        answer = self.http.ask(address)
        if answer.status != 200:
            return [], []
        try:
            return parse_sitemap(answer.content)
        except SourceError:
            # Many sites answer with a page of theirs; what they link to is found all the same.
            return [], []


class WebPage:
    """What a page says of itself to programs."""

    def __init__(self, title: str = "") -> None:
        self.title, self.canonical, self.text = title, "", ""
        self.links: list[str] = []
        self.is_noindex = self.is_nofollow = False


def parse_page(content: bytes, address: str) -> WebPage:
    """Title, links and what a crawler is asked to leave alone. What cannot be parsed has none."""
    try:
        root = html.document_fromstring(content)
    except (etree.ParserError, ValueError):
        return WebPage()
    page = WebPage(" ".join((root.findtext(".//title") or "").split())[:200])
    base = next((joined(address, each) for each in root.xpath("//base/@href")), "") or address
    for anchor in root.iter("a", "area"):
        reference, rel = anchor.get("href"), (anchor.get("rel") or "").lower()
        if reference and "nofollow" not in rel.split() and len(page.links) < MAX_LINKS:
            page.links.append(joined(base, reference))
    for link in root.iter("link"):
        if (link.get("rel") or "").lower() == "canonical" and link.get("href"):
            page.canonical = joined(base, link.get("href", ""))
    for meta in root.iter("meta"):
        if (meta.get("name") or "").lower() in ("robots", AGENT.lower()):
            words = (meta.get("content") or "").lower()
            page.is_noindex |= "noindex" in words or "none" in words
            page.is_nofollow |= "nofollow" in words or "none" in words
    etree.strip_elements(root, *_UNSEEN, with_tail=False)
    page.text = " ".join(root.text_content().split())
    return page


def parse_sitemap(content: bytes) -> tuple[list[str], list[str]]:
    """Pages and further sitemaps. Raises SourceError for what is no XML."""
    if content.startswith(b"\x1f\x8b"):
        try:
            content = zlib.decompressobj(wbits=31).decompress(content, LIST_BYTES)
        except zlib.error as error:
            raise SourceError("protocol", str(error)) from error
    root = parse_xml(content, is_strict=False)
    places = [(each.getparent(), (each.text or "").strip()) for each in root.iter("{*}loc")]
    pages = [text for parent, text in places if parent is not None and etree.QName(parent).localname == "url"]
    sitemaps = [
        text for parent, text in places if parent is not None and etree.QName(parent).localname == "sitemap"
    ]
    return pages, sitemaps[:MAX_SITEMAPS]


def _normal(address: str) -> str:
    """One spelling for one page, without its fragment. Empty for what is no address of the web."""
    if len(address) > ssrf_guard.MAX_URL_CHARACTERS:
        return ""
    try:
        url = URL(address.strip()).with_fragment(None)
        is_web = url.scheme in ("http", "https") and bool(url.host) and url.user is None
    except (ValueError, UnicodeError):
        return ""
    return str(url) if is_web else ""


def _path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _file_name(address: str, suffix: str) -> str:
    parts = urlsplit(address)
    path = f"{unquote(parts.path).strip('/') or 'index'}{f' {unquote(parts.query)}' if parts.query else ''}"
    stem = path.removesuffix(PurePosixPath(path).suffix) if path.lower().endswith((".htm", suffix)) else path
    return f"{parts.netloc}/{stem}"[-180:] + suffix


def _validators(answer: Download) -> str:
    """What the server will know this version by."""
    kept = {name: answer.headers[name] for name in ("etag", "last-modified") if name in answer.headers}
    text = json.dumps(kept)
    return text if kept and len(text) <= 300 else ""


def _conditions(fingerprint: str) -> dict[str, str]:
    kept = json.loads(fingerprint) if fingerprint else {}
    names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    return {header: kept[name] for name, header in names.items() if name in kept}
