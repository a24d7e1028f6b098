"""Files in SQuAD form: paragraphs of articles, and questions whose answer stands in one of them."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.labelled_files import json_content


@dataclass(frozen=True)
class SquadQuestion:
    """`paragraph`: its place among those of the file; `start`: of the answer in it. Without an answer both are empty."""

    id: str
    text: str
    article: int
    paragraph: int
    answer: str
    start: int


@dataclass(frozen=True)
class SquadFile:
    """A paragraph that stands in the file twice is one: nothing could tell its copies apart."""

    name: str
    paragraphs: list[str]
    questions: list[SquadQuestion]

    @classmethod
    def read(cls, path: Path) -> "SquadFile":
        places: dict[str, int] = {}
        questions = []
        for number, article in enumerate(json_content(path)["data"]):
            for paragraph in article["paragraphs"]:
                place = places.setdefault(paragraph["context"], len(places))
                for qa in paragraph["qas"]:
                    answer = (qa.get("answers") or [{"text": "", "answer_start": 0}])[0]
                    text, start = answer["text"], answer["answer_start"]
                    questions.append(SquadQuestion(str(qa["id"]), qa["question"], number, place, text, start))
        return cls(path.stem, list(places), questions)


def squad_files(*directories: Path) -> list[SquadFile]:
    paths = [path for directory in directories for path in sorted(directory.glob("*.json"))]
    if not paths:
        raise SystemExit(f"There are no JSON files in {', '.join(map(str, directories))}.")
    return [SquadFile.read(path) for path in paths]
