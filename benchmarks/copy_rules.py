"""Whether what is wrong with marketing copy is found, and nothing else. No model is asked.

Two files of texts for every channel in Chinese and English, with violations planted where they stand: absolute claims,
figures that no brief holds, names, lengths. Half of the texts are clean and hold words that look dangerous. Rules and word
lists may be changed by what the first file shows; the figures are those of the second, which was written before the lists
and kept out. A violation counts as found where code and field agree and the places overlap; warnings count like errors.
`free_wording`: claims in words that no list was expected to know. `turned_round_shown` and `right_dropped`: texts that turn
a brief's denial, limit or condition round, and texts that keep it; see `turned_facts`.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from benchmarks import turned_facts
from benchmarks.labelled_files import grouped
from domain.marketing.copy_checks.brief import BriefFacts, Fact
from domain.marketing.copy_checks.channels import channels
from domain.marketing.copy_checks.check import Violation, check_copy
from llm_backend import patterns

COMMAND = "eval rules"
HALVES = {name: Path(__file__).with_name(f"copy_rules_{name}.toml") for name in ("tuning", "held_back")}
# Of a verdict.
PARTS = ("found", "missed", "right", "wrong")
# Twenty texts more; see the file.
FREE_WORDING = Path(__file__).with_name("copy_rules_free_wording.toml")
_PLANTED = patterns.compile(r"⟦(?P<codes>[a-z_+]{1,60}):(?P<text>[^⟦⟧]{1,300})⟧")


@dataclass(frozen=True)
class PlantedViolation:
    """`field`: "" where the whole copy is concerned; a whole field runs from 0 to its end."""

    code: str
    field: str
    start: int
    end: int

    def is_found_by(self, violation: Violation) -> bool:
        is_same = (self.code, self.field) == (violation.code, violation.field)
        is_empty = violation.start == violation.end
        return is_same and (is_empty or (self.start < violation.end and violation.start < self.end))


@dataclass(frozen=True)
class Copy:
    channel: str
    language: str
    brief: BriefFacts
    fields: Mapping[str, str]
    others: tuple[Mapping[str, str], ...]
    planted: tuple[PlantedViolation, ...]


@dataclass(frozen=True)
class Verdict:
    copy: Copy
    found: tuple[PlantedViolation, ...]
    missed: tuple[PlantedViolation, ...]
    right: tuple[Violation, ...]
    wrong: tuple[Violation, ...]


def run(misses: Annotated[bool, "print what is wrong in the half for tuning"] = False) -> dict[str, Any]:
    verdicts = {name: [verdict(each) for each in copies(path)] for name, path in HALVES.items()}
    free_verdicts = [verdict(each) for each in copies(FREE_WORDING)]
    if misses:
        _print_misses(verdicts["tuning"])
    return {
        "model": "rules",
        **_scores(verdicts["held_back"]),
        **_parts(verdicts["held_back"]),
        **turned_facts.counts_of_halves(prints_misses=misses),
        "free_wording": {**_scores(free_verdicts), "by_code": _by_code(free_verdicts)},
        "tuning": {**_scores(verdicts["tuning"]), **_parts(verdicts["tuning"])},
    }


def copies(path: Path) -> Iterator[Copy]:
    rows = tomllib.loads(path.read_text(encoding="utf-8"))
    briefs = {key: _brief(row) for key, row in rows["briefs"].items()}
    for row in rows["copies"]:
        channel = channels()[row["on"]]
        texts = {rules.key: row[rules.key] for rules in channel.fields if rules.key in row}
        fields, whole = dict[str, str](), [each.partition(" ") for each in row.get("whole", ())]
        planted = [
            PlantedViolation(code, field, 0, len(texts.get(field, ""))) for code, _space, field in whole
        ]
        for key, text in texts.items():
            fields[key], inside = _without_marks(key, text)
            planted += inside
        others = tuple({"text": text} for text in row.get("others", ()))
        language = rows["briefs"][row["brief"]]["language"]
        yield Copy(channel.key, language, briefs[row["brief"]], fields, others, tuple(planted))


def _brief(row: Mapping[str, Any]) -> BriefFacts:
    facts, terms = tuple(Fact(*fact) for fact in row["facts"]), row.get("brand_terms", {})
    say, not_say, industries, links = (
        tuple(row.get(name, ())) for name in ("must_say", "must_not_say", "industries", "links")
    )
    return BriefFacts(row["product"], facts, say, not_say, industries, terms, links)


def _without_marks(key: str, text: str) -> tuple[str, list[PlantedViolation]]:
    plain, last, planted = "", 0, []
    for match in _PLANTED.finditer(text):
        plain += text[last : match.start()]
        start, end, last = len(plain), len(plain) + len(match["text"]), match.end()
        planted += [PlantedViolation(code, key, start, end) for code in match["codes"].split("+")]
        plain += match["text"]
    return plain + text[last:], planted


def verdict(copy: Copy) -> Verdict:
    violations = check_copy(copy.fields, channels()[copy.channel], copy.brief, others=copy.others)
    found = tuple(each for each in copy.planted if any(each.is_found_by(one) for one in violations))
    right = tuple(one for one in violations if any(each.is_found_by(one) for each in copy.planted))
    missed = tuple(each for each in copy.planted if each not in found)
    return Verdict(copy, found, missed, right, tuple(one for one in violations if one not in right))


def _scores(verdicts: Sequence[Verdict]) -> dict[str, float]:
    found, missed, right, wrong = (sum(len(getattr(each, name)) for each in verdicts) for name in PARTS)
    clean = [each for each in verdicts if not each.copy.planted]
    return {
        "precision": _share(right, wrong),
        "recall": _share(found, missed),
        "planted": found + missed,
        "reported": right + wrong,
        "texts": len(verdicts),
        "clean_texts": len(clean),
        "clean_texts_blamed": sum(bool(each.wrong) for each in clean),
    }


def _parts(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    by_language = grouped(verdicts, lambda each: each.copy.language)
    by_channel = grouped(verdicts, lambda each: each.copy.channel)
    return {
        "by_language": {name: _scores(some) for name, some in by_language.items()},
        "by_channel": {name: _scores(some) for name, some in by_channel.items()},
        "by_code": _by_code(verdicts),
    }


def _by_code(verdicts: Sequence[Verdict]) -> dict[str, dict[str, float]]:
    found, missed, right, wrong = (
        Counter(one.code for each in verdicts for one in getattr(each, name)) for name in PARTS
    )
    return {
        code: {
            "precision": _share(right[code], wrong[code]),
            "recall": _share(found[code], missed[code]),
            "planted": found[code] + missed[code],
        }
        for code in sorted({*found, *missed, *right, *wrong})
    }


def _share(good: int, bad: int) -> float:
    return round(good / (good + bad), 4) if good + bad else 1.0


def _print_misses(verdicts: Sequence[Verdict]) -> None:
    for each in verdicts:
        channel, fields = each.copy.channel, each.copy.fields
        for planted in each.missed:
            text = fields.get(planted.field, "")
            print(f"missed {planted.code}: {text[planted.start : planted.end]!r} in {channel} {text[:40]!r}")
        for one in each.wrong:
            print(f"wrong  {one.code}: {one.text!r} in {channel} {fields.get(one.field, '')!r}")
