"""Two hundred briefs whose facts deny, limit or condition, with texts that turn the fact round and texts that keep it.

Made from the slots and phrasings of `turned_facts_*.toml`, the same ones every time. Rules may be changed by what the tuning
half shows; of the other one, written before there was a rule, with products of its own, only figures are looked at.
A turned text counts as shown unless `contradicts_fact` is an error of it; a right text as dropped by any error whatever.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.labelled_files import grouped
from domain.marketing.copy_checks.brief import BriefFacts, Fact
from domain.marketing.copy_checks.channels import channels
from domain.marketing.copy_checks.check import check_copy

HALVES = {name: Path(__file__).with_name(f"turned_facts_{name}.toml") for name in ("tuning", "held_back")}
BRIEFS_PER_HALF = 100
CODE = "contradicts_fact"
# One field without a title, a signature or hashtags that it must have.
CHANNEL = "moments"


@dataclass(frozen=True)
class BriefTexts:
    kind: str
    language: str
    brief: BriefFacts
    turned: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """`shown`: turned texts that nothing stops; `dropped`: right texts that something stops."""

    texts: BriefTexts
    shown: tuple[str, ...]
    dropped: tuple[str, ...]


def counts_of_halves(*, prints_misses: bool) -> dict[str, Any]:
    """Of both halves together, and of each."""
    judged = {name: [judgement(each) for each in brief_texts(path)] for name, path in HALVES.items()}
    if prints_misses:
        _print_misses(judged["tuning"])
    whole = _counts([each for half in judged.values() for each in half])
    return {
        "turned_round_shown": whole["turned_round_shown"],
        "right_dropped": whole["right_dropped"],
        "turned_facts": {**whole, **{name: _by_kind(half) for name, half in judged.items()}},
    }


def brief_texts(path: Path) -> Iterator[BriefTexts]:
    """As many briefs as a half has, spread evenly over its families; each has all the phrasings of its own."""
    families = tomllib.loads(path.read_text(encoding="utf-8"))["families"]
    pairs = [(family, cycle(_pairs(family))) for family in families]
    for family, own in islice(cycle(pairs), BRIEFS_PER_HALF):
        slot, fact = next(own)
        name, _, value = fact.format_map(slot).rpartition("|")
        brief = BriefFacts(slot["product"], (Fact(name, value),))
        turned, right = (
            tuple(_sentence(each, slot) for each in family[part]) for part in ("turned", "right")
        )
        yield BriefTexts(family["kind"], family["language"], brief, turned, right)


def _pairs(family: Mapping[str, Any]) -> list[tuple[Mapping[str, str], str]]:
    """A slot and a fact, so that neighbours share neither."""
    slots, facts = family["slots"], family["facts"]
    rounds = range(len(slots) * len(facts))
    return [(slots[n % len(slots)], facts[(n % len(slots) + n // len(slots)) % len(facts)]) for n in rounds]


def _sentence(phrasing: str, slot: Mapping[str, str]) -> str:
    text = phrasing.format_map(slot)
    return text[:1].upper() + text[1:]


def judgement(texts: BriefTexts) -> Judgement:
    shown = tuple(each for each in texts.turned if CODE not in _errors(each, texts.brief))
    return Judgement(texts, shown, tuple(each for each in texts.right if _errors(each, texts.brief)))


def _errors(text: str, brief: BriefFacts) -> set[str]:
    found = check_copy({"text": text}, channels()[CHANNEL], brief)
    return {each.code for each in found if each.severity == "error"}


def _counts(judged: Sequence[Judgement]) -> dict[str, Any]:
    turned, right = (sum(len(getattr(each.texts, name)) for each in judged) for name in ("turned", "right"))
    dropped = sum(len(each.dropped) for each in judged)
    return {
        "briefs": len(judged),
        "turned_texts": turned,
        "turned_round_shown": sum(len(each.shown) for each in judged),
        "right_texts": right,
        "right_dropped": round(dropped / right, 4) if right else 0.0,
    }


def _by_kind(judged: Sequence[Judgement]) -> dict[str, Any]:
    by_kind = grouped(judged, lambda each: f"{each.texts.kind} {each.texts.language}")
    return {**_counts(judged), "by_kind": {kind: _counts(some) for kind, some in by_kind.items()}}


def _print_misses(judged: Sequence[Judgement]) -> None:
    for each in judged:
        (fact,) = each.texts.brief.facts
        about = f"{each.texts.kind}: {fact.name}|{fact.value}"
        for text in each.shown:
            print(f"shown   {about}: {text!r}")
        for text in each.dropped:
            print(f"dropped {about}: {text!r} {_errors(text, each.texts.brief)}")
