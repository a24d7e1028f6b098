"""Whom Feishu lets read its documents, as its API documents it: sharing by link, collaborators, members of wiki spaces."""

from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.connectors.models import DocumentSource
from apps.knowledge import rights
from apps.knowledge.models import Document
from tests.connectors.conftest import NewSource, as_json, sync
from tests.loopback_server import LoopbackServer, Reply

CHARLIE = "charlie@teahouse.example"
PERMISSIONS = "/open-apis/drive/v1/permissions"
CONTACTS = "/open-apis/contact/v3"


def answer(**data: Any) -> Reply:
    return as_json({"code": 0, "msg": "ok", "data": data})


def sharing(link: str = "closed", *, is_locked: bool = False) -> Reply:
    return answer(permission_public={"link_share_entity": link, "lock_switch": is_locked})


def collaborator(kind: str, member_id: str, **more: str) -> dict[str, str]:
    return {"member_type": kind, "member_id": member_id, "perm": "view", **more}


def person(number: str, email: str = "", **more: Any) -> dict[str, Any]:
    return {"open_id": number, "email": email, "status": {"is_resigned": False}, **more}


@pytest.fixture
def feishu(site: LoopbackServer, charlie: User) -> LoopbackServer:
    User.objects.filter(pk=charlie.pk).update(email=CHARLIE)
    site.replies |= {
        "/open-apis/auth/v3/tenant_access_token/internal": as_json({"code": 0, "tenant_access_token": "t"}),
        "*": as_json({"code": 1063002, "msg": "Permission denied"}, status=403),
    }
    return site


@pytest.fixture
def reads(charlie: User) -> Any:
    """What Charlie, who only looks on, reads of what came."""

    def titles() -> set[str]:
        member = Membership.objects.select_related("organisation", "user").get(user=charlie)
        return set(rights.readable_documents(Actor.from_member(member)).values_list("title", flat=True))

    return titles


def drive(feishu: LoopbackServer, *names: str) -> None:
    files = [{"token": name, "name": name, "type": "docx", "modified_time": "1"} for name in names]
    feishu.replies["/open-apis/drive/v1/files?page_size=50&folder_token=f"] = answer(files=files)
    for name in names:
        feishu.replies[f"/open-apis/docx/v1/documents/{name}/raw_content"] = answer(content=f"{name}\nTea.")


def share(feishu: LoopbackServer, token: str, *members: dict[str, str], kind: str = "docx") -> None:
    feishu.replies |= {
        f"{PERMISSIONS}/{token}/public?type={kind}": sharing(),
        f"{PERMISSIONS}/{token}/members?type={kind}": answer(items=list(members)),
    }


def people(feishu: LoopbackServer, *persons: dict[str, Any]) -> None:
    ids = "".join(f"user_ids={each['open_id']}&" for each in persons)
    feishu.replies[f"{CONTACTS}/users/batch?{ids}user_id_type=open_id"] = answer(items=list(persons))


@pytest.fixture
def folder(feishu: LoopbackServer, new_source: NewSource) -> DocumentSource:
    """A folder of documents that are shared in each of the ways that there are."""
    drive(
        feishu, "Link", "World", "Person", "Mail", "Team", "Chat", "Group", "Stranger", "Company", "Unknown"
    )
    feishu.replies |= {
        f"{PERMISSIONS}/Link/public?type=docx": sharing("tenant_readable"),
        f"{PERMISSIONS}/World/public?type=docx": sharing("anyone_editable"),
    }
    share(feishu, "Person", collaborator("openid", "ou_c"), collaborator("openid", "ou_x"))
    share(feishu, "Mail", collaborator("email", CHARLIE.upper()))
    share(feishu, "Team", collaborator("opendepartmentid", "od_1"))
    share(feishu, "Chat", collaborator("openchat", "oc_1"))
    share(feishu, "Group", collaborator("groupid", "g_1"))
    share(feishu, "Stranger", collaborator("openid", "ou_s"), collaborator("somethingnew", "1"))
    share(feishu, "Company", collaborator("opendepartmentid", "0"))
    people(feishu, person("ou_c", CHARLIE), person("ou_x", "x@else.example"))
    people(feishu, person("ou_s", CHARLIE, status={"is_resigned": True}))
    below = f"{CONTACTS}/departments/od_1/children?department_id_type=open_department_id&page_size=50&fetch_child=true"
    found = f"{CONTACTS}/users/find_by_department?department_id_type=open_department_id&page_size=50&department_id"
    feishu.replies |= {
        below: answer(items=[{"open_department_id": "od_2"}]),
        f"{found}=od_1": answer(items=[person("ou_y", "y@else.example")], has_more=True, page_token="p"),
        f"{found}=od_1&page_token=p": answer(items=[]),
        f"{found}=od_2": answer(items=[person("ou_c", "", enterprise_email=CHARLIE)]),
        "/open-apis/im/v1/chats/oc_1/members?member_id_type=open_id": answer(items=[{"member_id": "ou_c"}]),
        f"{CONTACTS}/group/g_1/member/simplelist?member_id_type=open_id&member_type=user": answer(
            memberlist=[{"member_id": "ou_x"}]
        ),
    }
    return new_source("feishu", "sealed", address=feishu.url, app_id="cli_1", space="", folder="f")


@pytest.mark.slow
def test_documents_of_a_folder_are_read_by_whom_they_are_shared_with(
    folder: DocumentSource, reads: Any
) -> None:
    sync(folder)

    assert Document.objects.count() == 10
    assert reads() == {"Link", "World", "Company", "Person", "Mail", "Team", "Chat"}
    assert set(Document.objects.filter(is_restricted=False).values_list("title", flat=True)) == {
        "Link",
        "World",
        "Company",
    }


@pytest.mark.slow
def test_what_is_closed_or_opened_there_or_no_more_told_is_so_here(
    folder: DocumentSource, feishu: LoopbackServer, reads: Any, alice_actor: Actor
) -> None:
    sync(folder)
    share(feishu, "Link", collaborator("email", "x@else.example"))
    feishu.replies[f"{PERMISSIONS}/Stranger/public?type=docx"] = sharing("tenant_editable")
    del feishu.replies[f"{PERMISSIONS}/World/public?type=docx"]

    sync(folder, alice_actor)

    assert reads() == {"Stranger", "Company", "Person", "Mail", "Team", "Chat"}


def node(name: str, **more: Any) -> dict[str, Any]:
    return {"node_token": f"n{name}", "obj_token": name, "title": name, "obj_type": "docx", **more}


@pytest.fixture
def space(feishu: LoopbackServer, new_source: NewSource) -> DocumentSource:
    """An open page, a locked one with one below it, one for the members of the space, and a shortcut to a closed one."""
    nodes = "/open-apis/wiki/v2/spaces/7/nodes?page_size=50"
    top = [
        node("Open"),
        node("Locked", has_child=True),
        node("Shortcut", node_type="shortcut"),
    ]
    feishu.replies |= {
        "/open-apis/wiki/v2/spaces/7": answer(space={"visibility": "public"}),
        nodes: answer(items=top, has_more=False),
        f"{nodes}&parent_node_token=nLocked": answer(items=[node("Below")], has_more=False),
        f"{PERMISSIONS}/nOpen/public?type=wiki": sharing(),
        f"{PERMISSIONS}/nShortcut/public?type=wiki": sharing(),
        "/open-apis/wiki/v2/spaces/7/members?page_size=50": answer(
            members=[], items=[collaborator("openid", "ou_c", member_role="member")]
        ),
        **{
            f"/open-apis/docx/v1/documents/{name}/raw_content": answer(content=f"{name}\nTea.")
            for name in ("Open", "Locked", "Below", "Shortcut")
        },
    }
    share(feishu, "nOpen", kind="wiki")
    share(feishu, "nShortcut", kind="wiki")
    share(feishu, "nLocked", collaborator("email", "boss@else.example"), kind="wiki")
    feishu.replies[f"{PERMISSIONS}/nLocked/public?type=wiki"] = sharing(is_locked=True)
    share(feishu, "nBelow", collaborator("wikispaceid", "7", type="wiki_space_editor"), kind="wiki")
    people(feishu, person("ou_c", CHARLIE))
    return new_source("feishu", "sealed", address=feishu.url, app_id="cli_1", space="7", folder="")


def test_pages_of_an_open_space_are_open_but_what_is_locked_with_all_below_it(
    space: DocumentSource, reads: Any
) -> None:
    sync(space)

    assert Document.objects.count() == 4
    assert reads() == {"Open"}


def test_pages_of_a_private_space_are_read_by_its_members(
    space: DocumentSource, feishu: LoopbackServer, reads: Any
) -> None:
    feishu.replies["/open-apis/wiki/v2/spaces/7"] = answer(space={"visibility": "private"})
    share(feishu, "nOpen", collaborator("wikispaceid", "7", type="wiki_space_member"), kind="wiki")

    sync(space)

    # Of the page below, the members who edit alone were named.
    assert reads() == {"Open"}


@pytest.mark.slow
def test_a_server_that_is_away_while_rights_are_asked_opens_and_closes_nothing(
    folder: DocumentSource, feishu: LoopbackServer, reads: Any, alice_actor: Actor
) -> None:
    sync(folder)
    before = reads()
    feishu.replies[f"{PERMISSIONS}/Link/public?type=docx"] = Reply(b"<html>Bad gateway</html>", status=502)

    job = sync(folder, alice_actor)

    assert (job.error_code, reads()) == ("protocol", before)
