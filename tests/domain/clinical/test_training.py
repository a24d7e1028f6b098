import json

import pytest

from domain.clinical.coding.catalogue import Catalogue
from domain.clinical.coding.entries import Entry, Pair
from domain.clinical.coding.storage import from_bytes
from domain.clinical.drafting.note_selection import NoteModel
from domain.clinical.training import main


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
    assert [each.name for each in coder.list_terms("双侧踝部骨折")] == ["踝部骨折"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"dialogue": "Patient: 头痛"}, "line 1: "),
        ({"dialogue": "Patient: 头痛", "note": ["头痛"]}, "line 1: "),
        ({"dialogue": "Patient: 头痛", "note": "PLAN", "patient": "头痛"}, "line 1: "),
    ],
)
def test_rows_that_cannot_be_used_are_refused_without_repeating_them(tmp_path, output, capsys, row, reason):
    rows = _lines(tmp_path / "rows.jsonl", [row])

    assert main(["notes", "--rows", rows, "--output", str(output)]) == 1

    said = capsys.readouterr().err
    assert reason in said
    assert "头痛" not in said
    assert not output.exists()


def test_notes_are_learnt_from_what_was_said_and_written(tmp_path, output):
    said = "Patient: I have had a cough for {} days.\nDoctor: Lungs are clear.\nPatient: Hot today."
    noted = "CHIEF COMPLAINT\n\nCough for {} days.\n\nPHYSICAL EXAM\n\nLungs are clear."
    rows = [{"dialogue": said.format(days), "note": noted.format(days)} for days in range(2, 14)]

    assert main(["notes", "--rows", _lines(tmp_path / "notes.jsonl", rows), "--output", str(output)]) == 0

    assert NoteModel.from_bytes(output.read_bytes()).expected_words(100) > 0


def test_notes_about_something_else_are_refused(tmp_path, output, capsys):
    rows = _lines(
        tmp_path / "notes.jsonl", [{"dialogue": "Patient: I cough.", "note": "PLAN\n\nUnrelated words."}]
    )

    assert main(["notes", "--rows", rows, "--output", str(output)]) == 1
    assert "TooFewNotes" in capsys.readouterr().err
