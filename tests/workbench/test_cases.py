"""The cases of a file: checked when it is saved, added without touching anything else, measured with their interval."""

import pytest

from domain.workflows import checking, evaluation, yaml_reading
from domain.workflows.app_file import EvaluationCase
from domain.workflows.evaluation import Measure
from domain.workflows.problems import FileRefused
from domain.workflows.types import Choice, Flag, List, Number, Quote, Record, Text, Words
from tests.workbench.conftest import REPLY

CASES = """\
evaluation:
  promise: 0.8   # of all mails
  cases:
    - title: A wish
      inputs: {mail: "Two boxes, please", tone: warm}
      expect: [outputs.wishes | length == 1, '"boxes" in outputs.reply']
"""


def problems(text: str) -> list[tuple[str, int]]:
    with pytest.raises(FileRefused) as refused:
        checking.load(text)
    return [(each.code, each.mark.line) for each in refused.value.problems]


def test_expectations_are_conditions_over_outputs_and_inputs() -> None:
    file = checking.load(REPLY + CASES).file

    assert file.evaluation
    assert (file.evaluation.promise, len(file.evaluation.cases)) == (0.8, 1)


@pytest.mark.parametrize(
    ("written", "wrong", "code"),
    [
        ("outputs.wishes | length == 1", "outputs.wishes", "flag_needed"),
        ("outputs.wishes | length == 1", "outputs.whishes | length == 1", "unknown_field"),
        ("outputs.wishes | length == 1", "facts.wishes | length == 1", "unknown_name"),
        ("outputs.wishes | length == 1", "outputs.wishes | length(1)", "not_allowed"),
        ("tone: warm", "tone: rude", "case_differs"),
        ("tone: warm", "tune: warm", "case_differs"),
    ],
)
def test_a_case_that_does_not_fit_is_told_with_its_line(written: str, wrong: str, code: str) -> None:
    line = next(at for at, each in enumerate((REPLY + CASES).split("\n"), 1) if written in each)
    found = problems(REPLY + CASES.replace(written, wrong))

    assert found[0][0] == code
    assert abs(found[0][1] - line) <= 1


def test_a_promise_without_cases_is_refused() -> None:
    assert problems(REPLY + "evaluation: {promise: 0.8}\n") == [("missing_field", 31)]
    assert problems(REPLY + "evaluation: {promise: 0.8, cases: []}\n") == [("empty_value", 31)]


def test_an_expectation_that_does_not_hold_is_named() -> None:
    case = checking.load(REPLY + CASES).file.evaluation.cases[0]  # type: ignore[union-attr]
    outputs = {"reply": "Two crates", "wishes": [{}]}

    assert evaluation.failed_expectations(case, case.inputs, outputs) == ['"boxes" in outputs.reply']


def added(text: str) -> str:
    return evaluation.with_case(
        text,
        title="",
        inputs={"mail": 'Hello:\n- "no" & #1\n\n你好', "tone": "brief"},
        expect=['outputs.reply == "on"'],
    )


@pytest.mark.parametrize(
    "text",
    [
        REPLY,
        REPLY.rstrip("\n"),
        REPLY + CASES,
        REPLY + CASES + "\n\n# the end\n",
        REPLY + CASES + "examples: []\n",
        "# first\n" + CASES + "\n" + REPLY,
        REPLY + CASES.replace("    - title", "  - title").replace("      ", "    "),
        REPLY + CASES.replace("\n      expect", "\n      # why\n      expect"),
    ],
    ids=["none", "no end", "one", "remarks", "others below", "at the top", "narrow", "remark inside"],
)
def test_a_case_is_added_below_the_others_and_all_else_stays(text: str) -> None:
    longer = added(added(text))
    file = checking.load(longer).file

    assert file.evaluation
    assert file.evaluation.cases[-1].inputs["mail"] == 'Hello:\n- "no" & #1\n\n你好'
    assert len(file.evaluation.cases) == (2 if "evaluation:" not in text else 3)
    lines = longer.split("\n")
    assert [line for line in text.split("\n") if line not in lines] == []
    before = yaml_reading.read(text).value
    assert {**yaml_reading.read(longer).value, "evaluation": None} == {**before, "evaluation": None}


@pytest.mark.parametrize(
    "cases",
    [
        "evaluation: {promise: 0.5, cases: [{inputs: {}, expect: [outputs.x]}]}\n",
        CASES.replace("  promise: 0.8   # of all mails\n", "") + "  promise: 0.8\n",
        "evaluation: later\n",
    ],
)
def test_cases_that_stand_otherwise_are_left_as_they_are(cases: str) -> None:
    with pytest.raises(FileRefused) as refused:
        added(REPLY + cases)

    assert refused.value.problems[0].code == "cases_not_below"


def test_what_came_out_proposes_what_to_expect() -> None:
    port = Record(
        fields={
            "label": Choice(options={"good": Words()}),
            "count": Number(),
            "below": Number(),
            "sure": Flag(),
            "said": Quote(),
            "lines": List(of=Text()),
            "long": Text(),
            "name": Text(),
            "copied": Text(),
            "free": Text(),
            "none": Text(),
        }
    )
    value = {
        "label": "good",
        "count": 3.0,
        "below": -1.0,
        "sure": False,
        "said": {"text": "x", "found": True},
        "lines": ["a"],
        "long": "x" * 500,
        "name": 'Lin "L" 林',
        "copied": "two boxes",
        "free": "Thank you, Lin!",
        "none": "",
    }
    known = evaluation.KnownTexts(
        fixed=frozenset({'Lin "L" 林'}), given=frozenset({"Please send two boxes."})
    )

    proposed = evaluation.proposed_expectations("outputs", port, value, known)

    assert evaluation.failed_expectations(EvaluationCase(inputs={}, expect=proposed), {}, value) == []
    assert proposed == [
        'outputs.label == "good"',
        "outputs.count == 3.0",
        "outputs.below == -1.0",
        "not outputs.sure",
        "outputs.said.found",
        "outputs.lines | length == 1",
        "outputs.long | length > 0",
        'outputs.name == "Lin \\"L\\" 林"',
        '"two boxes" in outputs.copied',
        "outputs.free | length > 0",
    ]


def test_what_a_file_says_and_what_went_in_come_out_again_and_free_words_do_not() -> None:
    known = evaluation.KnownTexts.of(
        checking.load(REPLY).file, {"mail": "Order 4711", "files": [{"text": "tea"}]}
    )

    assert known.expected("outputs.reply", "Nothing to answer.") == 'outputs.reply == "Nothing to answer."'
    assert known.expected("outputs.order", "4711") == '"4711" in outputs.order'
    assert known.expected("outputs.kind", "tea") == '"tea" in outputs.kind'
    assert known.expected("outputs.reply", "Dear Lin") == "outputs.reply | length > 0"


def test_a_measure_says_how_sure_it_is() -> None:
    measure = Measure(passed=14, cases=20, promise=0.8)

    assert (measure.needed, measure.is_kept) == (16, False)
    assert [round(each, 3) for each in measure.interval] == [0.481, 0.855]
    assert Measure(7, 10, 0.7).is_kept, "0.7 × 10 is a little more than 7 in floats"
    assert Measure(0, 1, 0.0).interval[0] == 0.0
