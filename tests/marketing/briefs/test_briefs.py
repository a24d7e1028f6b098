"""A brief holds facts, says where it contradicts itself, and counts nothing that nobody confirmed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import InvalidInput
from apps.marketing.briefs import fact_lines, selectors, services
from apps.marketing.briefs.contradictions import contradictions
from apps.marketing.briefs.models import Brief, BriefFact
from apps.marketing.briefs.resources import BRIEFS
from apps.resources import services as resources
from tests.conftest import ApiClient
from tests.marketing.conftest import NewBrief

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("line", "pair"),
    [
        ("净含量：250 克", ("净含量", "250 克")),
        ("- origin: Wuyi", ("origin", "Wuyi")),
        ("3. 产地 = 武夷山", ("产地", "武夷山")),
        ("手工采摘", ("", "手工采摘")),
        ("3.5 升大容量", ("", "3.5 升大容量")),
        ("-18 ℃ 冷冻保存", ("", "-18 ℃ 冷冻保存")),
        ("1.5mm 针头：有", ("1.5mm 针头", "有")),
        ("每天 9:00-20:00 营业", ("", "每天 9:00-20:00 营业")),
        ("营业时间：9:00-20:00", ("营业时间", "9:00-20:00")),
        ("https://tea.example/oolong", ("", "https://tea.example/oolong")),
    ],
)
def test_a_pasted_line_becomes_a_fact(line: str, pair: tuple[str, str]) -> None:
    assert fact_lines.read_facts(line) == [pair]


def test_written_facts_are_read_again(brief: Brief) -> None:
    pairs = [(fact.name, fact.value) for fact in selectors.confirmed_facts(brief)]

    assert pairs == [("产地", "福建武夷山"), ("净含量", "250 克"), ("焙火", "中火")]
    assert fact_lines.read_facts(fact_lines.write_facts(pairs)) == pairs


def test_a_fact_that_stays_keeps_the_sentence_it_was_read_in(alice_actor: Actor, brief: Brief) -> None:
    BriefFact.objects.filter(brief=brief, value="中火").update(sentence="中火焙制。")

    resources.save(alice_actor, BRIEFS, {"facts": "焙火: 中火\n等级: 特级"}, row=brief)

    stored = {fact.value: fact.sentence for fact in selectors.confirmed_facts(brief)}
    assert stored == {"中火": "中火焙制。", "特级": ""}


def test_a_change_that_leaves_the_facts_out_keeps_them(alice_actor: Actor, brief: Brief) -> None:
    resources.save(alice_actor, BRIEFS, {"goal": "sell"}, row=brief)

    assert len(selectors.confirmed_facts(brief)) == 3


def test_a_fact_without_a_value_is_refused_in_a_change_too(alice_api: ApiClient, brief: Brief) -> None:
    address = f"/api/v1/marketing/briefs/{brief.pk}/"
    change = {"facts": [{"name": "产地"}]}

    assert alice_api.patch(address, change, content_type="application/json").status_code == 400
    assert len(selectors.confirmed_facts(brief)) == 3


def test_what_must_and_must_not_be_said_blocks(new_brief: NewBrief) -> None:
    brief = new_brief(must_say=["武夷山正岩茶"], must_not_say=["正岩"])

    (found,) = contradictions(brief)

    assert found.is_blocking
    assert found.reason == "“武夷山正岩茶” is required, but “正岩” is not allowed."


def test_two_values_of_one_fact_are_pointed_out(new_brief: NewBrief) -> None:
    (found,) = contradictions(new_brief(facts="重量: 250 克\n重量: 500 克"))

    assert not found.is_blocking
    assert "250 克 · 500 克" in found.reason


def test_facts_come_as_a_table(alice_actor: Actor, brief: Brief) -> None:
    table = "名称,值\n等级,特级\n产地,福建武夷山\n".encode()

    assert services.import_facts(alice_actor, brief, content=table).count == 2
    assert len(selectors.confirmed_facts(brief)) == 4
    assert AuditEntry.objects.filter(action="brief.imported").exists()


def test_a_column_of_units_is_not_lost_in_silence(alice_browser: Client, brief: Brief) -> None:
    table = SimpleUploadedFile("facts.csv", "name,value,Unit\n净含量,250,g\n".encode())
    address = f"/marketing/briefs/{brief.pk}/facts/import/"

    page = alice_browser.post(address, {"file": table}, follow=True, headers={"Accept-Language": "en"}).text

    assert "1 fact imported. Columns not used: Unit." in page


def test_a_table_that_is_none_changes_nothing(alice_actor: Actor, brief: Brief) -> None:
    with pytest.raises(InvalidInput):
        services.import_facts(alice_actor, brief, content=b"a,b\n1,2\n")

    assert len(selectors.confirmed_facts(brief)) == 3


@pytest.mark.parametrize("link", ["ftp://x.example/", "https://10.0.0.1/", "tea"])
def test_a_link_that_nobody_could_open_is_refused(new_brief: NewBrief, settings: object, link: str) -> None:
    settings.PRIVATE_NETWORKS = ()  # type: ignore[attr-defined]
    with pytest.raises(InvalidInput):
        new_brief(links=[link])


def test_a_contradiction_is_said_at_once_on_the_brief_page(alice_browser: Client) -> None:
    values = {"product": "Tea", "language": "en", "must_say": "best tea", "must_not_say": "best", "facts": ""}

    page = alice_browser.post("/marketing/briefs/new/", values, follow=True)

    assert b"This brief has contradictions" in page.content


def test_a_fact_that_was_proposed_counts_once_it_is_confirmed(alice_browser: Client, brief: Brief) -> None:
    fact = BriefFact.objects.create(
        organisation=brief.organisation, brief=brief, name="等级", value="特级", is_confirmed=False
    )
    assert "特级" not in selectors.brief_facts(brief).text

    alice_browser.post(f"/marketing/facts/{fact.pk}/confirm/")

    assert "特级" in selectors.brief_facts(brief).text


def test_a_brief_without_a_model_says_so(alice_browser: Client, brief: Brief) -> None:
    page = alice_browser.get(brief.get_absolute_url()).content.decode()

    assert "No model is set up" in page


def test_a_table_is_taken_in_on_the_page(alice_browser: Client, brief: Brief) -> None:
    file = SimpleUploadedFile("facts.csv", b"name,value\nGrade,special\n")

    page = alice_browser.post(f"/marketing/briefs/{brief.pk}/facts/import/", {"file": file}, follow=True)

    assert "1 fact imported." in page.content.decode()
