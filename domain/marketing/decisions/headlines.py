"""Which of two headlines more people click, learnt from tests in which both were shown by chance.

Within a test all but the variant is the same, so what is learnt from are pairs of one test: the difference of what
both say against which of them was clicked more. A logistic regression without intercept on differences gives a score
to each headline (Bradley & Terry 1952, with features), so any number of variants can be ranked. Words, pieces of
words and the form of a headline are what it sees; pieces of words stand for the words of a language that does not
part them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from domain.marketing.decisions.arrays import Floats, not_negative, same_length
from llm_backend import patterns

MIN_PAIRS = 20
# A test of many variants has as many pairs as all others together: of more, those whose difference is surest.
MAX_PAIRS_PER_TEST = 100
MAX_CHARACTERS = 500
# The form of a headline beside its words, whose rows have length 1.
FORM_WEIGHT = 0.5


@dataclass(frozen=True)
class HeadlineTest:
    """Variants shown at random to people of the same kind."""

    headlines: tuple[str, ...]
    impressions: Floats
    clicks: Floats

    @classmethod
    def from_counts(
        cls, headlines: Sequence[str], impressions: Sequence[float], clicks: Sequence[float]
    ) -> "HeadlineTest":
        """Raises ValueError for more clicks than impressions."""
        shown, clicked = not_negative("impressions", impressions), not_negative("clicks", clicks)
        if len(headlines) != same_length(impressions=shown, clicks=clicked) or (clicked > shown).any():
            raise ValueError("each headline needs impressions, and no more clicks than those")
        return cls(tuple(each[:MAX_CHARACTERS] for each in headlines), shown, clicked)

    def pairs(self) -> list[tuple[str, str, float]]:
        """(one, other, z): two different headlines, and by how many standard errors the first was clicked more.

        Two proportions with a pooled rate (Fleiss, Statistical Methods, 2.4); 0 where nobody saw or clicked either.
        """
        pairs = []
        for one, other in combinations(range(len(self.headlines)), 2):
            if self.headlines[one] == self.headlines[other]:
                continue
            shown, clicked = self.impressions[[one, other]], self.clicks[[one, other]]
            rate = clicked.sum() / max(1.0, shown.sum())
            variance = rate * (1 - rate) * (1 / np.maximum(1, shown)).sum()
            difference = clicked[0] / max(1.0, shown[0]) - clicked[1] / max(1.0, shown[1])
            z = float(difference / np.sqrt(variance)) if variance > 0 and shown.all() else 0.0
            pairs.append((self.headlines[one], self.headlines[other], z))
        return sorted(pairs, key=lambda pair: -abs(pair[2]))[:MAX_PAIRS_PER_TEST]


@dataclass(frozen=True)
class HeadlineModel:
    words: Any
    pieces: Any
    weights: Floats

    @classmethod
    def learn(cls, tests: Sequence[HeadlineTest]) -> "HeadlineModel":
        """Every pair counts as much as it is sure. Raises ValueError with fewer than `MIN_PAIRS` pairs."""
        pairs = [pair for test in tests for pair in test.pairs() if pair[2]]
        if len(pairs) < MIN_PAIRS:
            raise ValueError(f"at least {MIN_PAIRS} pairs of headlines with a difference are needed")
        # Loaded by who learns: every process knows this module.
        from scipy.sparse import vstack
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        model = cls(
            # One letter and a question mark are words too.
            TfidfVectorizer(min_df=2, sublinear_tf=True, token_pattern=r"(?u)\w+|[?!%$]"),  # noqa: S106  (no password)
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True),
            np.zeros(0),
        )
        headlines = list(dict.fromkeys(headline for test in tests for headline in test.headlines))
        model.words.fit(headlines)
        model.pieces.fit(headlines)
        place = {headline: row for row, headline in enumerate(headlines)}
        matrix = model.matrix(headlines)
        surer = np.array([z for _, _, z in pairs])
        differences = (
            matrix[[place[one] for one, _, _ in pairs]] - matrix[[place[two] for _, two, _ in pairs]]
        )
        # Each pair from both sides: otherwise the order in which variants are listed would be learnt.
        regression = LogisticRegression(C=0.03, fit_intercept=False, solver="liblinear", max_iter=300)
        regression.fit(
            vstack([differences, -differences]), np.append(surer > 0, surer < 0), np.tile(np.abs(surer), 2)
        )
        return cls(model.words, model.pieces, np.asarray(regression.coef_[0], dtype=np.float64))

    def scores(self, headlines: Sequence[str]) -> Floats:
        """The higher the better; the logistic of a difference is the probability to win."""
        if not headlines:
            return np.zeros(0)
        return np.asarray(
            self.matrix([each[:MAX_CHARACTERS] for each in headlines]) @ self.weights, np.float64
        )

    def matrix(self, headlines: Sequence[str]) -> Any:
        from scipy.sparse import csr_matrix, hstack

        form = csr_matrix(FORM_WEIGHT * np.array([_form(each) for each in headlines]))
        return hstack([self.words.transform(headlines), self.pieces.transform(headlines), form]).tocsr()


def _form(headline: str) -> list[float]:
    """Each about as large as the others."""
    words = headline.split()
    return [
        np.log1p(len(headline)) - 4,
        len(words) / 10 - 1,
        float(any(letter.isdigit() for letter in headline)),
        *(
            float(any(mark in headline for mark in marks))
            for marks in ("?？", "!！", "…", ":：", "\"'‘“「", "—-", "(（", "%$¥")
        ),
        min(5, len(patterns.findall(r"[.!?…。！？]", headline))) / 2,
        float(np.mean([len(word) for word in words])) / 2 - 2.5 if words else 0.0,
        sum(word.isupper() and len(word) > 1 for word in words) / 2,
    ]
