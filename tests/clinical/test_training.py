import json

import pytest

from llm_backend.clinical.coding.catalogue import Catalogue
from llm_backend.clinical.coding.entries import Entry, Pair
from llm_backend.clinical.coding.storage import from_bytes
from llm_backend.clinical.entities.recogniser import Recogniser
from llm_backend.clinical.selection import NoteModel
from llm_backend.clinical.training import main


def _lines(path, rows):
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def output(tmp_path):
    return tmp_path / "weights.npz"


def test_coding_is_trained_from_a_hospitals_files(tmp_path, output):
    names = [
        f"{part}{kind}" for part in ("膝部", "肘部", "踝部", "腕部") for kind in ("挫伤", "骨折", "肿物")
    ]
    catalogue = tmp_path / "icd.tsv"
    catalogue.write_text("".join(f"A{n}\t{name}\n" for n, name in enumerate(names)), encoding="utf-8")
    written = [
        (f"{side}{name[:2]}{name[2:]}{more}", name)
        for name in names
        for side in ("左", "右")
        for more in "一二三"
    ]
    rows = _lines(tmp_path / "rows.jsonl", [{"text": text, "names": [name]} for text, name in written])

    assert main(["coding", "--catalogue", str(catalogue), "--rows", rows, "--output", str(output)]) == 0

    coder = Catalogue.of(
        [Entry(f"A{n}", name) for n, name in enumerate(names)],
        pairs=[Pair(text, (name,)) for text, name in written],
        weights=from_bytes(output.read_bytes()),
    )
    assert [each.name for each in coder.coded("双侧踝部骨折")] == ["踝部骨折"]


def test_entities_are_trained_from_marked_texts(tmp_path, output):
    drugs = ("金贝灵", "银贝灵", "铜贝灵")
    texts = [f"第{day}天口服{drug}后好转。" for day in range(1, 10) for drug in drugs]
    marks = [[{"start": at, "end": at + 3, "type": "dru"}] for at in (text.index("服") + 1 for text in texts)]
    marked = [{"text": text, "entities": mark} for text, mark in zip(texts, marks, strict=True)]
    rows = _lines(tmp_path / "rows.jsonl", marked)

    assert main(["entities", "--rows", rows, "--output", str(output)]) == 0

    found = Recogniser.from_bytes(output.read_bytes()).entities("第3天口服铁贝灵后好转。")
    assert [(each.start, each.end, each.type) for each in found] == [(5, 8, "dru")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": "头痛", "entities": [{"start": 0, "end": 9, "type": "sym"}]}, "line 1: "),
        ({"text": "头痛", "entities": [{"start": 0, "end": 2, "type": "pain"}]}, "line 1: "),
        ({"text": "头痛", "entities": []}, "TooFewTexts"),
    ],
)
def test_rows_that_cannot_be_used_are_refused_without_repeating_them(tmp_path, output, capsys, row, reason):
    rows = _lines(tmp_path / "rows.jsonl", [row])

    assert main(["entities", "--rows", rows, "--output", str(output)]) == 1

    said = capsys.readouterr().err
    assert reason in said
    assert "头痛" not in said
    assert not output.exists()


def test_notes_are_learnt_from_what_was_said_and_written(tmp_path, output):
    said = "Patient: I have had a cough for {} days.\nDoctor: Lungs are clear.\nPatient: Hot today."
    noted = "CHIEF COMPLAINT\n\nCough for {} days.\n\nPHYSICAL EXAM\n\nLungs are clear."
    rows = [{"dialogue": said.format(days), "note": noted.format(days)} for days in range(2, 14)]

    assert main(["notes", "--rows", _lines(tmp_path / "notes.jsonl", rows), "--output", str(output)]) == 0

    assert NoteModel.from_bytes(output.read_bytes()).wanted(100) > 0


def test_notes_about_something_else_are_refused(tmp_path, output, capsys):
    rows = _lines(
        tmp_path / "notes.jsonl", [{"dialogue": "Patient: I cough.", "note": "PLAN\n\nUnrelated words."}]
    )

    assert main(["notes", "--rows", rows, "--output", str(output)]) == 1
    assert "TooFewNotes" in capsys.readouterr().err
