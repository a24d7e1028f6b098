"""The trail's page says what happened in words; ids and codes are in the exported file."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import translation

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.audit import presenters, services
from apps.audit.models import AuditEntry
from apps.audit.sentences import SENTENCES
from apps.knowledge import services as knowledge
from apps.log_analysis.sources.models import LogFile, LogSource
from apps.marketing.briefs.models import Brief
from apps.marketing.copywriting.models import CopyRequest
from apps.medical_records.middleware import ACTIONS as READINGS
from tests.architecture.test_code import ROOT, nodes_of, sources

pytestmark = pytest.mark.django_db
CODE = re.compile(r"[a-z][a-z_]+(\.[a-z_]+)+")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{32}")
NOTING = {"record", "_record", "_saved", "note_access", "FileExport"}


def recorded_actions() -> Iterator[str]:
    """What is passed, as it stands in the code, to what writes the trail."""
    for path in [each for each in sources() if each.is_relative_to(ROOT / "apps")]:
        for node in nodes_of(path, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            arguments = [*node.args, *(each.value for each in node.keywords if each.arg == "action")]
            for each in arguments if name in NOTING else []:
                if isinstance(each, ast.Constant) and CODE.fullmatch(str(each.value)):
                    yield str(each.value)


def body(page: str) -> str:
    return page.partition("<tbody>")[2].partition("</tbody>")[0]


def test_every_action_that_is_recorded_has_a_sentence() -> None:
    recorded = {*recorded_actions(), *READINGS.values()}

    assert len(recorded) > 80
    assert recorded - SENTENCES.keys() == set()


def test_every_sentence_speaks_chinese() -> None:
    with translation.override("zh-hans"):
        silent = [action for action, text in SENTENCES.items() if str(text).isascii()]

    assert silent == []


def test_the_page_names_who_what_and_on_what_without_ids_or_codes(
    alice_browser: Client, alice_actor: Actor, tea_house: Organisation
) -> None:
    carol = User.objects.create_user("carol@tea.example", name="Carol")
    member = Membership.objects.create(organisation=tea_house, user=carol, role="viewer")
    accounts.change_role(alice_actor, member, role="admin")
    collection = knowledge.create_collection(alice_actor, name="Handbook of tea")
    services.record(
        alice_actor, action="record.read", details={"address": "x:y", "records": [str(member.pk)]}
    )

    shown = body(alice_browser.get("/audit/", headers={"Accept-Language": "en"}).content.decode())

    for words in ("Changed a member&#x27;s role", "Carol", "Before: viewer", "After: administrator"):
        assert words in shown
    assert f">{collection.name}<" in shown
    text = re.sub(r"<[^>]*>", " ", shown)
    assert ID.search(text) is None
    assert [code for action in SENTENCES if (code := action) in text] == []


def test_a_code_of_a_desk_is_told_in_its_words(alice_actor: Actor) -> None:
    entry = services.record(alice_actor, action="copy.approved", details={"channel": "xiaohongshu"})

    with translation.override("zh-hans"):
        [(_label, word)] = presenters.lines(alice_actor.organisation, [entry])[0].details

    assert word == "小红书"


def test_a_row_without_a_name_of_its_own_is_still_told_from_others(alice_actor: Actor) -> None:
    brief = Brief.objects.create(organisation=alice_actor.organisation, product="Rock tea")
    made = CopyRequest.objects.create(organisation=alice_actor.organisation, brief=brief, channels=["sms"])
    source = LogSource.objects.create(organisation=alice_actor.organisation, name="web")
    file = LogFile.objects.create(
        organisation=alice_actor.organisation,
        source=source,
        file_name="secret.log",
        created_at=datetime(2026, 5, 4, 7, 0, tzinfo=UTC),
    )
    actions = {"brief.created": brief, "copy_request.created": made, "log_file.received": file}
    entries = [services.record(alice_actor, action=name, target=row) for name, row in actions.items()]

    told = [line.target for line in presenters.lines(alice_actor.organisation, entries)]

    # The name of a file is sealed.
    assert told == ["Rock tea", "Rock tea", "of 2026-05-04 15:00"]


def test_a_row_of_another_organisation_gets_no_name(alice_actor: Actor, bob_actor: Actor) -> None:
    foreign = knowledge.create_collection(bob_actor, name="Secret recipes")
    entry = services.record(alice_actor, action="document.deleted", target=foreign)

    assert presenters.lines(alice_actor.organisation, [entry])[0].target == ""


def test_many_lines_cost_no_more_queries_than_few(
    alice_actor: Actor, django_assert_max_num_queries: object
) -> None:
    for number in range(12):
        knowledge.create_collection(alice_actor, name=f"Collection {number}")

    with django_assert_max_num_queries(4):  # type: ignore[operator]
        lines = presenters.lines(alice_actor.organisation, AuditEntry.objects.all())

    assert {line.target for line in lines} >= {"Collection 0", "Collection 11"}


def test_what_the_platform_did_itself_is_said_so(alice_actor: Actor) -> None:
    entry = services.record(Actor(alice_actor.organisation), action="channel.erased")

    with translation.override("en"):
        assert presenters.lines(alice_actor.organisation, [entry])[0].who == "the platform"
