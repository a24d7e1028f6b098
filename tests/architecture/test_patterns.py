"""Every regular expression goes through one door, and its cost grows with the length of its text, not faster."""

import ast
import re
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from llm_backend import patterns
from tests.architecture import known_patterns
from tests.architecture.floods import TooSlow, cpu_limit, cpu_seconds, floods, own_floods
from tests.architecture.test_code import ROOT, nodes, nodes_of
from tests.sample import sampled

# Of the processor, for one pattern and one text. A tenth of the length is tried first, for what grows with its square.
MOST_SECONDS, CHARACTERS = 0.05, 10_000
SHORT = CHARACTERS // 10


def test_no_other_module_compiles_a_regular_expression() -> None:
    """`django.urls` and `RegexValidator` compile what is written in their calls; those are anchored and have no gaps."""
    importing = [
        place
        for place, node in nodes(ast.Import, ast.ImportFrom)
        if not place.startswith(("tests/", f"{known_patterns.DOOR}:"))
        and any(name in ("re", "regex", "sre_parse") for name in _imported(node))
    ]
    assert importing == []


def test_what_is_compiled_stands_in_the_code_or_in_its_files() -> None:
    """In a function only what is read from a file of words, once; a person's words would stay for ever."""
    held = {
        "domain/text/understanding/phrases.py",
        "domain/clinical/coding/normalisation.py",
        "domain/clinical/grounding/negation_cues.py",
        "domain/clinical/exporting/measures.py",
        "domain/clinical/dialogue/rewrite_rules.py",
        "domain/clinical/records/note_sections.py",
        "domain/clinical/word_lists.py",
        "domain/clinical/transcripts/speakers.py",
        "domain/clinical/grounding/vitals.py",
        "llm_backend/prompts.py",
        "llm_backend/structured.py",
    }
    inside = {
        str(path.relative_to(ROOT))
        for path in known_patterns.product_sources()
        for function in nodes_of(path, ast.FunctionDef)
        for call in ast.walk(function)
        if known_patterns.name_of(call) == "compile"
    }
    assert inside - held == set(), "names go through patterns.words"


@pytest.mark.timeout(600)  # on a machine that does much else; it takes a quarter of a minute of the processor
def test_the_cost_of_every_pattern_is_linear() -> None:
    slow = [f"{place} {pattern.pattern!r:.120} on {text[:20]!r}" for place, pattern, text in _slow()]
    assert slow == [], "make repetitions possessive or give them an end: see the patterns beside them"


@pytest.mark.slow
def test_a_pattern_that_takes_for_ever_is_told_apart() -> None:
    assert too_slow_for(re.compile(r"(?:\s*\w+\s*)+:"), ("finditer",))
    assert too_slow_for(re.compile(r"\s+$"), ("finditer",))
    assert not too_slow_for(re.compile(r"(?<!\s)\s++$"), ("finditer",))


def test_names_are_found_letter_by_letter() -> None:
    found = patterns.words(
        ["a+b", "a+b+c", ""], before=r"(?<!\w)", after=r"(?!\w)", flags=patterns.IGNORECASE
    )
    assert found.findall("A+B+C, a+b; xa+b a+bc") == ["A+B+C", "a+b"]
    assert patterns.words([]).search("anything") is None
    assert patterns.words(["TH2041"], between=r"[\s-]").search("TH - 20 41")
    assert patterns.words(["pain…knee"], gap=r".{0,9}").search("pain in the knee")


def test_what_a_person_typed_has_little_time_and_little_memory() -> None:
    assert patterns.fits(r"[A-Z]{2}-\d{4}", "TH-2041")
    assert not patterns.fits(r"[A-Z]{2}-\d{4}", "TH-2041 and more")
    assert cpu_seconds(lambda: patterns.fits(r"(?:a|a?)+b", "a" * 200), at_most=2) < 0.5
    # `regex` writes this one out to a thousand million letters when it compiles it.
    assert not patterns.is_typed_well("(?:(?:a{1000}){1000}){1000}")
    assert not patterns.is_typed_well("(")


def _imported(node: Any) -> list[str]:
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]


def _slow() -> Iterator[tuple[str, re.Pattern[Any], str]]:
    every: list[tuple[str, re.Pattern[Any], tuple[str, ...]]] = []
    for place, pattern in known_patterns.compiled():
        every.append((place, pattern, ("finditer",)))
    whole = known_patterns.used_for_whole_texts()
    every = [(place, it, ("finditer", "fullmatch") if it in whole else ways) for place, it, ways in every]
    for place, name, pattern in known_patterns.inline():
        every.append((place, pattern, (name if name in ("match", "fullmatch") else "finditer",)))
    assert len(every) > 400, "not all modules were imported"
    for place, pattern, ways in sampled(sorted(every, key=repr), 1 / 5):
        if text := too_slow_for(pattern, ways):
            yield place, pattern, text


def too_slow_for(pattern: re.Pattern[Any], ways: tuple[str, ...]) -> str:
    """The beginning of a text that holds it up, "" where there is none."""
    taken = []
    for place, text in enumerate([*_SHORT, *own_floods(pattern, SHORT)]):
        # For each text: a long list of words has thousands of them, which together take as long as a slow pattern.
        try:
            with cpu_limit(MOST_SECONDS * 10):
                taken.append((_seconds(pattern, ways, text), place))
        except TooSlow:
            return text[:20]
    # What grows with the square stands out among what only takes long.
    suspects = [
        place for seconds, place in sorted(taken)[-6:] if seconds > MOST_SECONDS * (SHORT / CHARACTERS) ** 2
    ]
    for length in (SHORT * 4, CHARACTERS):
        long = [*floods(length), *own_floods(pattern, length)] if suspects else []
        most = MOST_SECONDS * (length / CHARACTERS) ** 2
        suspects = [place for place in suspects if _takes_longer(pattern, ways, long[place], most)]
    quarter = CHARACTERS // 4
    short = [*floods(quarter), *own_floods(pattern, quarter)] if suspects else []
    for place in suspects:
        # A busy machine makes both slower alike. What grows with the square takes sixteen times as long, not four.
        whole = _least_seconds(pattern, ways, long[place], MOST_SECONDS * 20)
        part = _least_seconds(pattern, ways, short[place], MOST_SECONDS * 20)
        if whole > min(11 * part, MOST_SECONDS * 10):
            return long[place][:20]
    return ""


def _takes_longer(pattern: re.Pattern[Any], ways: tuple[str, ...], text: str, most: float) -> bool:
    """Each of five times: the first that does not settles it, and nearly always that is the first of all."""
    return all(cpu_seconds(lambda: _seconds(pattern, ways, text), at_most=most * 2) > most for _ in "12345")


def _least_seconds(pattern: re.Pattern[Any], ways: tuple[str, ...], text: str, at_most: float) -> float:
    """Of five times: what else runs on the machine takes from its caches."""
    return min(cpu_seconds(lambda: _seconds(pattern, ways, text), at_most=at_most) for _ in "12345")


def _seconds(pattern: re.Pattern[Any], ways: tuple[str, ...], text: str) -> float:
    subject: Any = text if isinstance(pattern.pattern, str) else text.encode()
    began = time.thread_time()
    for way in ways:
        if way == "finditer":
            deque(pattern.finditer(subject), maxlen=0)
        else:
            getattr(pattern, way)(subject)
    return time.thread_time() - began


_SHORT = list(floods(SHORT))


def test_a_pattern_is_compiled_when_it_is_first_used() -> None:
    pattern = patterns.words(["tea", "green tea"])

    assert "search" not in vars(pattern)
    found = pattern.search("a green tea")
    assert found
    assert found[0] == "green tea"
    assert "search" in vars(pattern)
    assert not hasattr(pattern, "unknown")
