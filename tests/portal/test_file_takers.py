"""Files that are dropped on the start page: who is offered, in which order, and what is said when nobody takes one."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import resolve, reverse

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Switch
from apps.accounts.permissions import PERMISSIONS
from apps.core.desks import FileTaker
from apps.core.errors import InvalidInput, TooLarge, UnsupportedContent
from apps.marketing.imports.models import MAX_IMPORT_BYTES
from apps.portal import recognition
from apps.portal.file_takers import FILE_TAKERS, FileOffer, offers_for, takers_for
from apps.workbench import services as workbench

SSHD = b"""Dec 10 06:55:46 LabSZ sshd[24200]: reverse mapping checking getaddrinfo failed - POSSIBLE BREAK-IN ATTEMPT!
Dec 10 06:55:46 LabSZ sshd[24200]: Invalid user webmaster from 173.234.31.186
Dec 10 06:55:48 LabSZ sshd[24200]: Failed password for invalid user webmaster from 173.234.31.186 port 38926 ssh2
"""
HANDBOOK = "茶室手册\n\n退货请在三十天内提出。\n运费由店铺承担。\n".encode()
ANSWERS, PEOPLE_TABLE = "Table of saved answers", "Table of people"
PEOPLE = "姓名,手机,城市\n张三,13800000000,杭州\n".encode("gb18030")
WAVE = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data"


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


def offered(actor: Actor, name: str, head: bytes, size: int | None = None) -> list[str]:
    offers = offers_for(actor, name=name, head=head, size=len(head) if size is None else size)
    return [str(offer.taker.title) for offer in offers]


@pytest.mark.parametrize(
    ("name", "head", "titles"),
    [
        ("auth.log", SSHD, ["Log file"]),
        ("auth.log.1", SSHD, ["Log file"]),
        ("auth.txt", SSHD, ["Log file", "Document", "Document to translate"]),
        ("auth", SSHD, ["Log file", "Document", "Document to translate"]),
        ("logs.zip", zipped("auth.log"), ["Log file"]),
        ("handbook.txt", HANDBOOK, ["Document", "Log file", "Document to translate"]),
        ("handbook.md", HANDBOOK, ["Document", "Document to translate"]),
        ("handbook.pdf", b"%PDF-1.7\n%\xe2\xe3", ["Document"]),
        (
            "contract.docx",
            zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml"),
            ["Document", "Document to translate"],
        ),
        ("prices.xlsx", zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), ["Document"]),
        ("book.epub", zipped("META-INF/container.xml"), ["Document"]),
        ("prices.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ["Document"]),
        ("order.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ["Document"]),
        ("order.eml", b"From: a@b.c\nTo: d@e.f\nSubject: Tea\nDate: today\n\nTea?\n", ["Document"]),
        ("photo.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ["Document", "Picture to read"]),
        ("people.csv", PEOPLE, [PEOPLE_TABLE, "Document", ANSWERS, "Log file"]),
        ("faq.csv", b"question,answer\nWhen?,Now\n", [ANSWERS, "Document", "Log file", PEOPLE_TABLE]),
        (
            "events.csv",
            b"timestamp,level,message\n1,ERROR,x\n",
            ["Log file", "Document", ANSWERS, PEOPLE_TABLE],
        ),
        ("plain.csv", b"a;b\n1;2\n", ["Document", ANSWERS, "Log file", PEOPLE_TABLE]),
        ("visit.wav", WAVE, ["Recording"]),
        # Whatever it is called: the content decides.
        ("visit.log", WAVE, ["Recording"]),
        ("film.srt", b"1\n00:00:01,000 --> 00:00:02,000\nTea?\n", ["Document to translate"]),
    ],
)
def test_a_file_is_offered_to_those_who_take_it_the_likeliest_first(
    name: str, head: bytes, titles: list[str], alice_actor: Actor
) -> None:
    assert offered(alice_actor, name, head) == titles


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("program.exe", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"),
        ("shop.jar", zipped("META-INF/MANIFEST.MF")),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    ],
)
def test_what_nobody_takes_is_refused_with_what_is_taken(name: str, head: bytes, alice_actor: Actor) -> None:
    with pytest.raises(UnsupportedContent) as refusal:
        offered(alice_actor, name, head)

    assert "recordings and videos (.wav" in refusal.value.reason
    assert ".docx" in refusal.value.reason


@pytest.mark.parametrize("head", [b"", b" \n\n"])
def test_an_empty_file_is_refused(head: bytes, alice_actor: Actor) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        offered(alice_actor, "a.txt", head)


def test_a_file_is_offered_only_to_those_whom_it_is_not_too_large_for(alice_actor: Actor) -> None:
    assert offered(alice_actor, "people.csv", PEOPLE, 100 * 2**20) == [PEOPLE_TABLE, "Log file"]
    with pytest.raises(TooLarge, match="at most 2"):
        offered(alice_actor, "people.csv", PEOPLE, 10 * MAX_IMPORT_BYTES)


def test_nobody_is_offered_what_their_role_does_not_allow(alice_actor: Actor) -> None:
    member = Membership.objects.get(pk=alice_actor.member.pk)  # type: ignore[union-attr]
    as_role: dict[str, list[str]] = {}
    for role in ("marketer", "viewer", "operator"):
        member.role = role
        as_role[role] = [str(taker.title) for taker in takers_for(Actor.from_member(member))]

    assert as_role == {
        "marketer": ["Document", "Table of people", "Document to translate"],
        "viewer": [],
        "operator": ["Document to translate"],
    }


def test_pictures_are_read_by_whom_the_app_is_there_for_or_who_may_add_it(alice_actor: Actor) -> None:
    photo = b"\xff\xd8\xff\xe0\x00\x10JFIF"
    member = Membership.objects.get(pk=alice_actor.member.pk)  # type: ignore[union-attr]
    member.role = "operator"
    operator = Actor.from_member(member)
    with pytest.raises(UnsupportedContent):
        offered(operator, "photo.jpg", photo)

    workbench.add_shipped_app(alice_actor, app="read_picture")

    assert offered(operator, "photo.jpg", photo) == ["Picture to read"]


def test_a_desk_that_is_switched_off_takes_nothing(alice_actor: Actor) -> None:
    Switch.objects.create(organisation=alice_actor.organisation, name="log_analysis")
    switches.clear()

    assert offered(alice_actor, "auth.txt", SSHD) == ["Document", "Document to translate"]


@pytest.mark.parametrize("taker", FILE_TAKERS, ids=lambda taker: str(taker.title))
def test_what_a_taker_declares_is_there_and_asks_for_no_less_than_its_api(taker: FileTaker) -> None:
    offer = FileOffer(taker)
    permissions = offer.view_set.permissions
    action = resolve(offer.uploads_url).func.actions["post"]  # type: ignore[attr-defined]
    needed = permissions if isinstance(permissions, str) else permissions[action]

    assert offer.max_bytes > 0
    assert {needed} <= set(taker.permissions) <= PERMISSIONS.keys()
    # Whoever is offered it can open what came of it.
    assert resolve(offer.opens_url).func.access in taker.permissions  # type: ignore[attr-defined]


def test_text_in_any_encoding_is_read_for_what_it_says() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        head = "时间,级别\n".encode(encoding)
        assert recognition.beginning(head).lstrip("\ufeff").startswith("时间"), encoding


def ask(client: Client, name: str, head: bytes, **fields: object) -> Any:
    body = {"head": SimpleUploadedFile(name, head), "size": len(head), **fields}
    return client.post(reverse("portal:file_offers"), body)


def test_the_start_page_has_a_place_for_files_for_whom_there_is_a_taker(
    alice_browser: Client, charlie: Any
) -> None:
    page = alice_browser.get("/").content.decode()
    assert 'id="drop-files"' in page
    assert "/static/portal/drop.js" in page
    looks_on = Client()
    looks_on.force_login(charlie)

    assert "drop-files" not in looks_on.get("/").content.decode()


def test_a_file_with_one_taker_goes_there_without_a_question(alice_browser: Client) -> None:
    row = ask(alice_browser, "visit <b>.wav", WAVE).content.decode()

    assert "data-asked" not in row
    assert row.count("data-offer") == 1
    assert 'data-create="/api/v1/recordings/"' in row
    assert 'data-opens="/recordings/00000000-0000-0000-0000-000000000000/"' in row
    assert "data-resumable" in row
    assert "visit &lt;b&gt;.wav" in row


def test_several_takers_are_a_choice_of_cards(alice_browser: Client) -> None:
    row = ask(alice_browser, "handbook.md", HANDBOOK).content.decode()

    assert "data-asked" in row
    assert row.index("Unsorted documents") < row.index("Translates it")
    # What a translation has to know is asked on its card; documents are sent whole.
    assert '<select name="source_language"' in row
    assert "data-resumable" not in row


def test_a_refusal_is_said_in_the_row(alice_browser: Client) -> None:
    answer = ask(alice_browser, "program.exe", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00")

    assert answer.status_code == 200
    assert "This file type is not supported" in answer.content.decode()
    assert "data-offer" not in answer.content.decode()


def test_no_more_than_the_beginning_is_looked_at(alice_browser: Client) -> None:
    head = b"x\n" * recognition.HEAD_BYTES + b"\0\0"

    assert "data-offer" in ask(alice_browser, "long.txt", head).content.decode()


@pytest.mark.parametrize("size", ["", "-1", "many"])
def test_a_request_that_names_no_size_is_refused(size: str, alice_browser: Client) -> None:
    assert ask(alice_browser, "a.txt", b"x", size=size).status_code == 400
