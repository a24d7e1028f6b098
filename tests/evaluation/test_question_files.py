"""Questions from JSON Lines and from lm-evaluation-harness tasks: all that is wrong is named, and nothing of it is run."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.actors import Actor
from apps.core import tables
from apps.core.errors import InvalidInput
from apps.evaluation import services
from apps.evaluation.adapters import Adapter
from apps.evaluation.models import EvaluationQuestion
from apps.model_lab.exams.evaluation_adapter import ADAPTER as EXAMS
from apps.translation.evaluation_adapter import ADAPTER
from tests.conftest import ApiClient
from tests.evaluation.conftest import GOOD_RETURNS, GOOD_THANKS, RETURNS, SET, THANKS

pytestmark = pytest.mark.django_db
CHOICE_TASK = b"""
task: arc_local
dataset_path: json
output_type: multiple_choice
doc_to_text: "Question: {{ question }}\\nAnswer:"
doc_to_choice: choices
doc_to_target: gold
metric_list:
  - metric: acc
    aggregation: mean
metadata: {version: 1.0}
"""
EXACT_TASK = b"dataset_path: json\noutput_type: generate_until\ndoc_to_text: q\ndoc_to_target: '{{a}}'\n"


def lines(*documents: object) -> bytes:
    return "\n".join(json.dumps(each, ensure_ascii=False) for each in documents).encode()


def imported(
    actor: Actor, content: bytes, task: bytes = b"", *, adapter: Adapter = ADAPTER, question_set: str = SET
) -> int:
    return services.import_questions(
        actor, adapter=adapter, question_set=question_set, content=content, task=task
    ).count


def refusal(actor: Actor, content: bytes, task: bytes = b"") -> str:
    with pytest.raises(InvalidInput) as refused:
        imported(actor, content, task, adapter=EXAMS, question_set="choice")
    assert not EvaluationQuestion.objects.exists()
    return " ".join(str(line) for each in refused.value.fields.values() for line in each)


def test_what_is_exported_as_json_lines_comes_back_the_same(
    alice_browser: Client, alice_actor: Actor
) -> None:
    content = lines(
        {"question": RETURNS, "reference": GOOD_RETURNS, "min_similarity": 55},
        {"question": THANKS, "reference": GOOD_THANKS, "note": "left out"},
    )
    assert imported(alice_actor, b"\xef\xbb\xbf" + content) == 2
    before = dict(EvaluationQuestion.objects.values_list("text", "expected"))
    exported = alice_browser.get(f"/translation/evaluation/questions/export/?set={SET}&type=jsonl")
    EvaluationQuestion.objects.all().delete()

    assert imported(alice_actor, exported.getvalue()) == 2
    assert dict(EvaluationQuestion.objects.values_list("text", "expected")) == before


def test_a_choice_task_becomes_questions_with_letters(alice_actor: Actor) -> None:
    documents = lines(
        {"question": "Which tea?", "choices": ["black", "green"], "gold": 1},
        {"question": "Which pot?", "choices": ["clay", "iron", "glass"], "gold": "clay"},
    )

    assert imported(alice_actor, documents, CHOICE_TASK, adapter=EXAMS, question_set="choice") == 2

    rows = dict(EvaluationQuestion.objects.values_list("text", "expected"))
    assert rows["Question: Which tea?\nAnswer:"] == {"options": "black\ngreen", "answer": "B"}
    assert rows["Question: Which pot?\nAnswer:"]["answer"] == "A"


def test_a_text_of_figures_is_the_choice_and_a_number_its_place(alice_actor: Actor) -> None:
    documents = lines(
        {"question": "1 + 1?", "choices": ["1", "2", "3"], "gold": "2"},
        {"question": "1 + 2?", "choices": ["1", "2", "3"], "gold": 2},
    )

    imported(alice_actor, documents, CHOICE_TASK, adapter=EXAMS, question_set="choice")

    answers = EvaluationQuestion.objects.order_by("text").values_list("expected__answer", flat=True)
    assert list(answers) == ["B", "C"]


def test_choices_may_stand_in_fields_of_their_own(alice_actor: Actor) -> None:
    task = CHOICE_TASK.replace(b"doc_to_choice: choices", b"doc_to_choice: ['{{A}}', '{{B}}']")
    documents = lines({"question": "Which?", "A": "one", "B": "two", "gold": "two"})

    imported(alice_actor, documents, task, adapter=EXAMS, question_set="choice")

    assert EvaluationQuestion.objects.get().expected == {"options": "one\ntwo", "answer": "B"}


def test_an_exact_task_becomes_questions_with_a_text(alice_actor: Actor) -> None:
    imported(alice_actor, lines({"q": "2 + 2?", "a": 4}), EXACT_TASK, adapter=EXAMS, question_set="number")
    imported(alice_actor, lines({"q": THANKS, "a": GOOD_THANKS}), EXACT_TASK)

    assert list(EvaluationQuestion.objects.order_by("pk").values_list("expected__answer", flat=True)) == [
        "4",
        None,
    ]
    assert EvaluationQuestion.objects.get(desk="translation").expected["reference"] == GOOD_THANKS


def test_every_wrong_line_is_named_and_nothing_is_stored(alice_actor: Actor) -> None:
    good = {"question": "Fine?", "a": "x", "b": "y", "answer": "A"}
    nested = b'{"question": ' + b"[" * 99 + b"]" * 99 + b"}"
    content = b"\n".join(
        [
            lines(good),
            b"{broken",
            b"[1]",
            nested,
            lines({"answer": "no question"}),
            lines(good | {"question": "NUL \0"}),
            b'{"question": "half \\ud800", "answer": "A"}',
            lines(good | {"question": {"a": 1}}),
            b'{"question": "' + b"x" * 100_001 + b'"}',
        ]
    )

    said = refusal(alice_actor, content)

    for number in range(2, 10):
        assert f"Row {number}: " in said
    assert "Row 1: " not in said
    assert "Missing: question" in said
    assert "longer than 100 kB" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"dataset_path: json", b"dataset_path: allenai/ai2_arc", "are not downloaded"),
        (b"doc_to_choice: choices", b'doc_to_choice: "{{choices.text}}"', "doc_to_choice"),
        (b"{{ question }}", b"{% for x in y %}{{ question }}", "doc_to_text"),
        (b"{{ question }}", b"{{ question.strip() }}", "doc_to_text"),
        (b"{{ question }}", b"{{ cycler.__init__.__globals__ }}", "doc_to_text"),
        (b"doc_to_target: gold", b"doc_to_target: !function utils.target", "not plain YAML"),
        (b"doc_to_target: gold", b"process_docs: gold", "process_docs"),
        (b"doc_to_target: gold", b"doc_to_target: [gold]", "doc_to_target"),
        (b"multiple_choice", b"loglikelihood", "output_type"),
        (b"metric: acc", b"metric: bleu", "metric_list"),
        (b"task: arc_local", b"num_fewshot: 5", "num_fewshot"),
        (b"task: arc_local", b"&a task: *a", "not plain YAML"),
        (b"task: arc_local", b"task: \xff", "not UTF-8"),
        (b"task: arc_local", b"x: " + b"[" * 50, "not plain YAML"),
    ],
)
def test_a_task_that_says_more_is_refused_with_what_is_supported(
    alice_actor: Actor, old: bytes, new: bytes, said: str
) -> None:
    assert old in CHOICE_TASK

    text = refusal(
        alice_actor, lines({"question": "?", "choices": ["a", "b"], "gold": 0}), CHOICE_TASK.replace(old, new)
    )

    assert said in text
    assert "Supported: " in text


def test_a_document_that_does_not_fit_its_task_is_named(alice_actor: Actor) -> None:
    content = lines(
        {"choices": ["a", "b"], "gold": 0},
        {"question": "?", "choices": "ab", "gold": 0},
        {"question": "?", "choices": ["a", "b"], "gold": 2},
        {"question": "?", "choices": [f"c{number}" for number in range(9)], "gold": 0},
    )

    said = refusal(alice_actor, content, CHOICE_TASK)

    assert all(f"Row {number}: " in said for number in range(1, 5))
    assert "none of the choices" in said


def test_files_that_are_too_much_are_refused_at_once(alice_actor: Actor) -> None:
    assert "larger than 4 MB" in refusal(alice_actor, b"{" + b"x" * tables.MAX_BYTES)
    assert "more than 1000 rows" in refusal(alice_actor, b'{"question": "?"}\n' * 1001)
    assert "more than 1000 rows" in refusal(alice_actor, b"{" + b"\n" * 100_000)
    assert "no lines" in refusal(alice_actor, b"\n", CHOICE_TASK)
    assert "Save it as UTF-8" in refusal(alice_actor, b"{\xff}")


def test_the_page_and_the_api_take_tasks(alice_browser: Client, alice_api: ApiClient) -> None:
    documents = lines({"question": "?", "choices": ["a", "b"], "gold": 0})

    def files() -> dict[str, SimpleUploadedFile]:
        return {
            "file": SimpleUploadedFile("d.jsonl", documents),
            "task": SimpleUploadedFile("t.yaml", CHOICE_TASK),
        }

    sent = alice_browser.post("/model-lab/exams/questions/import/", {"question_set": "choice", **files()})
    assert sent.status_code == 302
    assert EvaluationQuestion.objects.count() == 1
    address = "/api/v1/model-lab/questions/"
    answer = alice_api.post(f"{address}import/", {"question_set": "choice", **files()})
    assert (answer.status_code, answer.json()) == (200, {"imported": 1})
    broken = {"question_set": "choice", "file": SimpleUploadedFile("d.jsonl", b"{")}
    assert alice_api.post(f"{address}import/", broken).status_code == 400
    nowhere = {"question_set": "none", **files()}
    assert alice_api.post(f"{address}import/", nowhere).status_code == 404
    exported = alice_api.get(f"{address}export/?set=choice&type=jsonl")
    content = exported.getvalue()
    assert json.loads(content)["answer"] == "A"
