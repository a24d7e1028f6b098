import pytest

from domain.clinical.grounding import laterality
from domain.clinical.grounding.drugs import Drugs, built_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("服用阿莫西林和头孢克肟", ["阿莫西林", "头孢克肟"]),
        ("I take Lisinopril and Tylenol", ["Lisinopril", "Tylenol"]),
        ("他吃了倍他卡西林三天", ["倍他卡西林"]),
        ("she is on torzavastatin", ["torzavastatin"]),
        ("the reason was the season", []),
    ],
)
def test_drugs_are_known_by_name_or_by_their_ending(text: str, expected: list[str]) -> None:
    assert [mention.written for mention in built_in().mentions(text)] == expected


def test_the_same_drug_in_another_language_was_named() -> None:
    assert built_in().problems("Ibuprofen 0.2 g", "吃了布洛芬0.2克") == []


def test_a_drug_that_only_sounds_alike_is_unknown_and_both_names_are_told() -> None:
    (problem,) = built_in().problems("Hydralazine 25 mg", "he takes hydroxyzine")

    assert problem.code == "unknown_drug"
    assert problem.words.startswith("Hydralazine")
    assert built_in().problems("阿奇霉素", "吃了阿其霉素")[0].words == "阿奇霉素 ≠ 阿其霉素"


def test_the_hospital_adds_names_of_its_own() -> None:
    drugs = Drugs.of(["aspirin"]).with_names(["复方金银花合剂"])

    assert [mention.drug for mention in drugs.mentions("开点复方金银花合剂")] == ["复方金银花合剂"]
    assert drugs.problems("复方金银花合剂 10 ml", "开点药")[0].code == "unknown_drug"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my left knee", {"left"}),
        ("right now I left the house", set()),
        ("that's right", set()),
        ("右下腹疼", {"right"}),
        ("三天左右", set()),
        ("双侧膝关节", {"left", "right"}),
        ("swelling in both knees", {"left", "right"}),
        ("it hurts on the right", {"right"}),
        ("which knee?\nright.", {"right"}),
        ("does it hurt?\nright.", set()),
        ("the left one", {"left"}),
    ],
)
def test_only_sides_of_the_body_are_sides(text: str, expected: set[str]) -> None:
    assert laterality.find_sides(text) == expected


def test_a_side_nobody_named_is_wrong() -> None:
    assert [problem.words for problem in laterality.problems("右膝肿", "左边膝盖肿了")] == ["right"]
    assert laterality.problems("left knee", "both knees hurt") == []
