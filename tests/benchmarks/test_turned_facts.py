"""The measure of turned-round facts has two hundred briefs, in two halves that share no product and no phrasing."""

from benchmarks.turned_facts import HALVES, brief_texts

EVERY = {name: list(brief_texts(path)) for name, path in HALVES.items()}


def test_two_hundred_different_briefs_are_made_in_both_languages() -> None:
    briefs = [each for half in EVERY.values() for each in half]
    assert len({(each.brief.product, each.brief.facts) for each in briefs}) == len(briefs) == 200
    for half in EVERY.values():
        assert {each.language for each in half} == {"zh", "en"}
        assert len({each.kind for each in half}) == 7


def test_the_same_ones_are_made_every_time() -> None:
    assert {name: list(brief_texts(path)) for name, path in HALVES.items()} == EVERY


def test_no_product_stands_in_both_halves() -> None:
    tuning, held_back = ({each.brief.product for each in EVERY[name]} for name in ("tuning", "held_back"))
    assert not tuning & held_back


def test_each_brief_has_texts_that_turn_its_fact_round_and_texts_that_keep_it() -> None:
    for half in EVERY.values():
        for each in half:
            assert len(each.turned) >= 4
            assert len(each.right) >= 4
