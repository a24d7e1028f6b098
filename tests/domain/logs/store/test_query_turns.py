"""Who asks many questions at once gets some of the turns, and others theirs."""

import time
from contextlib import ExitStack
from dataclasses import replace

import pytest

from domain.logs.store.errors import TooManyQueries
from domain.logs.store.query_turns import QueryTurns
from domain.logs.store.reader import MAX_QUERIES_EACH, LogReader
from tests.domain.logs.store.conftest import SHOP, on_disk


def soon() -> float:
    return time.monotonic() + 10


def test_an_organisation_has_its_turns_and_another_one_still_gets_one() -> None:
    turns = QueryTurns(3, 2, wait_seconds=0.01)
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(turns.one("tea-house", soon()))
        with pytest.raises(TooManyQueries):
            held.enter_context(turns.one("tea-house", soon()))
        held.enter_context(turns.one("bakery", soon()))
        with pytest.raises(TooManyQueries):
            held.enter_context(turns.one("tailor", soon()))

    with turns.one("tailor", soon()), turns.one("tea-house", soon()):
        pass


def test_a_turn_is_given_back_when_the_question_fails() -> None:
    turns = QueryTurns(1, 1, wait_seconds=0.01)
    with pytest.raises(ZeroDivisionError), turns.one("tea-house", soon()):
        raise ZeroDivisionError

    with turns.one("tea-house", soon()):
        pass


@on_disk
def test_a_reader_answers_only_so_many_questions_of_one_organisation_at_once(
    reader: LogReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader._turns, "_wait_seconds", 0.01)
    with ExitStack() as held:
        for _ in range(MAX_QUERIES_EACH):
            held.enter_context(reader._turns.one(SHOP.organisation, soon()))

        with pytest.raises(TooManyQueries):
            reader.latest(SHOP)
        assert reader.latest(replace(SHOP, organisation="bakery")) == []
