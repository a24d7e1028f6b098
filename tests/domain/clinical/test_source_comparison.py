"""The last look at a statement catches what changed, whatever rule or model worded it."""

import pytest

from domain.clinical.drafting import DraftContext
from domain.clinical.drafting.record_checks import finish_record
from domain.clinical.grounding.drugs import built_in
from domain.clinical.grounding.source_comparison import meaning_problems
from domain.clinical.records import builtin_templates
from domain.clinical.records.record import FieldContent, SectionContent, Span, Statement, Status, Support
from domain.clinical.transcripts.transcript import ClinicalTranscript


def stated(transcript: ClinicalTranscript, text: str, *words: str) -> Statement:
    """A statement that rests on these words of the transcript."""
    spans = [
        Span(start=start, end=start + len(each), utterance=transcript.utterance_at(start))
        for each in words
        if (start := transcript.text.index(each)) >= 0
    ]
    status = Status.DENIED if text.startswith(("否认", "Denies")) else Status.PRESENT
    return Statement(id="1", text=text, spans=spans, support=Support.SUPPORTED, status=status)


@pytest.mark.parametrize(
    ("talk", "text", "words", "code"),
    [
        # A number that goes on.
        ("Doctor: Temperature is 38 point 1.", "Temperature 38 ℃", ("Temperature is 38",), "wrong_number"),
        ("医生：体温三十八度五。", "体温 38 ℃", ("体温三十八度",), "wrong_number"),
        # A value that was taken back, by itself.
        ("患者：右边腰疼，不对，是左边。", "右边腰疼。", ("右边腰疼",), "withdrawn"),
        ("患者：三十八度五，哦不对，三十八度二。", "体温38.5度。", ("三十八度五",), "withdrawn"),
        ("Patient: The right knee. No wait, it's the left knee.", "The right knee.", ("The right knee.",), "withdrawn"),
        ("Patient: I take losartan, sorry, lisinopril.", "He takes losartan.", ("I take losartan",), "withdrawn"),
        # What holds only under a condition.
        ("医生：要是烧到三十八度五，吃一片布洛芬。", "吃1片布洛芬。", ("吃一片布洛芬",), "conditional"),
        ("医生：CT没有出血的话，先用阿司匹林。", "CT没有出血。", ("CT没有出血",), "conditional"),
        ("Doctor: If it swells, stop the apixaban.", "Stop the apixaban.", ("stop the apixaban",), "conditional"),
        # One denial of two is lost, or one that nobody said is there.
        ("患者：后背不疼，也没发冷。", "后背疼，没发冷。", ("后背不疼，也没发冷",), "wrong_status"),
        ("Patient: I don't smoke, I don't drink.", "Smokes, does not drink.", ("I don't smoke, I don't",), "wrong_status"),
        # A doubt or an approximation is lost.
        ("Doctor: I think this is appendicitis.", "This is appendicitis.", ("I think this is appendicitis",), "doubt"),
        ("医生：可能是肺炎。", "肺炎。", ("可能是肺炎",), "doubt"),
        ("Patient: Gout, fifteen years or so.", "Gout, 15 years.", ("Gout, fifteen years or so",), "doubt"),
        ("患者：疼了三天左右。", "疼了3天。", ("疼了三天左右",), "doubt"),
        # Denied, and told in the same answer.
        ("医生：有高血压吗？\n患者：没有。血压高是去年的事。", "否认高血压。", ("有高血压吗", "没有"), "wrong_status"),
        ("医生：生过几个？\n患者：没有。", "否认生过几个。", ("生过几个", "没有"), "wrong_status"),
    ],
)  # fmt: skip
def test_a_statement_that_says_another_thing_is_caught(
    talk: str, text: str, words: tuple[str, ...], code: str
) -> None:
    transcript = ClinicalTranscript.from_text(f"医生：好。\n{talk}")

    problems = meaning_problems(stated(transcript, text, *words), transcript, built_in())

    assert code in {problem.code for problem in problems}


@pytest.mark.parametrize(
    ("talk", "text", "words"),
    [
        ("患者：右边腰疼，不对，是左边。", "右边腰疼，不对，是左边。", ("右边腰疼，不对，是左边",)),
        ("患者：瘦了八斤，不对，称了是十斤。", "瘦了10斤。", ("称了是十斤",)),
        ("医生：要是烧到三十八度五，马上来。", "要是烧到38.5度，马上来。", ("要是烧到三十八度五，马上来",)),
        ("Patient: If I walk fast it hurts, at night it doesn't.", "It does not hurt at night.", ("at night it doesn't",)),
        ("患者：看东西不糊，脚底麻。", "脚底麻。", ("看东西不糊，脚底麻",)),
        ("患者：没力气，睡不着。", "乏力，入睡困难。", ("没力气，睡不着",)),
        ("Doctor: I think we should stop it.", "We should stop it.", ("I think we should stop it",)),
        ("Doctor: I think this is gout.", "Possible gout.", ("I think this is gout",)),
        ("Patient: I've never fainted.", "He has never fainted.", ("I've never fainted",)),
        ("患者：我爷爷胃癌，七十岁没的。", "祖父胃癌，70岁去世。", ("我爷爷胃癌，七十岁没的",)),
        ("医生：有痛风、哮喘吗？\n患者：没有。我爸有痛风。", "否认痛风、哮喘。", ("有痛风、哮喘吗", "没有")),
    ],
)  # fmt: skip
def test_the_same_in_a_records_words_is_left_alone(talk: str, text: str, words: tuple[str, ...]) -> None:
    transcript = ClinicalTranscript.from_text(f"医生：好。\n{talk}")

    assert meaning_problems(stated(transcript, text, *words), transcript, built_in()) == []


def test_what_changed_is_not_exported_whoever_drafted_it() -> None:
    transcript = ClinicalTranscript.from_text("医生：好。\n患者：右边腰疼，不对，是左边。")
    template = builtin_templates.resolve("zh_outpatient")
    field = FieldContent(key="complaint", statements=[stated(transcript, "右边腰疼。", "右边腰疼")])
    sections = [SectionContent(key="chief_complaint", fields=[field])]

    record = finish_record(template, sections, DraftContext(transcript, built_in()), version=1)

    (statement,) = [each for _, _, each in record.statements()]
    assert not statement.is_exported
    assert "withdrawn" in {problem.code for problem in statement.problems}
