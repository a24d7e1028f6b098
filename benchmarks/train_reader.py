"""Makes weights of a reader, with torch (`requirements/training.txt`).

Each step reads some questions, each with windows of its book side by side: the right one, or the tempting one, among its
rivals. The loss is the cross-entropy over all sentences of all windows and “not here”, as it is asked in the product.
"""

import json
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks.reader_training import examples
from benchmarks.reader_training.examples import Book, Example, Question

COMMAND = "train reader"
QUESTIONS_A_STEP = 4
WINDOWS = 3
# Of the rate of the adapters: norms move little.
NORM_RATE = 0.25
WARM_UP_STEPS = 100
AVERAGED_SHARE = 0.15
SECONDS_BETWEEN_LINES = 30.0


@dataclass(frozen=True)
class Asked:
    """A question that can be drawn, with the nearest windows of each of its wordings."""

    question: Question
    book: Book
    ranked: list[list[int]]

    def example(self, chance: random.Random) -> Example:
        wording = chance.randrange(len(self.question.wordings))
        ranked = self.ranked[wording]
        return examples.example(self.question, wording, self.book, ranked, chance, windows=WINDOWS)


def run(  # noqa: PLR0913  (the options of the command)
    books: Annotated[Sequence[Path], "folders of handbooks (JSON)"],
    out: Path,
    reading: Annotated[Sequence[Path], "reading sets (JSON lines)"] = (),
    reading_limit: Annotated[int, "rows of each reading set"] = 3500,
    reading_share: Annotated[float, "of the questions of a step"] = 0.35,
    held_out: Annotated[Path | None, "a file of names of books that are only measured, one a line"] = None,
    start: Annotated[Path | None, "go on from these weights instead of from e5's own"] = None,
    mean_with: Annotated[Sequence[Path], "store the mean of what was learnt and of these weights"] = (),
    mean_share: Annotated[float, "of what was learnt in that mean"] = 0.5,
    steps: Annotated[int, "of four questions; 0: only the mean of weights"] = 3000,
    rate: Annotated[float, "at its highest; 1.5e-3 collapses"] = 4e-4,
    seed: int = 1,
    threads: int = 1,
    cache: Path = Path("var/reader-vectors"),
) -> dict[str, Any]:
    import torch

    from benchmarks.reader_training.encoder import ReaderEncoder
    from llm_backend.engines import e5_file

    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    left_out = set(held_out.read_text().split()) if held_out else set()
    vectors = examples.Vectors(e5_file.WEIGHTS, cache, threads=threads)
    known = [book for folder in books for book in examples.books(folder)]
    by_book = [asked(book, vectors) for book in known if book.id not in left_out]
    by_set = [asked(examples.reading_set(path, limit=reading_limit), vectors) for path in reading]
    model = ReaderEncoder(e5_file.read(e5_file.WEIGHTS))
    if start:
        model.load_adapter(dict(np.load(start)))
    draws = _draws(by_book, by_set, reading_share, random.Random(seed))
    curve = _train(model, vectors.tokeniser, draws, steps=steps, rate=rate) if steps else []
    arrays: dict[str, Any] = model.adapter()
    if mean_with:
        arrays = mean_of(arrays, [dict(np.load(path)) for path in mean_with], mean_share)
    np.savez(out, **arrays)
    return {
        "seed": seed,
        "steps": steps,
        "questions": steps * QUESTIONS_A_STEP,
        "books": len(by_book),
        "reading_sets": [path.stem for path in reading],
        "curve": curve,
    }


def mean_of(learnt: dict[str, Any], others: Sequence[dict[str, Any]], share: float) -> dict[str, Any]:
    """Weights between some that were learnt one from the other, `share` of the first: they read better than any of them
    (Wortsman et al., 2022).
    """
    mixed = {}
    for name, each in learnt.items():
        mean = np.mean([other[name].astype(np.float32) for other in others], axis=0)
        mixed[name] = (share * each.astype(np.float32) + (1 - share) * mean).astype(each.dtype)
    return mixed


def asked(book: Book, vectors: examples.Vectors) -> list[Asked]:
    ranked = examples.ranked_windows(book, vectors)
    return [Asked(question, book, nearest) for question, nearest in zip(book.questions, ranked, strict=True)]


def _draws(
    by_book: Sequence[list[Asked]], by_set: Sequence[list[Asked]], reading_share: float, chance: random.Random
) -> Iterator[Example]:
    """Each question of the books comes (those that are answered twice) before any comes again; of the sets in
    proportion to their root."""
    round_of_books: list[Asked] = []
    while True:
        if by_set and chance.random() < reading_share:
            some = chance.choices(by_set, [math.sqrt(len(each)) for each in by_set])[0]
            yield chance.choice(some).example(chance)
            continue
        if not round_of_books:
            # Half of the questions are near ones: choosing among sentences would be learnt least of all.
            twice = [each for book in by_book for each in book if each.question.is_answerable]
            round_of_books = [*twice, *(each for book in by_book for each in book)]
            chance.shuffle(round_of_books)
        yield round_of_books.pop().example(chance)


def _train(
    model: Any, tokeniser: Any, draws: Iterator[Example], *, steps: int, rate: float
) -> list[dict[str, float]]:
    """The rate warms up, then falls to nothing; what is left in the end is the mean of the last steps' weights."""
    import torch

    learnt = dict(model.learnt())
    norms = [each for name, each in learnt.items() if "norm" in name]
    others = [each for name, each in learnt.items() if "norm" not in name]
    groups = [{"params": others, "scale": 1.0}, {"params": norms, "scale": NORM_RATE}]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.01)
    means: dict[str, Any] = {}
    told, curve, losses = time.monotonic(), [], []
    model.train()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * group["scale"] * min(1.0, (step + 1) / WARM_UP_STEPS) * (1.0 - step / steps)
        loss = loss_of(model, tokeniser, [next(draws) for _ in range(QUESTIONS_A_STEP)])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt.values(), 1.0)
        optimiser.step()
        losses.append(loss.item())
        behind_start = step - int(steps * (1 - AVERAGED_SHARE))
        if behind_start >= 0:
            for name, each in learnt.items():
                mean = means.setdefault(name, each.detach().clone())
                mean.lerp_(each.detach(), 1 / (behind_start + 1))
        if time.monotonic() > told + SECONDS_BETWEEN_LINES or step == steps - 1:
            told = time.monotonic()
            curve.append({"step": step, "loss": round(float(np.mean(losses[-200:])), 3)})
            sys.stderr.write(f"{json.dumps(curve[-1])}\n")
    with torch.no_grad():
        for name, each in learnt.items():
            each.copy_(means[name])
    return curve


def loss_of(model: Any, tokeniser: Any, some: Sequence[Example]) -> Any:
    """The mean over questions of the cross-entropy to the sentences that answer, each with the same share, or to “not here”:
    of cases that belong together none is left behind.
    """
    import torch

    from domain.text.answer_sentences import reader

    rows, owners = [], []
    for number, each in enumerate(some):
        for place, window in enumerate(each.windows):
            for part in reader.windows(tokeniser, each.question, window):
                rows.append(part)
                owners.append((number, place))
    relevances = model([row.tokens for row in rows], [[place[1:] for place in row.places] for row in rows])
    losses = []
    for number, each in enumerate(some):
        mine = [i for i, owner in enumerate(owners) if owner[0] == number]
        scores = torch.cat([*(relevances[i] for i in mine), torch.zeros(1)])
        is_right = [(owners[i][1], place[0]) in each.right for i in mine for place in rows[i].places]
        right = torch.tensor([*is_right, not each.right])
        losses.append(torch.logsumexp(scores, 0) - scores[right].mean())
    return torch.stack(losses).mean()
