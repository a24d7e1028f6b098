from pathlib import Path

from benchmarks.faq import question_pairs, term_overlap
from benchmarks.labelled_files import split


def test_pairs_come_from_tables_and_from_lines(tmp_path: Path) -> None:
    (tmp_path / "dev.csv").write_text("sentence1,sentence2,label\n怎么退货,如何退货,1\n", encoding="utf-8")
    (tmp_path / "few.json").write_text(
        '{"sentence1": "a", "sentence2": "b", "label": "0"}\n', encoding="utf-8"
    )
    (tmp_path / "intents.csv").write_text("text,category\nhello,greeting\n", encoding="utf-8")

    sets = split(tmp_path, question_pairs)

    assert sets.test == {"dev.csv": [("怎么退货", "如何退货", "1")]}
    assert sets.train == {"few.json": [("a", "b", "0")]}


def test_a_pair_of_questions_reads_the_same_from_both_sides() -> None:
    overlap = term_overlap("怎么还款", "还款怎么操作")

    assert sorted(overlap) == sorted(term_overlap("还款怎么操作", "怎么还款"))
    assert {"=还款", "≠操作"} <= set(overlap)
