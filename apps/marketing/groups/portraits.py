"""What sets a group apart from everybody, in figures, and in words that hold no other figure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev

from django.utils.translation import gettext as _

from apps.core.errors import LimitExceeded, ServiceUnavailable
from apps.core.languages import NAMES_FOR_MODELS
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from apps.marketing.groups.cluster_rules import Row
from apps.marketing.groups.schemas import Portrait
from llm_backend import figures
from llm_backend.errors import ModelError
from llm_backend.sentences import repeats_itself

PROMPT = Path(__file__).parent / "prompts" / "describe_group.md"
MAX_FIGURES, MAX_TOLD, MAX_PORTRAIT_CHARACTERS = 6, 3, 600
# A difference below it is no difference, in standard deviations or in the share of people.
MIN_DIFFERENCE = 0.05
AWAY = (ModelError, ServiceUnavailable, LimitExceeded)


@dataclass(frozen=True)
class GroupFigure:
    """`here` against `everybody`: the share of people with the value in percent, or the mean of an amount."""

    attribute: str
    kind: str
    value: str
    here: float
    everybody: float

    def words(self) -> str:
        numbers = {"here": f"{self.here:g}", "everybody": f"{self.everybody:g}"}
        if self.kind in ("text", "truth"):
            text = _("%(name)s is %(value)s: %(here)s%% in this group, %(everybody)s%% overall")
            return text % {"name": self.attribute, "value": self.value, **numbers}
        if self.kind == "day":
            text = _("%(name)s: %(here)s days ago on average in this group, %(everybody)s overall")
            return text % {"name": self.attribute, **numbers}
        return _("%(name)s: %(here)s on average in this group, %(everybody)s overall") % {
            "name": self.attribute,
            **numbers,
        }


def group_figures(
    rows: Sequence[Row], inside: Sequence[Row], kinds: Mapping[str, str], today: int
) -> list[GroupFigure]:
    """Those in which the group differs most, the clearest first."""
    found: list[tuple[float, GroupFigure]] = []
    for name, kind in kinds.items():
        if kind in ("number", "day"):
            found += _amount_figure(name, kind, _amounts(rows, name), _amounts(inside, name), today)
        else:
            found += _share_figures(name, kind, rows, inside)
    clear = [(size, figure) for size, figure in found if size >= MIN_DIFFERENCE]
    clear.sort(key=lambda pair: -pair[0])
    # One figure for each attribute: what is more of one value is less of the others.
    first: dict[str, GroupFigure] = {}
    for _size, figure in clear:
        first.setdefault(figure.attribute, figure)
    return list(first.values())[:MAX_FIGURES]


def plain_portrait(size: int, share: float, told: Sequence[GroupFigure]) -> str:
    """Written by code."""
    begin = _("%(count)d people, %(share)d%% of those analysed.") % {
        "count": size,
        "share": round(share * 100),
    }
    return " ".join([begin, "; ".join(figure.words() for figure in told[:MAX_TOLD])]).strip()


def portrait(run: JobRun, size: int, share: float, told: Sequence[GroupFigure]) -> str:
    """Has a model describe the group from the figures alone. A description that holds another figure is dropped for the
    sentence that code writes.
    """
    plain = plain_portrait(size, share, told)
    if not told:
        return plain
    lines = [plain, *(figure.words() for figure in told)]
    language = NAMES_FOR_MODELS[run.job.organisation.output_language]
    prompt = prompts.load(run.job.organisation, PROMPT).render(language=language, figures=lines)
    try:
        answer = inference.extract(run, prompt, Portrait)
    except AWAY:
        return plain
    text = " ".join(" ".join(sentence.split()) for sentence in answer.sentences)
    is_borne_out = figures.agree(figures.read(text), [figures.read(line) for line in lines])
    is_usable = 0 < len(text) <= MAX_PORTRAIT_CHARACTERS and not repeats_itself(text)
    return text if is_usable and is_borne_out else plain


def _amounts(rows: Sequence[Row], name: str) -> list[float]:
    return [float(value) for row in rows if (value := row.get(name)) is not None]


def _amount_figure(
    name: str, kind: str, everybody: list[float], inside: list[float], today: int
) -> list[tuple[float, GroupFigure]]:
    if not everybody or not inside:
        return []
    deviation, here, mean = pstdev(everybody) or 1.0, fmean(inside), fmean(everybody)
    if kind == "day":
        figure = GroupFigure(name, kind, "", round(today - here), round(today - mean))
    else:
        figure = GroupFigure(name, kind, "", _short(here), _short(mean))
    return [(abs(here - mean) / deviation / 2, figure)]


def _share_figures(
    name: str, kind: str, rows: Sequence[Row], inside: Sequence[Row]
) -> list[tuple[float, GroupFigure]]:
    everybody, here = (Counter(row.get(name) for row in each) for each in (rows, inside))
    found = []
    for value, count in here.items():
        if value is None:
            continue
        share, other = count / len(inside), everybody[value] / len(rows)
        # What is more here is told: “62 % here” says more than what the others are.
        figure = GroupFigure(name, kind, str(value), round(share * 100), round(other * 100))
        found.append((share - other, figure))
    return found


def _short(number: float) -> float:
    return float(f"{number:.3g}")
