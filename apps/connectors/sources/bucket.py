"""A bucket that speaks S3: listed and read by plain requests, signed as AWS describes it (Signature Version 4)."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from lxml import etree

from apps.connectors.reasons import SourceError
from apps.connectors.sources.folder import MAX_FILES, is_document
from apps.connectors.sources.http import HttpClient, parse_xml
from apps.connectors.sources.interface import Fetched, Listed, Listing
from apps.jobs.runs import JobRun

EMPTY_DIGEST = hashlib.sha256(b"").hexdigest()


class BucketConnector:
    absence: Literal["gone"] = "gone"
    delay = 0.0
    limit = MAX_FILES

    def __init__(self, run: JobRun, place: Mapping[str, Any], secret: str) -> None:
        self.http, self.place, self.secret = HttpClient(run), place, secret
        self.address = f"{place['address'].rstrip('/')}/{quote(place['bucket'], safe='')}"

    def list_items(self, cursor: str) -> Listing:
        query = {"list-type": "2", "max-keys": "1000", "prefix": self.place.get("only_below", "")}
        if cursor:
            query["continuation-token"] = cursor
        url = f"{self.address}?{canonical_query(query)}"
        root = parse_xml(self.http.read_list(url, headers=self._signed(url)).content)
        if etree.QName(root).localname != "ListBucketResult":
            raise SourceError("protocol")
        items = [
            Listed(key, PurePosixPath(key).name, each.findtext("{*}ETag", ""))
            for each in root.iter("{*}Contents")
            if is_document(key := each.findtext("{*}Key", ""))
        ]
        is_more = root.findtext("{*}IsTruncated", "") == "true"
        token = root.findtext("{*}NextContinuationToken", "")
        if is_more and not token:
            raise SourceError("protocol", "NextContinuationToken")
        return Listing(items, token if is_more else "")

    def fetch(self, key: str, _fingerprint: str) -> Fetched:
        url = f"{self.address}/{quote(key, safe='/~')}"
        answer = self.http.fetch(url, headers=self._signed(url))
        return Fetched(answer.content, key, fingerprint=answer.headers.get("etag", ""))

    def close(self) -> None:
        pass

    def _signed(self, url: str) -> dict[str, str]:
        """A bucket that everybody may read takes requests without a key."""
        if not self.secret:
            return {}
        return signed_headers(
            url,
            key_id=self.place["key_id"],
            secret=self.secret,
            region=self.place.get("region") or "us-east-1",
            now=datetime.now(UTC),
        )


def canonical_query(query: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query))


def signed_headers(url: str, *, key_id: str, secret: str, region: str, now: datetime) -> dict[str, str]:
    """Of a GET without a body, whose path and query are written as they are signed."""
    parts, moment = urlsplit(url), now.strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": parts.netloc, "x-amz-content-sha256": EMPTY_DIGEST, "x-amz-date": moment}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = "\n".join(["GET", parts.path, parts.query, lines, names, EMPTY_DIGEST])
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}".encode(), "sha256").hexdigest()
    credential = f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": credential}
