"""Documents of Feishu (飞书, Lark), of a wiki or a folder of its drive, with who may read them. They come as plain text."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlencode

from apps.connectors.reasons import Busy, ItemGone, SourceError
from apps.connectors.sources.feishu_rights import FeishuRights, Query
from apps.connectors.sources.http import HttpClient
from apps.connectors.sources.interface import Fetched, Listed, Listing
from apps.jobs.runs import JobRun

MAX_DOCUMENTS, MAX_FOLDERS = 20_000, 2000
# What Feishu says instead of 429, and of a document that was deleted.
TOO_OFTEN, DELETED = 99991400, (1770002, 1770003)
NO_ACCESS = (99991663, 99991672, 1770032, 131006, 1061004)


class FeishuConnector:
    absence: Literal["gone"] = "gone"
    delay = 0.25  # five a second are allowed
    limit = MAX_DOCUMENTS

    def __init__(self, run: JobRun, place: Mapping[str, Any], secret: str) -> None:
        self.http, self.place, self.secret = HttpClient(run), place, secret
        self.address = place["address"].rstrip("/")
        self.rights = FeishuRights(self._ask)

    def list_items(self, cursor: str) -> Listing:
        """A part of one folder or node; the cursor holds its place there, whether all may read it, and what is still to be
        looked into.
        """
        space = self.place.get("space", "")
        count, waiting = json.loads(cursor) if cursor else (0, [[self.place.get("folder", ""), ""]])
        (folder, page, *above), *waiting = waiting
        try:
            # Above a node that it begins at there may be some that are closed.
            is_open = above[0] if above else bool(space and not folder and self.rights.is_space_open(space))
            answer = self._wiki(space, folder, page, is_open) if space else self._drive(folder, page)
        except (KeyError, TypeError, AttributeError) as error:
            raise SourceError("protocol", type(error).__name__) from error
        items, folders, next_page = answer
        waiting = [*([[folder, next_page, is_open]] if next_page else []), *waiting, *folders]
        if count + len(waiting) > MAX_FOLDERS:
            raise SourceError("too_large")
        return Listing(items, json.dumps([count + 1, waiting]) if waiting else "")

    def fetch(self, key: str, _fingerprint: str) -> Fetched:
        data = self._ask(f"docx/v1/documents/{key}/raw_content")
        text = str(data.get("content") or "")
        if not text.strip():
            raise SourceError("empty")
        title = " ".join(text.strip().splitlines()[0].split())[:200]
        return Fetched(text.encode(), f"{title.replace('/', ' ')[:120]}.txt", title)

    def close(self) -> None:
        pass

    def _wiki(self, space: str, node: str, page: str, is_open: bool) -> tuple[list[Listed], list[Any], str]:
        query = {"page_size": "50", "page_token": page, "parent_node_token": node}
        data = self._ask(f"wiki/v2/spaces/{space}/nodes", query)
        items, folders = [], []
        for each in data.get("items") or []:
            is_document, has_child = each.get("obj_type") == "docx", bool(each.get("has_child"))
            if not (is_document or has_child):
                continue
            rights, is_open_below = self.rights.of_node(each["node_token"], is_open=is_open)
            if each.get("node_type") == "shortcut":
                # It opens nothing of what it leads to.
                rights, is_open_below = self.rights.of_document(each["obj_token"]), False
            if is_document:
                edited = str(each.get("obj_edit_time", ""))
                items.append(Listed(each["obj_token"], each.get("title", ""), edited, rights))
            if has_child:
                folders.append([each["node_token"], "", is_open_below])
        return items, folders, _next_page(data, "page_token")

    def _drive(self, folder: str, page: str) -> tuple[list[Listed], list[Any], str]:
        query = {"page_size": "50", "page_token": page, "folder_token": folder}
        data = self._ask("drive/v1/files", query)
        files = data.get("files") or []
        items = [
            Listed(
                each["token"],
                each.get("name", ""),
                str(each.get("modified_time", "")),
                self.rights.of_document(each["token"]),
            )
            for each in files
            if each.get("type") == "docx"
        ]
        folders = [[each["token"], "", False] for each in files if each.get("type") == "folder"]
        return items, folders, _next_page(data, "next_page_token")

    @cached_property
    def _token(self) -> str:
        body = {"app_id": self.place["app_id"], "app_secret": self.secret}
        answer = self.http.ask(
            f"{self.address}/open-apis/auth/v3/tenant_access_token/internal",
            method="POST",
            headers={"Content-Type": "application/json"},
            body=json.dumps(body).encode(),
        )
        token = _json(answer.content).get("tenant_access_token")
        if not token:
            raise SourceError("login", str(_json(answer.content).get("msg", "")))
        return str(token)

    def _ask(self, path: str, query: Query | None = None) -> dict[str, Any]:
        asked = urlencode({name: value for name, value in (query or {}).items() if value}, doseq=True)
        answer = self.http.ask(
            f"{self.address}/open-apis/{path}{'?' if asked else ''}{asked}",
            headers={"Authorization": f"Bearer {self._token}"},
        )
        told = _json(answer.content)
        code = told.get("code")
        if code == TOO_OFTEN:
            wait = answer.headers.get("x-ogw-ratelimit-reset", "")
            raise Busy(float(wait) if wait.isdecimal() and len(wait) < 5 else 60.0)
        if code in DELETED:
            raise ItemGone
        if code != 0:
            reason = "login" if code in NO_ACCESS or answer.status in (401, 403) else "status"
            raise SourceError(reason, f"{code} {told.get('msg', '')}")
        data = told.get("data")
        return data if isinstance(data, dict) else {}


def _next_page(data: Mapping[str, Any], name: str) -> str:
    """Without it the rest of a list would look as if it were gone. Raises SourceError."""
    if not data.get("has_more"):
        return ""
    if not data.get(name):
        raise SourceError("protocol", name)
    return str(data[name])


def _json(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SourceError("protocol") from error
    return told if isinstance(told, dict) else {}
