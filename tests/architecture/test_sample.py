"""A walk that takes a share: all of it in the end, the same again where the seed is told, everything without one."""

import pytest

from tests.sample import SEED, sampled


def test_without_a_seed_everything_is_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SEED, raising=False)

    assert sampled(range(100), 1 / 4) == [*range(100)]


def test_one_seed_takes_the_same_again_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SEED, "7")
    taken = sampled(range(100), 1 / 4)

    assert taken == sampled(range(100), 1 / 4) == sorted(set(taken))
    assert len(taken) == 25
    assert f"{SEED}=7" in capsys.readouterr().out


def test_every_case_has_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = set()
    for seed in range(100):
        monkeypatch.setenv(SEED, str(seed))
        taken |= {*sampled(range(100), 1 / 4)}

    assert taken == {*range(100)}
