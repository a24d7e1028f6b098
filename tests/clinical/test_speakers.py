"""Doctor and patient told apart without labels."""

from llm_backend.clinical.speakers import guessed_speakers, with_speakers
from llm_backend.clinical.transcript import ClinicalTranscript
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
    return [guess.speaker for guess in guessed_speakers(transcript, **known)]  # type: ignore[arg-type]


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
        guesses = guessed_speakers(bare, fixed={1: second})  # type: ignore[dict-item]
        assert [guess.speaker for guess in guesses] == [first, second, first, second]
        assert [guess.is_fixed for guess in guesses] == [False, True, False, False]
        assert guesses[1].confidence == 1.0


def test_a_relative_named_by_a_person_stays_a_relative() -> None:
    guesses = guessed_speakers(unlabelled(CHINESE), fixed={1: "relative"})
    assert [guess.speaker for guess in guesses][:3] == ["doctor", "relative", "doctor"]


def test_confidence_grows_with_what_is_said() -> None:
    [alone] = guessed_speakers(ClinicalTranscript.from_text("Tuesday"))
    clear = guessed_speakers(unlabelled(ENGLISH))[0]
    assert 0.5 <= alone.confidence < 0.75 < clear.confidence <= 1


def test_nothing_said_is_nobody() -> None:
    assert guessed_speakers(ClinicalTranscript(())) == []


def test_guesses_are_put_into_the_transcript() -> None:
    transcript = unlabelled(CHINESE)
    told = with_speakers(transcript, guessed_speakers(transcript))
    assert [each.speaker for each in told.utterances] == [speaker for speaker, _ in CHINESE]
    assert told.text == transcript.text
