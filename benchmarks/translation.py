"""Parallel paragraphs translated in both directions by the desk: how near they come to people's, and what they keep.

The files are in SQuAD form, NAME_en.json and NAME_zh.json, their paragraphs matched by the ids of their questions.
"""

from pathlib import Path
from typing import Annotated, Any

from benchmarks import isolated
from benchmarks.labelled_files import SquadFile, spread

COMMAND = "eval translation"


def run(
    data: Annotated[Path, "directory with NAME_en.json and NAME_zh.json"],
    limit: Annotated[int, "so many paragraphs, evenly spread"] = 30,
    details: Annotated[Path | None, "write every paragraph there, one JSON object a line"] = None,
) -> dict[str, Any]:
    files = [path for language in ("en", "zh") for path in sorted(data.glob(f"*_{language}.json"))[:1]]
    if len(files) != 2:
        raise SystemExit(f"There are no two files NAME_en.json and NAME_zh.json in {data}.")
    pairs = parallel(*files)
    chosen = spread(pairs, limit)
    with isolated.services("llm"):
        from benchmarks import translated_paragraphs
        from benchmarks.organisations import evaluation_actor

        figures = translated_paragraphs.score(evaluation_actor(), chosen, details=details)
    sources = {"trained_on": [], "tested_on": [path.name for path in files]}
    return {**sources, "paragraphs": len(chosen), **figures}


def parallel(english: Path, chinese: Path) -> list[tuple[str, str]]:
    """English and Chinese paragraphs about which the same questions are asked."""
    texts = _by_first_question(chinese)
    return [(text, texts[key]) for key, text in _by_first_question(english).items() if key in texts]


def _by_first_question(path: Path) -> dict[str, str]:
    file = SquadFile.read(path)
    first_ids = {question.paragraph: question.id for question in reversed(file.questions)}
    return {key: file.paragraphs[place] for place, key in sorted(first_ids.items())}
