"""Values fit their types, quotes have places, and texts are cut between sentences."""

import pytest

from domain.app_functions import texts
from domain.workflows import values
from domain.workflows.types import Choice, List, Number, Quote, Record, Text, empty, fits

NOTES = Record(
    fields={
        "points": List(of=Record(fields={"json": Text(), "quote": Quote()}), max_items=2),
        "amount": Number(min=0, optional=True),
        "mood": Choice(options=["good", "bad"], optional=True),  # type: ignore[arg-type]
    }
)
FIGURES = "A-2023, 3 boxes at 3.5, 15 bags, 1,200 g. Linda, Lin, 2026.6.1, 11.5 m."
SOURCE = "We agreed to keep the price,\nof 48 yuan. 我们决定：价格不变。"


def test_values_that_fit_are_taken_with_what_was_left_out() -> None:
    written = {"points": [{"json": "Price stays", "quote": "keep  the PRICE， of 48"}]}
    read = values.with_places(NOTES, values.checked(NOTES, written), SOURCE)

    assert read == {
        "points": [
            {
                "json": "Price stays",
                "quote": {"text": "keep the price,\nof 48", "start": 13, "end": 34, "found": True},
            }
        ],
        "amount": None,
        "mood": None,
    }


@pytest.mark.parametrize("quote", ["决定: 价格不变", "我们决定：价格不变。", " 价格 不变 "])
def test_a_quote_is_found_in_chinese_whatever_its_width(quote: str) -> None:
    place = values.Finder(SOURCE).place(quote)

    assert place["found"]
    assert SOURCE[place["start"] : place["end"]] == place["text"]


@pytest.mark.parametrize("quote", ["", " ", "the price rises", "。。。"])
def test_what_the_source_does_not_say_is_not_found(quote: str) -> None:
    assert values.Finder(SOURCE).place(quote) == {"text": quote, "start": None, "end": None, "found": False}


@pytest.mark.parametrize(
    ("quote", "before"),
    [
        ("3", "A-2023, "),
        ("3 boxes", "A-2023, "),
        ("1,200", "3.5, 15 bags, "),
        ("2026", "Lin, "),
        ("Lin", "Linda, "),
        ("Lind", "g. "),
    ],
)
def test_a_quote_is_a_whole_figure_and_rather_a_word_than_a_part_of_one(quote: str, before: str) -> None:
    place = values.Finder(FIGURES).place(quote)
    assert FIGURES[: place["start"]].endswith(before)


def test_words_that_are_quoted_again_stand_at_their_next_place() -> None:
    source, port = "应付500元，已付500元。收件人小林。", Record(fields={"quotes": List(of=Quote())})
    read = values.with_places(port, {"quotes": ["500元", "小林", "500元", "小林", "500元"]}, source)

    assert [quote["start"] for quote in read["quotes"]] == [2, 17, 9, 17, 2]


@pytest.mark.parametrize("quote", ["5", "5 bags", "200", "202", "1.5"])
def test_a_part_of_another_figure_is_not_found(quote: str) -> None:
    assert not values.Finder(FIGURES).place(quote)["found"]


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ({}, ("points",)),
        ({"points": [], "amount": -1}, ("amount",)),
        ({"points": [], "amount": float("nan")}, ("amount",)),
        ({"points": [], "mood": "so"}, ("mood",)),
        ({"points": [], "more": 1}, ("more",)),
        ({"points": [{"json": 1, "quote": ""}]}, ("points", 0, "json")),
        ({"points": [{"json": "half \ud800", "quote": ""}]}, ("points", 0, "json")),
        ({"points": [{"json": "", "quote": "\udfff"}]}, ("points", 0, "quote")),
        ({"points": [{"json": "", "quote": ""}] * 3}, ("points",)),
        ([], ()),
    ],
)
def test_values_that_do_not_fit_are_told_by_their_place(written: object, place: tuple[object, ...]) -> None:
    with pytest.raises(values.InvalidValues) as refused:
        values.checked(NOTES, written)

    assert place in refused.value.reasons


def test_a_limit_is_told_as_it_was_written() -> None:
    with pytest.raises(values.InvalidValues) as refused:
        values.checked(Record(fields={"days": Number(max=10)}), {"days": 11})

    assert refused.value.reasons["days",].names["limit"] == "10"


def test_the_empty_value_of_a_type_is_one_of_it() -> None:
    assert empty(NOTES) == {"points": [], "amount": None, "mood": ""}


def test_types_fit_by_what_they_hold() -> None:
    assert fits(Text(), Quote())
    assert fits(Text(), Choice(options=["a"]))  # type: ignore[arg-type]
    assert not fits(Number(), Text())
    assert not fits(Choice(options=["a"]), Choice(options=["a", "b"]))  # type: ignore[arg-type]
    assert not fits(List(of=Number()), List(of=Text()))


def test_a_text_is_cut_between_sentences_and_nothing_is_lost() -> None:
    text = "".join(f"Sentence {number} says a little. " for number in range(60)) + "x" * 900
    parts = texts.split_text(text, 300)["parts"]

    assert all(len(part) <= 300 for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part.endswith(".") for part in parts[:5])
    assert texts.split_text("", 300) == {"parts": []}
