"""How sure a share of cases is, and the difference of two shares of the same cases."""

import math

# Of the normal distribution: 95 % lie within.
Z = 1.96


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
