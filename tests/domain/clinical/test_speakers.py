"""Doctor and patient told apart without labels."""

from domain.clinical.transcripts.speakers import SpeakerGuess, guess_speakers, with_speakers
from domain.clinical.transcripts.transcript import ClinicalTranscript
from domain.clinical.transcripts.uncertain_speakers import SpeakerOfLine, SpeakersOfLines, uncertain_windows
from llm_backend.speech.transcripts import Segment

ENGLISH = [
    ("doctor", "Good morning, what brings you in today?"),
    ("patient", "Um, I've had this pain in my knee for two weeks."),
    ("doctor", "Okay. Did you injure it?"),
    ("patient", "No."),
    ("doctor", "Any swelling or redness?"),
    ("patient", "Yeah, a little, my wife noticed it."),
    ("doctor", "Alright, let's get an x-ray and I'll prescribe ibuprofen 600 milligrams."),
    ("patient", "Thank you, doctor."),
]
CHINESE = [
    ("doctor", "您好，哪里不舒服？"),
    ("patient", "医生，我咳嗽三天了。"),
    ("doctor", "有没有发烧？"),
    ("patient", "没有。"),
    ("doctor", "建议拍个胸片，多喝水，注意休息。"),
    ("patient", "好的，谢谢医生。"),
]


def unlabelled(said: list[tuple[str, str]]) -> ClinicalTranscript:
    return ClinicalTranscript.from_text("\n".join(text for _, text in said))


def speakers(transcript: ClinicalTranscript, **known: object) -> list[str]:
    return [guess.speaker for guess in guess_speakers(transcript, **known)]  # type: ignore[arg-type]


def test_words_and_turns_tell_who_speaks() -> None:
    assert speakers(unlabelled(ENGLISH)) == [speaker for speaker, _ in ENGLISH]
    assert speakers(unlabelled(CHINESE)) == [speaker for speaker, _ in CHINESE]


def test_a_dialogue_may_begin_with_the_patient() -> None:
    assert speakers(unlabelled(CHINESE[1:])) == [speaker for speaker, _ in CHINESE[1:]]


def test_segments_of_one_person_in_a_row_stay_together() -> None:
    texts = [
        "Okay, let's look at your results.",
        "The x-ray shows no fracture.",
        "I want you to follow up with me in two weeks.",
        "Thanks, my knee feels better, doctor.",
    ]
    segments = [Segment(number * 2.0, number * 2.0 + 1.9, text) for number, text in enumerate(texts)]
    assert speakers(ClinicalTranscript.from_segments(segments)) == ["doctor"] * 3 + ["patient"]


def test_what_a_person_corrected_stays_and_moves_its_neighbours() -> None:
    bare = ClinicalTranscript.from_text("Mm-hmm\nMm-hmm\nMm-hmm\nMm-hmm")
    for first, second in (("doctor", "patient"), ("patient", "doctor")):
        guesses = guess_speakers(bare, fixed={1: second})  # type: ignore[dict-item]
        assert [guess.speaker for guess in guesses] == [first, second, first, second]
        assert [guess.is_fixed for guess in guesses] == [False, True, False, False]
        assert guesses[1].confidence == 1.0


def test_a_relative_named_by_a_person_stays_a_relative() -> None:
    guesses = guess_speakers(unlabelled(CHINESE), fixed={1: "relative"})
    assert [guess.speaker for guess in guesses][:3] == ["doctor", "relative", "doctor"]


def test_confidence_grows_with_what_is_said() -> None:
    [alone] = guess_speakers(ClinicalTranscript.from_text("Tuesday"))
    clear = guess_speakers(unlabelled(ENGLISH))[0]
    assert 0.5 <= alone.confidence < 0.75 < clear.confidence <= 1


def test_nothing_said_is_nobody() -> None:
    assert guess_speakers(ClinicalTranscript(())) == []


def test_guesses_are_put_into_the_transcript() -> None:
    transcript = unlabelled(CHINESE)
    told = with_speakers(transcript, guess_speakers(transcript))
    assert [each.speaker for each in told.utterances] == [speaker for speaker, _ in CHINESE]
    assert told.text == transcript.text


def guesses(confidences: list[float]) -> list[SpeakerGuess]:
    return [SpeakerGuess("doctor", confidence) for confidence in confidences]


def test_only_open_lines_are_asked_about_with_the_lines_around_them() -> None:
    said = unlabelled(ENGLISH)

    (window,) = uncertain_windows(said, guesses([0.99, 0.99, 0.99, 0.6, 0.99, 0.99, 0.99, 0.99]))

    assert window.numbers == (3,)
    assert window.lines.splitlines()[0].startswith("2 doctor: ")
    assert "4 ?: No." in window.lines
    assert "7 doctor" not in window.lines


def test_many_open_lines_are_asked_about_in_several_questions() -> None:
    said = ClinicalTranscript.from_text("\n".join(f"line {number}" for number in range(30)))

    asked = [window.numbers for window in uncertain_windows(said, guesses([0.5] * 30))]

    assert [number for some in asked for number in some] == list(range(30))
    assert all(len(some) <= 12 for some in asked)


def test_an_answer_about_other_lines_does_not_count() -> None:
    (window,) = uncertain_windows(unlabelled(ENGLISH[:2]), guesses([0.99, 0.6]))
    answer = SpeakersOfLines(
        lines=[SpeakerOfLine(line=1, speaker="patient"), SpeakerOfLine(line=2, speaker="patient")]
    )

    assert window.speakers(answer) == {1: "patient"}


def test_a_witness_turns_an_open_line_and_not_a_sure_one() -> None:
    open_line = unlabelled([("patient", "Two weeks, maybe.")])
    sure = unlabelled([("doctor", "I'll prescribe ibuprofen and let's get an x-ray, any allergies?")])

    assert speakers(open_line, by_model={0: "doctor"}) == ["doctor"]
    assert speakers(open_line, by_model={0: "patient"}) == ["patient"]
    assert speakers(sure, by_model={0: "patient"}) == ["doctor"]
