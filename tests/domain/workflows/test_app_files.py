"""An app file is read, checked and told what is wrong with it, line by line."""

from pathlib import Path

import pytest

from domain.app_functions.texts import split_text
from domain.workflows import checking, yaml_reading
from domain.workflows.problems import FileRefused, Problem
from domain.workflows.step_kinds.for_each import ForEach
from tests.architecture.floods import cpu_seconds

APP_FILES = Path(__file__).resolve().parents[3] / "apps" / "workbench" / "app_files"
APP = """\
app: reply
title: {en: Reply, zh: 回复}
inputs:
  mail: {type: text}
  tone: {type: choice, options: [warm, brief]}
steps:
  - id: facts
    kind: extract
    source: "{{ inputs.mail }}"
    prompt: |
      {{ inputs.mail }}
      What does the writer ask for?
    fields:
      wishes: {type: list, of: {type: record, fields: {wish: {type: text}, quote: {type: quote}}}}
  - id: draft
    kind: ask
    when: facts.wishes | length > 0 and inputs.tone == "warm"
    prompt: "{% for each in facts.wishes %}{{ each.wish }}{% endfor %}"
outputs:
  reply: {value: "{{ draft.text }}"}
"""


def problems(text: str) -> list[Problem]:
    try:
        checking.load(text)
    except FileRefused as refused:
        return refused.problems
    return []


def found(text: str) -> list[tuple[str, int]]:
    return [(problem.code, problem.mark.line) for problem in problems(text)]


def changed(before: str, after: str) -> list[tuple[str, int]]:
    assert before in APP
    return found(APP.replace(before, after))


def test_a_whole_app_has_no_problems_and_its_outputs_have_types() -> None:
    app = checking.load(APP)

    assert app.outputs["reply"].type == "text"
    assert [step.id for step, _is_inside in app.steps()] == ["facts", "draft"]


@pytest.mark.parametrize("path", sorted(APP_FILES.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_comes_with_the_platform_is_in_order_and_short(path: Path) -> None:
    text = path.read_text()

    assert (found(text), checking.load(text).file.app) == ([], path.stem)
    assert len(text.splitlines()) <= 200


def test_the_longest_talk_without_full_stops_is_summarised_to_its_end() -> None:
    app = checking.load((APP_FILES / "summarise.yaml").read_text())
    longest = app.file.inputs["text"].max_characters  # type: ignore[union-attr]
    talk = (("好" * 1200 + "。") * 90)[:longest]

    loops = [step for step, _is_inside in app.steps() if isinstance(step, ForEach)]
    assert len(split_text(talk, 2400)["parts"]) <= loops[0].max


def test_the_file_in_the_documents_is_in_order() -> None:
    page = (APP_FILES.parents[2] / "docs" / "apps.md").read_text()
    text = page.partition("```yaml\n")[2].partition("```")[0]

    assert (found(text), checking.load(text).file.app) == ([], "answer_mail")


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("draft.text", "drft.text", ("unknown_name", 20)),
        ("draft.text", "draft.txt", ("unknown_field", 20)),
        (
            "{{ inputs.mail }}\n      What",
            "Read this.\n      {{ inputs.male }}\n      What",
            ("unknown_field", 12),
        ),
        ("{{ each.wish }}", "{{ each }}", ("not_writable", 18)),
        ("in facts.wishes", "in inputs.mail", ("nothing_to_repeat", 18)),
        ('== "warm"', '== "cold"', ("unknown_option", 17)),
        ("| length > 0", "== 0", ("not_comparable", 17)),
        (
            "when: facts.wishes | length > 0 and inputs.tone",
            "when: inputs.tone and inputs.tone",
            ("flag_needed", 17),
        ),
        ("kind: ask", "kind: guess", ("unknown_kind", 15)),
        ("id: draft", "id: facts", ("name_taken", 15)),
        ("mail: {type: text}", "mail: {type: passages}", ("no_input", 4)),
        ("mail: {type: text}", "mail: {type: table, columns: {a: {type: quote}}}", ("no_cell", 4)),
        ("mail: {type: text}", "mail: {type: txt}", ("unknown_kind", 4)),
        ('    source: "{{ inputs.mail }}"\n', "", ("source_missing", 13)),
        ("{type: quote}", "{type: collection}", ("not_extracted", 14)),
        ("outputs:", "outptus:", ("unknown_field_of_file", 20)),
        ("app: reply", "app: Reply to mail", ("bad_name", 1)),
        ("title: {en", "titel: {en", ("missing_field", 1)),
        ("{{ each.wish }}", "{{ each.wish.upper() }}", ("not_allowed", 18)),
        ("{{ each.wish }}", "{{ each.wish ", ("bad_template", 18)),
        ('source: "{{ inputs.mail }}"', "source: {{ inputs.mail }}", ("unquoted_braces", 9)),
        ('value: "{{ draft.text }}"', "value: draft.text", ("braces_missing", 20)),
        ('prompt: "{% for each', 'role: inputs.mail\n    prompt: "{% for each', ("braces_missing", 18)),
        ("{{ inputs.mail }}\n      What", "Read {inputs.mail}.\n      What", ("braces_missing", 11)),
        (
            "{{ inputs.mail }}\n      What",
            "Read this:\n      ｛｛ inputs.mail ｝｝\n      What",
            ("braces_missing", 12),
        ),
        ('== "warm"', '= "warm"', ("single_equals", 17)),
        ('== "warm"', "== “warm”", ("other_mark", 17)),
        ("facts.wishes | length", "facts.wishes.length", ("no_fields", 17)),
    ],
)
def test_each_mistake_is_told_with_its_line(before: str, after: str, problem: tuple[str, int]) -> None:
    assert problem in changed(before, after)


def test_a_step_that_needs_itself_or_a_later_one_is_told_so() -> None:
    """There is no cycle: steps run from top to bottom."""
    assert changed("{{ inputs.mail }}\n      What", "{{ draft.text }}\n      What") == [("used_before", 11)]
    assert changed("{{ each.wish }}", "{{ draft.text }}") == [("used_before", 18)]


def test_a_dotted_text_that_is_no_value_stays_a_text() -> None:
    assert changed('value: "{{ draft.text }}"', "value: draft.pdf") == []
    assert changed("{{ inputs.mail }}\n      What", "{inputs.male} { a.b }\n      What") == []


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("mail: {type: text}", "mail：{type: text}", "mail：{type"),
        ("mail: {type: text}", "mail: {type: text, max_characters: x}", "max_characters"),
        ("kind: ask\n", "kind: retrieve\n    question: x\n    collections: [Rules, 5]\n", "collections"),
    ],
)
def test_a_mistake_is_told_by_the_name_in_the_file(before: str, after: str, name: str) -> None:
    assert before in APP
    told = [problem.names["name"] for problem in problems(APP.replace(before, after))]

    assert name in told
    assert not [each for each in told if "[" in each or "-" in each]


def test_all_mistakes_are_told_at_once() -> None:
    text = APP.replace("each.wish }}", "each.wsh }}").replace("draft.text", "draft.txt")

    assert found(text) == [("unknown_field", 18), ("unknown_field", 20)]


@pytest.mark.parametrize("message", ['"{{ drft.text }}"', '{en: Look, zh: "{{ drft.text }}"}'])
def test_a_message_in_one_language_or_both_is_told_what_is_wrong_with_it(message: str) -> None:
    step = f"  - id: look\n    kind: wait\n    message: {message}\n"

    assert changed("outputs:\n", f"{step}outputs:\n") == [("unknown_name", 21)]


def test_an_example_has_to_fit_the_inputs() -> None:
    example = "examples:\n  - title: One\n    inputs: {mail: Hello, tone: loud}\n"

    assert found(APP + example) == [("example_differs", 23)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &a [1]\nb: *a", "no_anchors"),
        ("a: !!python/object/apply:os.system [ls]", "no_tags"),
        ("a: 1\na: 2", "duplicate_key"),
        ("a: " + "[" * 30, "too_deep"),
        ("[" * 50_000, "not_yaml"),  # libyaml has a limit of its own
        ("a: " + "{a: " * 20_000, "too_deep"),
        ("---\na: 1\n---\nb: 2", "several_documents"),
        ("a: 'x", "not_yaml"),
        ("a: \x00", "not_yaml"),
        ("- 1", "not_a_mapping"),
        ("", "not_a_mapping"),
        ("{? [1]: 2}", "key_is_no_text"),
        ("a: " + "x" * 10_000_000, "file_too_large"),
    ],
)
def test_a_file_that_is_no_app_is_refused_at_once(text: str, code: str) -> None:
    assert [problem.code for problem in problems(text)] == [code]
    assert cpu_seconds(lambda: problems(text + " "), at_most=0.5) < 0.5


def test_a_billion_laughs_are_one() -> None:
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    assert found("\n".join(lines)) == [("no_anchors", 1)]


def test_words_stay_words() -> None:
    read = yaml_reading.read(
        "a: no\nb: on\nc: 1_000\nd: 12:30\ne: true\nf: 3\ng: -1.5\nh: '3'\ni: 0571\nj: 0\n"
    )

    assert list(read.value.values()) == ["no", "on", "1_000", "12:30", True, 3, -1.5, "3", "0571", 0]
    options = checking.load(APP.replace("[warm, brief]", "[warm, 0571]")).file.inputs["tone"].options  # type: ignore[union-attr]
    assert list(options) == ["warm", "0571"]


def test_a_schema_that_is_no_schema_is_told_with_its_line() -> None:
    assert changed("fields:\n      wishes:", "fields:\n      Wishes!:") != []
    assert changed("{type: record, fields", "{type: recrd, fields") == [("unknown_kind", 14)]
    assert changed("{wish: {type: text}, quote: {type: quote}}", "[1, 2]") == [("mapping_needed", 14)]


def test_thousands_of_steps_are_refused_in_a_moment() -> None:
    step = "  - {id: s%d, kind: write, text: x}\n"
    text = "app: a\ntitle: A\nsteps:\n" + "".join(step % number for number in range(2000))

    assert ("too_long", 4) in found(text + 'outputs: {a: {value: "{{ s1.text }}"}}\n')
    assert cpu_seconds(lambda: problems(text), at_most=2) < 2


def test_two_loops_may_call_their_items_alike() -> None:
    loop = (
        '  - {id: %s, kind: for_each, items: "{{ inputs.%s }}", name: one,\n'
        '     steps: [{id: %s_text, kind: write, text: "{{ one }}"}], collect: {all: "{{ %s_text.text }}"}}\n'
    )
    text = (
        "app: a\ntitle: A\ninputs:\n  x: {type: list, of: {type: text}}\n  y: {type: list, of: {type: text}}\n"
        "steps:\n" + loop % (("b", "x", "b", "b")) + loop % (("c", "y", "c", "c"))
    )

    assert found(text + 'outputs: {d: {value: "{{ c.all }}"}}\n') == []
