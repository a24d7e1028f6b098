import re

import pytest

from domain.clinical.dialogue import number_words_en, text_normalisation_zh
from domain.clinical.drafting.narrative import NoteSentence, compose_note, plain_note
from domain.clinical.transcripts.transcript import ClinicalTranscript

VISIT = """Doctor: hi martha , how are you ?
Patient: i'm good , thanks .
Doctor: so martha is a 50-year-old female here for her annual exam . any fevers or chills ?
Patient: no .
Doctor: are you taking your medication ?
Patient: yes .
Patient: um , i , i just feel so tired and my left knee hurts when i walk .
Doctor: what do you take for it ?
Patient: i take ibuprofen six hundred milligrams twice a day .
Doctor: your lungs are clear to auscultation bilaterally . i do n't appreciate any murmur .
Doctor: i'm gon na go ahead and order an x-ray of the left knee , okay ?
Patient: okay ."""
ZH_VISIT = """医生：您好，哪里不舒服？
患者：医生你好，我头疼三天了，嗯，还有点恶心。
医生：有没有发烧？
患者：没有。
医生：对什么药物过敏吗？
患者：没有。
患者：一直在吃氨氯地平片，每天一次，一次5毫克。
医生：考虑是紧张性头痛，我给你开点布洛芬，一周后复查。"""


def said(transcript: ClinicalTranscript, sentence: NoteSentence) -> str:
    return " ".join(transcript.text[span.start : span.end] for span in sentence.spans)


def written(text: str) -> tuple[ClinicalTranscript, list[NoteSentence]]:
    transcript = ClinicalTranscript.from_text(text)
    return transcript, compose_note(transcript)


def the(sentences: list[NoteSentence], part: str) -> NoteSentence:
    found = [each for each in sentences if part in each.text]
    assert found, [each.text for each in sentences]
    return found[0]


def test_a_no_becomes_a_denial_with_question_and_answer_as_its_spans() -> None:
    transcript, sentences = written(VISIT)

    denial = the(sentences, "fevers")

    assert denial.text.endswith("denies any fevers or chills.")
    assert [span.utterance for span in denial.spans] == [2, 3]
    assert said(transcript, denial) == "any fevers or chills ? no ."
    assert denial.speaker == "patient"


def test_a_yes_turns_the_question_into_a_statement() -> None:
    assert the(written(VISIT)[1], "taking").text == "The patient is taking her medication."


def test_hesitation_goes_and_the_patient_is_spoken_of() -> None:
    _, sentences = written(VISIT)

    assert the(sentences, "tired").text in ("She just feels so tired.", "The patient just feels so tired.")
    assert the(sentences, "knee hurts").text.lower() == "her left knee hurts when she walks."


def test_numbers_stay_and_are_written_in_figures() -> None:
    assert "ibuprofen 600 mg twice a day" in the(written(VISIT)[1], "ibuprofen").text


def test_what_was_not_found_is_absent_and_a_plan_is_a_plan() -> None:
    _, sentences = written(VISIT)

    assert the(sentences, "murmur").text == "No murmur."
    assert the(sentences, "murmur").division == "exam"
    assert the(sentences, "x-ray").text == "I will order an x-ray of the left knee."
    assert the(sentences, "x-ray").division == "assessment_and_plan"


def test_a_question_without_an_answer_says_nothing() -> None:
    _, sentences = written("Doctor: any chest pain ?\nDoctor: any cough ?\nPatient: no .")

    assert [each.text for each in sentences] == ["The patient denies any cough."]


def test_yes_to_one_of_several_is_not_written_as_yes_to_each() -> None:
    _, sentences = written("Doctor: any chest pain or shortness of breath ?\nPatient: yes .")

    assert not [each for each in sentences if "reports" in each.text]


def test_no_one_and_no_fever_keep_their_no() -> None:
    _, sentences = written(
        "Doctor: do you have any illness in the family ?\nPatient: no one in my family has diabetes ."
    )

    assert "No one in their family has diabetes." in [each.text for each in sentences]


def test_a_doubt_stays_a_doubt() -> None:
    _, sentences = written("Doctor: i think you have a strain of the left knee .")

    assert "I think" in the(sentences, "strain").text


@pytest.mark.parametrize("talk", [VISIT, ZH_VISIT])
def test_every_number_of_a_record_was_said_in_its_spans(talk: str) -> None:
    from domain.clinical.dialogue.number_words_en import with_figures as figures

    transcript, sentences = written(talk)

    assert sentences
    for sentence in sentences:
        heard = text_normalisation_zh.with_figures(figures(said(transcript, sentence)))
        assert all(number in heard for number in re.findall(r"\d+", sentence.text)), sentence


def test_where_nobody_says_whether_he_or_she_the_record_does_not_guess() -> None:
    _, sentences = written("Patient: i hurt my back and i have pain .")

    assert not re.search(r"\b(?:he|she|his|her)\b", " ".join(each.text.lower() for each in sentences))


def test_silence_and_small_talk_make_no_record() -> None:
    assert compose_note(ClinicalTranscript.from_text("")) == []
    assert (
        compose_note(
            ClinicalTranscript.from_text("Doctor: hello .\nPatient: hi , thank you .\nDoctor: bye .")
        )
        == []
    )


def test_chinese_talk_becomes_chinese_record_sentences() -> None:
    transcript, sentences = written(ZH_VISIT)
    note = plain_note(sentences, in_chinese=True)

    assert the(sentences, "头痛3天").section == "chief_complaint"
    assert the(sentences, "否认发热").spans[0].utterance == 2
    assert the(sentences, "否认药物过敏").section == "allergies"
    assert "每天1次，1次5毫克" in note
    assert the(sentences, "布洛芬").division == "assessment_and_plan"
    assert "医生你好" not in note
    assert said(transcript, the(sentences, "否认发热")) == "有没有发烧？ 没有。"


@pytest.mark.parametrize("reply", ["absolutely not .", "nope .", "i do not .", "not really .", "i am not ."])
def test_a_no_in_other_words_is_no_yes(reply: str) -> None:
    _, sentences = written(f"Doctor: do you smoke ?\nPatient: {reply}")

    assert [each.text for each in sentences] == ["The patient does not smoke."]


def test_an_answer_that_begins_like_a_yes_is_none() -> None:
    _, sentences = written("Doctor: are you married ?\nPatient: i was engaged but that is over .")

    assert not [each for each in sentences if "married" in each.text]


@pytest.mark.parametrize(
    ("question", "reply", "expected"),
    [
        ("早上僵不僵？", "没有。", "早上不僵。"),
        ("受过伤吗？", "没有。", "否认受过伤。"),
        ("有痰吗？", "有一点黄痰，没有胸痛。", "有一点黄痰，没有胸痛。"),
        ("有没有胸闷？", "没有，就是走快了喘。", "否认胸闷。"),
    ],
)
def test_chinese_questions_and_their_answers_become_statements(
    question: str, reply: str, expected: str
) -> None:
    _, sentences = written(f"医生：{question}\n患者：{reply}")

    assert expected in [each.text for each in sentences]


@pytest.mark.parametrize(
    ("said", "figures"),
    [
        ("最高三十八度五", "最高38.5度"),
        ("第一次发作，半个月了", "第一次发作，半个月了"),
        ("一天比一天重", "一天比一天重"),
        ("每次两片，一天三次，十几天", "每次2片，1天3次，十几天"),
    ],
)
def test_counted_things_are_written_in_figures_and_vague_ones_are_not(said: str, figures: str) -> None:
    assert text_normalisation_zh.with_figures(said) == figures


def test_he_is_not_taken_for_the_patient() -> None:
    _, sentences = written(
        "Doctor: hello ma'am , is your father well ?\nPatient: no , he had a stroke two years ago ."
    )

    assert "The patient had a stroke" not in " ".join(each.text for each in sentences)


@pytest.mark.parametrize(
    ("said", "figures"),
    [
        ("five hundred five hundred milligrams", "500 mg"),
        ("five hundred six hundred milligrams", "500 600 mg"),
        ("two thousand five hundred", "2500"),
        ("one twenty seven over eighty", "127/80"),
        ("two thousand and four", "2004"),
    ],
)
def test_numbers_are_written_as_they_were_meant_also_by_who_stammers(said: str, figures: str) -> None:
    assert number_words_en.with_figures(said) == figures
