"""How sure a share of cases is, and the difference of two shares of the same cases."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

# Of the normal distribution: 95 % lie within.
Z = 1.96


@dataclass(frozen=True)
class Agreement:
    """How often two graders said the same of the same cases. `kappa`: none where both always say one and the same thing, as
    no agreement could be more than chance then.
    """

    agreed: int
    total: int
    kappa: float | None = None
    kappa_interval: tuple[float, float] = (-1.0, 1.0)


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Cohen's kappa (Educational and Psychological Measurement 20, 1960). Its interval is that of the share on which both
    agree, over the same chance: few cases that all agree prove little.
    """
    total, agreed = len(pairs), sum(one == other for one, other in pairs)
    first, second = (Counter(pair[place] for pair in pairs) for place in (0, 1))
    by_chance = sum(first[name] * second[name] for name in first) / (total * total) if total else 1.0
    if by_chance >= 1:
        return Agreement(agreed, total)
    share = agreed / total
    kappa = (share - by_chance) / (1 - by_chance)
    low, high = ((each - by_chance) / (1 - by_chance) for each in interval(agreed, total))
    return Agreement(agreed, total, kappa, (max(-1.0, low), high))


def share_text(part: int, total: int) -> str:
    """“80% (49–94%), 8 / 10”: with where it lies 19 times of 20."""
    if not total:
        return "–"
    low, high = interval(part, total)
    return f"{100 * part / total:.0f}% ({100 * low:.0f}–{100 * high:.0f}%), {part} / {total}"


def interval(passed: int, total: int) -> tuple[float, float]:
    """Wilson's: where the share of ever more such cases lies, 19 times of 20 (Wilson, JASA 22, 1927). 0 to 1 of none."""
    if not total:
        return 0.0, 1.0
    square, share = Z * Z, passed / total
    middle = (share + square / (2 * total)) / (1 + square / total)
    spread = math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    half = Z * spread / (1 + square / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def paired_interval(better: int, worse: int, total: int) -> tuple[float, float]:
    """Where the difference of two shares lies, 19 times of 20, of the same cases: only those that changed tell (Agresti and
    Min, Statistics in Medicine 24, 2005: half a case is added to each of the four cells, so that no difference is certain
    because few cases changed).
    """
    better_cases, worse_cases, cases = better + 0.5, worse + 0.5, total + 2
    difference = (better_cases - worse_cases) / cases
    spread = math.sqrt(better_cases + worse_cases - (better_cases - worse_cases) ** 2 / cases) / cases
    return max(-1.0, difference - Z * spread), min(1.0, difference + Z * spread)


def difference_text(better: int, worse: int, total: int) -> str:
    """“+12.0 (+4.1 … +20.9)”: in points, with where it lies 19 times of 20."""
    if not total:
        return "–"
    low, high = paired_interval(better, worse, total)
    return f"{100 * (better - worse) / total:+.1f} ({100 * low:+.1f} … {100 * high:+.1f})"


def paired_probability(better: int, worse: int) -> float:
    """How likely so uneven a change is by chance alone, both ways: McNemar's test with the binomial distribution itself, as
    few cases change (McNemar, Psychometrika 12, 1947).
    """
    changed = better + worse
    rarer = sum(math.comb(changed, cases) for cases in range(min(better, worse) + 1))
    probability: float = 2 * rarer / 2**changed
    return min(1.0, probability)


def holm(probabilities: Sequence[float]) -> list[float]:
    """The same probabilities for somebody who looked at all of them, in their order: below 0.05 none of them all is there by
    chance, 19 times of 20 (Holm, Scandinavian Journal of Statistics 6, 1979).
    """
    adjusted, largest = [0.0] * len(probabilities), 0.0
    ascending = sorted(range(len(probabilities)), key=lambda place: probabilities[place])
    for left, place in enumerate(ascending):
        largest = max(largest, min(1.0, (len(probabilities) - left) * probabilities[place]))
        adjusted[place] = largest
    return adjusted
