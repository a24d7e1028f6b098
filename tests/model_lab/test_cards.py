"""Cards of models: every cell with its source, the planner's arithmetic beside what is published, some side by side."""

import pytest
from django.test import Client

from apps.model_lab.cards.schemas import families
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
LIST, COMPARISON = "/model-lab/", "/model-lab/compare/"


def test_every_card_is_read_and_counted_as_its_maker_counts() -> None:
    cards = [card for family in families() for card in family.models]

    assert len({card.name for card in cards}) == len(cards)
    for card in cards:
        assert not card.follows or card.follows in {each.name for each in cards}
        if card.arithmetic and "total_parameters" in card.numbers:
            assert card.arithmetic.total == pytest.approx(card.numbers["total_parameters"].value, rel=0.03)


def test_the_list_has_published_and_computed_figures(alice_browser: Client) -> None:
    page = alice_browser.get(LIST).content.decode()

    assert "DeepSeek-R1" in page
    assert "671 B" in page
    assert "68.62 KiB" in page, "the latent cache of 61 layers in 16 bits"


def test_the_list_is_narrowed_and_ordered(alice_browser: Client) -> None:
    rows = alice_browser.get(LIST, {"weights": "open", "order": "cache"}).context["rows"]

    assert {row.card.weights for row in rows} == {"open"}
    known = [row.counted("cache_bytes") for row in rows if row.card.arithmetic]
    assert known == sorted(known)
    assert rows.index(next(row for row in rows if row.card.arithmetic)) == 0


def test_models_stand_side_by_side_with_their_sources(alice_browser: Client) -> None:
    names = ["DeepSeek-R1", "DeepSeek-V3"]
    answer = alice_browser.get(COMPARISON, {"model": names})

    page = answer.content.decode()
    assert all(name in page for name in names)
    assert 'href="https://arxiv.org/abs/2412.19437"' in page
    assert "/capacity/?model=DeepSeek-R1" in page


def test_a_chinese_reader_reads_chinese(alice_browser: Client) -> None:
    page = alice_browser.get(COMPARISON, {"model": "DeepSeek-R1"}, headers={"Accept-Language": "zh-hans"})

    assert "多头潜在注意力" in page.content.decode()


def test_how_a_score_was_measured_is_told_in_chinese(alice_browser: Client) -> None:
    page = alice_browser.get(COMPARISON, {"model": "ChatGLM3-6B"}, headers={"Accept-Language": "zh-hans"})

    assert "基座模型，0-shot" in page.content.decode()
    words = {"model", "by", "thinking", "pretrained", "effort", "as", "in", "counted"}
    for number in (each for family in families() for card in family.models for each in card.numbers.values()):
        assert number.note_zh or not words & set(number.note.replace(",", " ").replace(";", " ").split())


def test_a_model_that_there_is_not_is_not_found(alice_browser: Client) -> None:
    assert alice_browser.get(COMPARISON, {"model": "Nothing-1"}).status_code == 404
    assert alice_browser.get(COMPARISON).status_code == 302


def test_cards_are_read_by_the_api_with_their_sources(alice_api: ApiClient) -> None:
    listed = alice_api.get("/api/v1/model-lab/cards/", {"weights": "open", "order": "cache"}).json()
    assert listed
    assert {row["weights"] for row in listed} == {"open"}

    card = alice_api.get("/api/v1/model-lab/cards/DeepSeek-R1/").json()
    assert card["numbers"]["total_parameters"]["source"].startswith("https://")
    assert card["arithmetic"]["cache_bytes"] == 70272
    assert alice_api.get("/api/v1/model-lab/cards/Nothing-1/").status_code == 404
