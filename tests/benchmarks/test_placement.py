"""The measure of where facts stand reads a record's sentences by itself, not by the rules that wrote them."""

import pytest

from benchmarks.placement import HALVES, JOINT, SPECIALTIES, consultations
from benchmarks.polarity import polarities


@pytest.mark.parametrize(
    ("text", "word", "read"),
    [
        ("否认咳嗽、发热。", "发热", {"denied"}),
        ("剑突下有点压痛，没有反跳痛。", "反跳痛", {"denied"}),
        ("否认遗传病，有高血压。", "高血压", {"denied", "present"}),
        ("大便黑不黑？ 不黑。", "黑", {"denied"}),
        ("糖尿病呢？", "糖尿病", set()),
        ("要是发热马上来。", "发热", set()),
        ("Denies fever or chest pain.", "chest pain", {"denied"}),
        ("Come back in two weeks, or sooner if it hurts.", "two weeks", {"present"}),
        ("血糖没问题，血压高。", "血糖", {"denied"}),
        ("Sugar has always been fine.", "sugar", {"denied"}),
        ("Her sugar was fine at the last check.", "sugar", {"denied"}),
        ("She has never had thyroid trouble.", "thyroid", {"denied"}),
        ("Eardrums look normal.", "eardrums", {"present"}),
        ("Mother has asthma.", "asthma", set()),
        ("胃溃疡5年前得过，肝没毛病。", "肝没毛病", {"denied"}),
        ("I don't have diabetes.", "diabetes", {"denied"}),
        ("I haven't had any physio.", "physio", {"denied"}),
        ("高血压、糖尿病都没有。", "高血压", {"denied"}),
        ("高血压、糖尿病都没有。", "糖尿病", {"denied"}),
        ("手术没做过。", "手术", {"denied"}),
        ("肌瘤没管。", "肌瘤", {"present"}),
        ("Denies burning when he pees, blood in it, pain in the calf.", "calf", {"denied"}),
        ("Denies fever, has a cough.", "cough", {"present"}),
        ("Reducible swelling in the groin with a cough impulse.", "cough", set()),
        ("She has never smoked, and she does not drink alcohol.", "alcohol", {"denied"}),
        ("大前天喝了4瓶啤酒，吃了不少虾。", "虾", {"present"}),
    ],
)
def test_a_sentence_is_read_as_a_clinician_reads_it(text: str, word: str, read: set[str]) -> None:
    found = polarities(text, ((word,),), is_of_family=False)

    assert found <= read
    assert bool(found) == bool(read)


def test_what_is_good_is_a_finding_of_an_examination_and_elsewhere_no_illness() -> None:
    text, words = "Reduced sensation in both feet, the pulses are good.", (("pulses",),)

    assert polarities(text, words, is_of_family=False, is_examination=True) == {"present"}
    assert polarities(text, words, is_of_family=False) == {"denied"}


def test_both_halves_hold_twenty_consultations_of_both_languages() -> None:
    for path in HALVES.values():
        found = list(consultations(path))
        assert [each.language for each in found].count("zh") == 10
        assert len(found) == 20
        assert all(len(each.facts) >= 8 for each in found)


def test_no_consultation_stands_in_both_halves() -> None:
    for files in (HALVES, SPECIALTIES, JOINT):
        tuning, held_back = ({each.number for each in consultations(path)} for path in files.values())
        assert not tuning & held_back


def test_twelve_specialties_are_parted_by_six() -> None:
    names = [each.about for path in SPECIALTIES.values() for each in consultations(path)]
    assert len(set(names)) == len(names) == 12


def test_whole_visits_of_both_languages_have_twenty_lines() -> None:
    visits = {name: list(consultations(path)) for name, path in JOINT.items()}
    assert {name: len(several) for name, several in visits.items()} == {"tuning": 13, "held_back": 12}
    for several in visits.values():
        assert {each.language for each in several} == {"zh", "en"}
        assert all(len(each.talk.strip().splitlines()) == 20 for each in several)
