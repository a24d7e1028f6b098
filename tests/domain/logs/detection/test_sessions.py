"""Sessions against normal ones: new events, counts, order, a promised share of false alarms, input that is broken."""

import random

import pytest

from domain.logs.detection import sessions as sessions_module
from domain.logs.detection.held_shares import least_sessions, least_share
from domain.logs.detection.sessions import SessionModel, SessionScore

WRITE = ["open", "write", "write", "write", "close"]
READ = ["open", "read", "verify", "close"]


def normal_sessions(count: int = 400, *, seed: int = 0) -> list[list[str]]:
    """Writes and reads; some writes are retried some times."""
    chance = random.Random(seed)
    sessions = []
    for _ in range(count):
        session = list(chance.choice([WRITE, READ]))
        session[2:2] = ["retry"] * (chance.randint(1, 6) if chance.random() < 0.2 else 0)
        sessions.append(session)
    return sessions


@pytest.fixture(scope="module")
def model() -> SessionModel:
    return SessionModel.train(normal_sessions())


def score(model: SessionModel, *events: str) -> SessionScore:
    return model.scores([events])[0]


def test_a_session_like_the_others_is_usual(model: SessionModel) -> None:
    assert score(model, *WRITE).p_value > 0.1
    assert score(model, *READ).p_value > 0.1


def test_an_event_that_no_normal_session_had_is_named(model: SessionModel) -> None:
    odd = score(model, "open", "write", "write", "exception", "write", "close")

    assert odd.p_value < 0.005
    assert odd.new_events == ("exception",)


def test_a_missing_event_is_odd_though_all_others_are_usual(model: SessionModel) -> None:
    assert score(model, "open", "write", "write", "write").p_value < 0.01
    assert score(model, "open", "write", "close").p_value < 0.01


def test_the_same_events_in_another_order_are_odd_and_the_step_is_named(model: SessionModel) -> None:
    odd = score(model, "open", "verify", "read", "close")

    assert odd.p_value < 0.01
    assert odd.question in ("step", "order")
    assert odd.unlikely_step == 1


def test_what_takes_much_longer_or_shorter_than_sessions_of_the_same_steps_is_odd() -> None:
    chance = random.Random(0)
    sessions = normal_sessions()
    model = SessionModel.train(
        sessions, [chance.uniform(40, 60) if "read" in each else chance.uniform(1, 2) for each in sessions]
    )

    usual, slow, quick = model.scores([WRITE, WRITE, READ], [1.5, 50, 1.5])

    assert usual.p_value > 0.1
    assert (slow.question, quick.question) == ("duration", "duration")
    assert max(slow.p_value, quick.p_value) < 0.005
    assert slow.usual_seconds == pytest.approx(1.5, abs=0.2)
    assert model.scores([WRITE])[0].p_value > 0.1


def test_times_bring_no_more_false_alarms() -> None:
    chance = random.Random(1)
    seconds = [chance.lognormvariate(0, 1) for _ in range(2400)]
    model = SessionModel.train(normal_sessions(), seconds[:400])

    scores = model.scores(normal_sessions(2000, seed=9), seconds[400:])

    assert sum(each.p_value <= model.alarm_p_value(0.01) for each in scores) <= 50


def test_what_varies_in_normal_sessions_may_vary_a_little_more(model: SessionModel) -> None:
    retries = ["retry"] * 7

    assert score(model, *WRITE[:2], *retries, *WRITE[2:]).p_value > score(model, *WRITE[:3]).p_value


def test_about_one_normal_session_in_a_hundred_is_called_odd(model: SessionModel) -> None:
    fresh = normal_sessions(2000, seed=9)

    false_alarms = sum(each.p_value <= model.alarm_p_value(0.01) for each in model.scores(fresh))

    assert false_alarms <= 50


def test_with_few_normal_sessions_only_what_is_odder_than_all_of_them_is_an_alarm() -> None:
    model = SessionModel.train([WRITE] * 10 + [READ] * 9)

    assert model.alarm_p_value(0.01) == pytest.approx(1 / 20)
    assert score(model, *WRITE).p_value > model.alarm_p_value(0.01)
    assert score(model, *WRITE, "exception").p_value <= model.alarm_p_value(0.01)


def test_what_people_call_normal_is_normal_once_it_is_learnt() -> None:
    rejected = ["open", "quota", "close"]
    before = SessionModel.train(normal_sessions())
    after = SessionModel.train([*normal_sessions(), *[rejected] * 20])

    assert score(before, *rejected).p_value < 0.01 < score(after, *rejected).p_value


def test_too_few_sessions_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        SessionModel.train([WRITE])


def test_empty_sessions_and_no_sessions_are_answered(model: SessionModel) -> None:
    assert model.scores([]) == []
    assert score(model).p_value < 0.01
    assert SessionModel.train([[], []]).scores([[]])[0].p_value > 0.5


def test_events_may_be_numbers_texts_or_none() -> None:
    model = SessionModel.train([[1, "a", None], [1, "a", None], [None, 2]])

    assert len(model.scores([[1, "a", None], [object()]])) == 2


def test_endless_sessions_and_endless_kinds_of_events_stay_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions_module, "MAX_EVENTS_PER_SESSION", 100)
    monkeypatch.setattr(sessions_module, "MAX_TRAINING_EVENTS", 1000)
    monkeypatch.setattr(sessions_module, "MAX_EVENT_TYPES", 50)
    model = SessionModel.train(
        [[f"e{place}" for place in range(start, start + 5000)] for start in range(100)]
    )

    assert model.normal.vectors.shape[1] == 50
    assert len(model.calibration.answers) <= 11
    assert model.scores([["e1"] * 100_000])[0].p_value > 0


def test_few_sessions_do_not_promise_a_share_that_they_cannot_hold() -> None:
    assert least_share(17) == pytest.approx(0.1616, abs=1e-4)
    assert least_sessions(0.01) == 299
    assert least_share(298) > 0.01 >= least_share(299)
    model = SessionModel.train([WRITE] * 17)
    assert model.held_share(0.01) == least_share(17)
    assert model.held_share(0.5) == 0.5
