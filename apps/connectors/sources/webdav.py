"""A WebDAV folder, such as one of Nextcloud: one PROPFIND for each folder of it."""

import json
from base64 import b64encode
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import quote, unquote, urlsplit

from lxml import etree

from apps.connectors.reasons import SourceError
from apps.connectors.sources.folder import MAX_FILES, is_document
from apps.connectors.sources.http import HttpClient, joined, parse_xml
from apps.connectors.sources.interface import Fetched, Listed, Listing
from apps.jobs.runs import JobRun

MAX_FOLDERS = 2000
_ASKED = (
    b'<?xml version="1.0"?><propfind xmlns="DAV:"><prop>'
    b"<resourcetype/><getetag/><getlastmodified/><getcontentlength/></prop></propfind>"
)
MULTISTATUS = 207


class WebDavConnector:
    absence: Literal["gone"] = "gone"
    delay = 0.0
    limit = MAX_FILES

    def __init__(self, run: JobRun, place: Mapping[str, Any], secret: str) -> None:
        self.address = f"{place['address'].rstrip('/')}/"
        headers = {}
        if place.get("user"):
            credentials = b64encode(f"{place['user']}:{secret}".encode()).decode()
            headers["Authorization"] = f"Basic {credentials}"
        self.http = HttpClient(run, headers=headers)
        self.base = unquote(urlsplit(self.address).path)

    def list_items(self, cursor: str) -> Listing:
        """The files of one folder; the cursor holds those that are still to be looked into, and how many were."""
        count, (folder, *waiting) = json.loads(cursor) if cursor else (0, [""])
        answer = self.http.read_list(
            self._address_of(folder),
            method="PROPFIND",
            headers={"Depth": "1", "Content-Type": "application/xml"},
            body=_ASKED,
        )
        if answer.status != MULTISTATUS:
            raise SourceError("protocol", f"HTTP {answer.status}")
        elements = list(parse_xml(answer.content).iter("{DAV:}response"))
        if not any(map(self._is_inside, elements)):
            # Not even the folder itself: a proxy in between calls it otherwise, and all would look as if it were gone.
            raise SourceError("protocol", self._path_of(elements[0]) if elements else "")
        items = []
        for element in elements:
            key = self._key_of(element)
            # It names itself, too; and what it names above or beside itself is not followed.
            if not key.startswith(folder) or key.rstrip("/") == folder.rstrip("/"):
                continue
            if element.find(".//{DAV:}collection") is not None:
                waiting.append(f"{key.rstrip('/')}/")
            elif is_document(key):
                items.append(Listed(key, PurePosixPath(key).name, _fingerprint(element)))
        if count + len(waiting) > MAX_FOLDERS:
            raise SourceError("too_large")
        return Listing(items, json.dumps([count + 1, waiting]) if waiting else "")

    def fetch(self, key: str, _fingerprint: str) -> Fetched:
        return Fetched(self.http.fetch(self._address_of(key)).content, key)

    def close(self) -> None:
        pass

    def _address_of(self, key: str) -> str:
        return self.address + quote(key, safe="/~")

    def _key_of(self, element: etree._Element) -> str:
        """Its path below the address; empty for whatever lies elsewhere."""
        return self._path_of(element)[len(self.base) :] if self._is_inside(element) else ""

    def _is_inside(self, element: etree._Element) -> bool:
        path = self._path_of(element)
        return f"{path}/".startswith(self.base) and ".." not in PurePosixPath(path).parts

    def _path_of(self, element: etree._Element) -> str:
        return unquote(urlsplit(joined(self.address, element.findtext("{DAV:}href", ""))).path)


def _fingerprint(element: etree._Element) -> str:
    facts = [
        element.findtext(f".//{{DAV:}}{name}", "")
        for name in ("getetag", "getlastmodified", "getcontentlength")
    ]
    return " ".join(facts).strip()[:300]
