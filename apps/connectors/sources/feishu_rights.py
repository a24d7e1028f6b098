"""Who may read documents of Feishu: by their sharing, their collaborators, and the members of their wiki space.

Chats, departments and groups are counted out to people, as nothing here knows them by their names. Whatever Feishu does not
tell opens nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from apps.connectors.reasons import ItemGone, SourceError
from apps.connectors.sources.interface import Rights

MOST_READERS, MOST_DEPARTMENTS, MOST_PARTS, AT_ONCE = 2000, 500, 100, 50
# Whoever has the link, of the organisation or of all the world.
_OPEN_LINKS = ("tenant_", "partner_tenant_", "anyone_")
_ID_TYPES = {"openid": "open_id", "userid": "user_id", "unionid": "union_id"}
EVERYBODY = "0"  # the department that holds all others
NOBODY = Rights()

Query = Mapping[str, str | Sequence[str]]
Ask = Callable[[str, Query], dict[str, Any]]
# A collaborator: what kind of id, and the id.
Member = tuple[str, str]


class FeishuRights:
    """Of one round. `ask` raises SourceError and ItemGone for what Feishu refuses."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self._emails: dict[Member, frozenset[str]] = {}

    def is_space_open(self, space: str) -> bool:
        """Whether everybody in the organisation reads the wiki space."""
        told = self._told(f"wiki/v2/spaces/{space}", {}) or {}
        return bool((told.get("space") or {}).get("visibility") == "public")

    def of_document(self, token: str) -> Rights | None:
        """None where everybody in the organisation may read it."""
        return self._of(token, "docx", self._sharing(token, "docx"))

    def of_node(self, token: str, *, is_open: bool) -> tuple[Rights | None, bool]:
        """Of a page of a wiki, and whether those below it are still open to all. `is_open`: what is above it is. A page that
        is locked takes nothing from above.
        """
        sharing = self._sharing(token, "wiki")
        stays_open = is_open and sharing is not None and not sharing.get("lock_switch", True)
        return (None if stays_open else self._of(token, "wiki", sharing)), stays_open

    def _sharing(self, token: str, kind: str) -> dict[str, Any] | None:
        told = self._told(f"drive/v1/permissions/{token}/public", {"type": kind})
        sharing = told.get("permission_public") if told else None
        return sharing if isinstance(sharing, dict) else None

    def _of(self, token: str, kind: str, sharing: Mapping[str, Any] | None) -> Rights | None:
        if sharing is None:
            return NOBODY
        if str(sharing.get("link_share_entity", "")).startswith(_OPEN_LINKS):
            return None
        named = list(self._all(f"drive/v1/permissions/{token}/members", {"type": kind}))
        members = [member for each in named for member in self._members(each)]
        if ("opendepartmentid", EVERYBODY) in members:
            return None
        return Rights(tuple(sorted(self._emails_of(members))[:MOST_READERS]))

    def _members(self, collaborator: Mapping[str, Any]) -> Iterator[Member]:
        """Of a wiki space those who are its members; of its editors only the administrators are told apart."""
        kind, member_id = str(collaborator.get("member_type", "")), str(collaborator.get("member_id", ""))
        if kind != "wikispaceid":
            yield kind, member_id
            return
        for each in self._all(f"wiki/v2/spaces/{member_id}/members", {"page_size": str(AT_ONCE)}):
            if collaborator.get("type") != "wiki_space_editor" or each.get("member_role") == "admin":
                yield str(each.get("member_type", "")), str(each.get("member_id", ""))

    def _emails_of(self, members: Iterable[Member]) -> set[str]:
        found: set[str] = set()
        people: dict[str, list[str]] = {}
        for kind, member_id in members:
            if kind == "email":
                found.add(member_id.lower())
            elif kind in _ID_TYPES:
                people.setdefault(kind, []).append(member_id)
            else:
                found |= self._emails_in((kind, member_id))
        for kind, ids in people.items():
            found |= self._emails_by_id(kind, ids)
        return found

    def _emails_in(self, several: Member) -> frozenset[str]:
        """Of a department with those below it, a chat or a group; of none that is not known here."""
        kind, member_id = several
        if several not in self._emails:
            if kind == "opendepartmentid":
                emails = self._emails_in_department(member_id)
            elif kind == "openchat":
                told = self._all(f"im/v1/chats/{member_id}/members", {"member_id_type": "open_id"})
                emails = self._emails_by_id("openid", [str(each.get("member_id", "")) for each in told])
            elif kind == "groupid":
                query = {"member_id_type": "open_id", "member_type": "user"}
                told = self._all(f"contact/v3/group/{member_id}/member/simplelist", query, "memberlist")
                emails = self._emails_by_id("openid", [str(each.get("member_id", "")) for each in told])
            else:
                emails = set()
            self._emails[several] = frozenset(emails)
        return self._emails[several]

    def _emails_in_department(self, department: str) -> set[str]:
        query = {"department_id_type": "open_department_id", "page_size": str(AT_ONCE)}
        below = self._all(f"contact/v3/departments/{department}/children", {**query, "fetch_child": "true"})
        departments = [department, *(str(each.get("open_department_id", "")) for each in below)]
        found: set[str] = set()
        for each in departments[:MOST_DEPARTMENTS]:
            people = self._all("contact/v3/users/find_by_department", {**query, "department_id": each})
            found.update(email for person in people for email in _emails(person))
            if len(found) > MOST_READERS:
                break
        return found

    def _emails_by_id(self, kind: str, ids: Sequence[str]) -> set[str]:
        new = sorted({each for each in ids if each and (kind, each) not in self._emails})
        id_type = _ID_TYPES[kind]
        for start in range(0, len(new), AT_ONCE):
            some = new[start : start + AT_ONCE]
            self._emails |= dict.fromkeys(((kind, each) for each in some), frozenset())
            told = self._told("contact/v3/users/batch", {"user_ids": some, "user_id_type": id_type}) or {}
            for person in told.get("items") or []:
                self._emails[kind, str(person.get(id_type, ""))] = frozenset(_emails(person))
        return {email for each in ids for email in self._emails.get((kind, each), ())}

    def _all(self, path: str, query: Query, name: str = "items") -> Iterator[dict[str, Any]]:
        """Of a list in parts, as far as it is told."""
        token = ""
        for _part in range(MOST_PARTS):
            told = self._told(path, {**query, "page_token": token}) or {}
            yield from told.get(name) or []
            token = str(told.get("page_token") or "") if told.get("has_more") else ""
            if not token:
                return

    def _told(self, path: str, query: Query) -> dict[str, Any] | None:
        """None where Feishu refuses to tell: then nobody is let in by it. A server that is away is no refusal."""
        try:
            return self.ask(path, query)
        except ItemGone:
            return None
        except SourceError as error:
            if error.code not in ("login", "status"):
                raise
            return None


def _emails(person: Mapping[str, Any]) -> Iterator[str]:
    if not (person.get("status") or {}).get("is_resigned"):
        yield from (str(person[name]).lower() for name in ("email", "enterprise_email") if person.get(name))
