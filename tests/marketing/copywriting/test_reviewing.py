"""A text is changed by hand, checked without a model, approved or sent back, and taken out as a file."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, InvalidInput, PermissionDenied
from apps.inference.models import InferenceCall
from apps.jobs.models import Job
from apps.marketing.briefs.models import Brief
from apps.marketing.channels import selectors as channels
from apps.marketing.copywriting import exports, rewriting, selectors, services
from apps.marketing.copywriting.forms import CopyForm
from apps.marketing.copywriting.models import CopyVariant
from tests.conftest import browser_of
from tests.marketing.conftest import PAIR, Answers, NewBrief, worked
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db
LONG = PAIR | {"title": "武夷岩茶，中火慢焙，产自福建武夷山，二百五十克一盒，泡一壶慢慢喝"}


@pytest.fixture
def variant(alice_actor: Actor, brief: Brief) -> CopyVariant:
    view = channels.channel(alice_actor.organisation, "xiaohongshu")
    made = services.create_variant(alice_actor, brief, view, texts=PAIR)
    CopyVariant.objects.filter(pk=made.pk).update(written=PAIR, model="m", prompt="write_copy@1")
    return CopyVariant.objects.get(pk=made.pk)


def test_copy_by_hand_is_checked_without_a_model(alice_browser: Client, brief: Brief) -> None:
    url = f"/marketing/briefs/{brief.pk}/check/xiaohongshu/"

    long = alice_browser.post(url, {f"text_{key}": text for key, text in LONG.items()}).content.decode()
    fine = alice_browser.post(url, {f"text_{key}": text for key, text in PAIR.items()}).content.decode()

    assert "at most 40 are allowed" in long
    assert "No problems found" not in fine
    assert "Everything else: please check it yourself" in fine
    assert not InferenceCall.objects.exists()


def test_a_limit_says_what_it_counts_and_a_message_has_room(alice_actor: Actor) -> None:
    field = CopyForm(channels.channel(alice_actor.organisation, "sms")).fields["text_body"]

    assert field.help_text == "at most 3 text messages"
    assert field.widget.attrs["rows"] == 9


def test_a_text_is_approved_by_who_may(alice_actor: Actor, variant: CopyVariant) -> None:
    approved = services.approve_variant(alice_actor, variant, version=1, comment="Good.")

    assert (approved.status, approved.approval_seconds is not None) == ("approved", True)
    (review,) = selectors.reviews(variant)
    assert (review.is_approval, review.version, review.comment) == (True, 1, "Good.")
    assert AuditEntry.objects.filter(action="copy_variant.approved").exists()


def test_nobody_approves_a_text_of_their_own_while_somebody_else_may(
    alice_actor: Actor, alice_browser: Client, variant: CopyVariant
) -> None:
    dora = User.objects.create_user("dora@tea.example", name="Dora")
    editor = Membership.objects.create(organisation=alice_actor.organisation, user=dora, role="admin")

    with pytest.raises(PermissionDenied, match="changed this text last"):
        services.approve_variant(alice_actor, variant, version=1)
    assert "someone else has to approve it" in alice_browser.get(variant.get_absolute_url()).text

    assert services.approve_variant(Actor.from_member(editor), variant, version=1).status == "approved"


def test_a_marketer_writes_and_does_not_approve(variant: CopyVariant) -> None:
    user = User.objects.create_user("mia@tea.example")
    Membership.objects.create(organisation=variant.organisation, user=user, role="marketer")

    answer = browser_of(user).post(f"/marketing/copy/{variant.pk}/approve/", {"version": 1})

    assert answer.status_code == 403
    page = browser_of(user).get(variant.get_absolute_url()).content.decode()
    assert "Return for changes" not in page


def test_what_breaks_a_rule_is_not_approved(alice_actor: Actor, variant: CopyVariant) -> None:
    changed = services.change_variant(alice_actor, variant, texts=LONG, version=1)

    with pytest.raises(Conflict, match="at most 40"):
        services.approve_variant(alice_actor, changed, version=2)


def test_what_was_approved_is_what_was_read(alice_actor: Actor, variant: CopyVariant) -> None:
    services.change_variant(alice_actor, variant, texts=PAIR | {"title": "慢慢喝"}, version=1)

    with pytest.raises(Conflict):
        services.approve_variant(alice_actor, variant, version=1)


def test_a_change_of_an_approved_text_is_reviewed_again(alice_actor: Actor, variant: CopyVariant) -> None:
    services.approve_variant(alice_actor, variant, version=1)

    changed = services.change_variant(alice_actor, variant, texts=PAIR | {"title": "慢慢喝"}, version=1)

    assert (changed.status, changed.approved_at, changed.version) == ("draft", None, 2)
    assert 0 < changed.edit_share < 1


def test_what_people_changed_is_shown_against_the_models_text(
    alice_actor: Actor, variant: CopyVariant, alice_browser: Client
) -> None:
    services.change_variant(alice_actor, variant, texts=PAIR | {"title": "武夷岩茶，炭火焙香"}, version=1)

    page = alice_browser.get(variant.get_absolute_url()).content.decode()

    # Lines of a template end inside of tags where white space would show.
    assert "<del>中</del><ins>炭</ins>" in page.replace("\n>", ">")


def test_sending_back_says_what_to_change(alice_actor: Actor, variant: CopyVariant) -> None:
    with pytest.raises(InvalidInput):
        services.return_variant(alice_actor, variant, comment=" ")

    assert services.return_variant(alice_actor, variant, comment="Shorter.").status == "returned"


def test_a_passage_is_written_anew_and_taken_over(
    alice_actor: Actor, variant: CopyVariant, answers: Answers, engine: ScriptedEngine
) -> None:
    answers("炭火香")
    title = PAIR["title"]
    start = title.index("中火焙香")

    rewrite = rewriting.request_rewrite(
        alice_actor, variant, field="title", start=start, end=len(title), instruction="shorter"
    )
    assert worked(rewrite.job).state == Job.State.SUCCEEDED
    rewrite.refresh_from_db()
    assert rewrite.replacement == "炭火香"

    changed = rewriting.take_rewrite(alice_actor, rewrite)
    assert (changed.texts["title"], changed.version) == ("武夷岩茶，炭火香", 2)


def test_a_passage_that_is_gone_is_not_replaced(
    alice_actor: Actor, variant: CopyVariant, answers: Answers
) -> None:
    answers("炭火香")
    rewrite = rewriting.request_rewrite(alice_actor, variant, field="title", start=0, end=4, instruction="x")
    worked(rewrite.job)
    rewrite.refresh_from_db()
    services.change_variant(alice_actor, variant, texts=PAIR | {"title": "慢慢喝"}, version=1)

    with pytest.raises(Conflict):
        rewriting.take_rewrite(alice_actor, rewrite)


@pytest.mark.parametrize(("start", "end"), [(5, 5), (0, 900), (9, 2)])
def test_only_a_passage_that_is_there_is_written_anew(
    alice_actor: Actor, variant: CopyVariant, start: int, end: int
) -> None:
    with pytest.raises(InvalidInput):
        rewriting.request_rewrite(alice_actor, variant, field="title", start=start, end=end, instruction="x")


def test_approved_copy_goes_out_with_tagged_links(
    alice_actor: Actor, new_brief: NewBrief, alice_browser: Client
) -> None:
    brief = new_brief(links=["https://tea.example/oolong?ref=1"])
    view = channels.channel(alice_actor.organisation, "weibo")
    texts = {"text": "岩茶，250 克，https://tea.example/oolong?ref=1 慢慢喝。"}
    made = services.create_variant(alice_actor, brief, view, texts=texts)
    url = f"/marketing/briefs/{brief.pk}/export/weibo/"
    assert "Nothing is approved yet." in alice_browser.get(f"{url}md/").content.decode()
    services.approve_variant(alice_actor, made, version=1)

    markdown = alice_browser.get(f"{url}md/?campaign=spring").content.decode()
    table = alice_browser.get(f"{url}csv/").getvalue().decode()

    link = (
        "https://tea.example/oolong?ref=1&utm_source=weibo&utm_medium=social"
        "&utm_campaign=spring&utm_content=weibo-1"
    )
    assert link in markdown
    assert texts["text"] in table
    assert alice_browser.get(f"{url}exe/").status_code == 404
    assert AuditEntry.objects.filter(action="copy_variant.exported").count() == 3


def test_tags_of_another_campaign_are_replaced() -> None:
    link = exports.tagged_link(
        "https://t.example/?utm_source=old&a=1#x", source="sms", campaign="c", content="1"
    )

    assert link == "https://t.example/?a=1&utm_source=sms&utm_medium=sms&utm_campaign=c&utm_content=1#x"


def test_the_list_leaves_out_what_was_dropped(alice_browser: Client, variant: CopyVariant) -> None:
    assert "武夷岩茶" in alice_browser.get("/marketing/copy/").content.decode()
    CopyVariant.objects.update(status="dropped")

    assert "武夷岩茶" not in alice_browser.get("/marketing/copy/").content.decode()
    assert "武夷岩茶" in alice_browser.get("/marketing/copy/?status=dropped").content.decode()


def test_the_figures_count_what_was_approved(
    alice_actor: Actor, alice_browser: Client, variant: CopyVariant
) -> None:
    services.approve_variant(alice_actor, variant, version=1)

    page = alice_browser.get("/marketing/figures/").content.decode()

    assert "Brief-to-approval time" in page
    assert "1 of 1" in page
