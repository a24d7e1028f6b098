from pathlib import Path

from benchmarks.question_pairs import pairs_in


def test_pairs_come_from_tables_and_from_lines(tmp_path: Path) -> None:
    (tmp_path / "dev.csv").write_text("sentence1,sentence2,label\n怎么退货,如何退货,1\n", encoding="utf-8")
    (tmp_path / "few.json").write_text(
        '{"sentence1": "a", "sentence2": "b", "label": "0"}\n', encoding="utf-8"
    )
    (tmp_path / "intents.csv").write_text("text,category\nhello,greeting\n", encoding="utf-8")

    sets = pairs_in(tmp_path)

    assert sets.test == {"dev.csv": [("怎么退货", "如何退货", True)]}
    assert sets.train == {"few.json": [("a", "b", False)]}
