"""A question in plain words becomes the filter that it says, checked, with what was not understood."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.jobs import runs
from apps.jobs.models import Job
from apps.log_analysis.incidents.models import ChangeMarker
from apps.log_analysis.questions import services
from apps.log_analysis.questions.models import RecordQuestion
from apps.log_analysis.questions.reading import QuestionReading
from apps.log_analysis.questions.schemas import answer_schema
from apps.log_analysis.questions.selectors import vocabulary
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate
from apps.privacy import retention_rules
from tests.conftest import browser_of
from tests.live_pages import follows_jobs
from tests.log_analysis.stored_lines import line, log_source, store
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 10, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
ASK = "/logs/records/ask/"


@pytest.fixture
def shop(alice_actor: Actor) -> LogSource:
    source = log_source(alice_actor.organisation)
    lines = [
        line(number, "INFO", f"GET /tea/{number} took {10 + number} ms", "checkout") for number in range(9)
    ]
    lines += [
        line(20 + number, "ERROR", f"Timeout to 10.0.0.{number} after 30 s", "payment") for number in range(9)
    ]
    lines += [line(40, "INFO", "user anna@tea.example signed in", "accounts")]
    store(source, lines)
    return source


def read(actor: Actor, text: str) -> QuestionReading:
    reading = QuestionReading(text, vocabulary(actor.organisation), NOW)
    reading.read_by_rules()
    reading.read_templates()
    return reading


def ask(actor: Actor, text: str) -> RecordQuestion:
    """With what a worker adds where a model is asked."""
    question = services.ask(actor, text=text)
    if question.job is None:
        return question
    runs.execute(question.job.pk)
    question = RecordQuestion.objects.select_related("job").get(pk=question.pk)
    assert question.job
    assert question.job.state == Job.State.SUCCEEDED, question.job.error_code
    return question


def moment(day: int, hour: int) -> str:
    return datetime(2026, 11, day, hour, tzinfo=NOW.tzinfo).isoformat()


@pytest.mark.parametrize(
    ("text", "filters", "left_out"),
    [
        ("errors of checkout yesterday afternoon", {"service": "checkout", "level": ["critical", "error"],
         "since": moment(26, 12), "until": moment(26, 18)}, []),
        ("checkout服务昨天下午的错误", {"service": "checkout", "level": ["critical", "error"],
         "since": moment(26, 12), "until": moment(26, 18)}, []),
        ("支付服务昨天下午的错误", {"service": "payment", "level": ["critical", "error"], "since": moment(26, 12),
         "until": moment(26, 18)}, []),
        ("库存服务的错误", {"level": ["critical", "error"]}, ["库存服务"]),
        ("收银服务的错误", {"level": ["critical", "error"]}, ["收银服务"]),
        ("timeouts last night", {"text": "Timeout", "since": moment(26, 18), "until": moment(27, 6)}, []),
        ("warnings of Checkout and payment in the last hour", {"service": "checkout, payment", "level": ["warning"],
         "last": "1h"}, []),
        ('show me "disk full" and /tea/7', {"text": "disk full"}, ["/tea/7"]),
        ("request 4bf92f3577b34da6", {"text": "4bf92f3577b34da6"}, ["request"]),
        ("/checkout/pay errors", {"text": "/checkout/pay", "level": ["critical", "error"]}, []),
        ("last 100 errors of payment", {"service": "payment", "level": ["critical", "error"]}, ["last 100"]),
        ("NullPointerException in the logs", {"text": "NullPointerException"}, []),
        ("warning 及以上", {"level": ["critical", "error", "warning"]}, []),
        ("warnings or higher of payment", {"service": "payment", "level": ["critical", "error", "warning"]}, []),
        ("支付服务耗时大于1000ms", {"service": "payment"}, ["大于1000ms", "耗时"]),
        ("支付用户 10027 的错误", {"service": "payment", "level": ["critical", "error"], "text": "10027",
         "whole": True}, []),
        ("用户 zhangsan 昨天做了什么", {"text": "zhangsan", "since": moment(26, 0), "until": moment(27, 0)}, ["做"]),
        ("which endpoint returned most 500s", {"by": "path", "text": "500", "whole": True}, ["returned"]),
        ("how many 5xx", {"by": ""}, ["5xx"]),
        ("昨天 15：00 到 17：00 payment 的错误", {"service": "payment", "level": ["critical", "error"],
         "since": moment(26, 15), "until": moment(26, 17)}, []),
        ("2026-11-26T07:00:00Z 到 2026-11-26T09:00:00Z 的错误", {"level": ["critical", "error"],
         "since": moment(26, 15), "until": moment(26, 17)}, []),
        ("user=alice 的错误", {"level": ["critical", "error"], "text": "alice"}, []),
        ("状态码为 500", {"text": "500", "whole": True}, []),
        ("status code 404", {"text": "404", "whole": True}, []),
        ("错误码 1500", {"text": "1500", "whole": True}, []),
        ("trace id 4bf92f3577b34da6", {"text": "4bf92f3577b34da6"}, []),
        ("level=error code=504", {"level": ["critical", "error"], "text": "504", "whole": True}, []),
        ("everything since the last deploy", {}, ["since the last deploy", "everything"]),
    ],
)  # fmt: skip
def test_rules_read_services_levels_times_and_texts(
    alice_actor: Actor, shop: LogSource, text: str, filters: dict[str, Any], left_out: list[str]
) -> None:
    reading = read(alice_actor, text)

    assert (reading.filters, sorted(reading.left_out)) == (filters, sorted(left_out))


def test_of_names_that_hold_each_other_the_longer_one_is_meant(alice_actor: Actor, shop: LogSource) -> None:
    longer = log_source(alice_actor.organisation, "payment of the branch")
    store(longer, [line(60, "INFO", "tea sold", "branch-till")])

    assert read(alice_actor, "errors of payment of the branch").filters["source"] == str(longer.pk)
    assert read(alice_actor, "branch till errors").filters["service"] == "branch-till"


@pytest.mark.parametrize("question", ["errors on db-master", "db-master 的错误", "host=db-master error"])
def test_a_host_is_known_by_its_name_without_a_digit_too(
    alice_actor: Actor, shop: LogSource, question: str
) -> None:
    known = replace(vocabulary(alice_actor.organisation), hosts=["db-master"])
    reading = QuestionReading(question, known, NOW)

    reading.read_by_rules()

    assert reading.filters == {"host": "db-master", "level": ["critical", "error"]}


def test_a_number_that_is_asked_for_is_met_as_a_whole(
    alice_browser: Client, alice_actor: Actor, shop: LogSource
) -> None:
    answers = ["answered 500", "answered 1500", "user 10027 paid", "user 110027 paid"]
    store(
        shop, [line(50 + number, "ERROR", text, "till") for number, text in enumerate(answers)], stream="till"
    )

    for asked, expected in (("500 errors", "answered 500"), ("用户 10027 的错误", "user 10027 paid")):
        shown = alice_browser.post(ASK, {"text": asked}, follow=True).content.decode()
        assert {text for text in answers if f"till: {text}" in shown} == {expected}
        assert 'name="whole" id="id_whole" checked' in shown

    quoted = ask(alice_actor, "“500” errors")
    assert quoted.filters["text"] == "500"
    assert "whole" not in quoted.filters


def test_a_word_of_one_template_joins_an_address(alice_actor: Actor, shop: LogSource) -> None:
    reading = read(alice_actor, "timeouts to 10.0.0.7 last night")

    assert reading.filters["text"] == "10.0.0.7"
    assert reading.filters["template"] == [str(LogTemplate.objects.get(text__startswith="Timeout").pk)]
    assert reading.left_out == []


def test_since_the_last_deploy_is_that_of_the_service(alice_actor: Actor, shop: LogSource) -> None:
    for service, hours in (("checkout", 5), ("payment", 2), ("checkout", -3)):
        ChangeMarker.objects.create(
            organisation=alice_actor.organisation,
            name=f"{service} 2",
            service=service,
            happened_at=NOW - timedelta(hours=hours),
        )

    reading = read(alice_actor, "errors of checkout since the last deploy")

    assert datetime.fromisoformat(reading.filters["since"]) == NOW - timedelta(hours=5)
    assert "until" not in reading.filters


@pytest.mark.slow
def test_the_model_reads_what_the_rules_leave(
    alice_actor: Actor, shop: LogSource, engine: ScriptedEngine
) -> None:
    engine.script({"text": json.dumps({"services": [{"words": "收银服务", "service": "payment"}]})})

    question = ask(alice_actor, "收银服务昨天下午的错误")

    assert question.filters["service"] == "payment"
    assert question.filters["level"] == ["critical", "error"]
    assert ["收银服务", "service", "payment"] in question.understood
    assert (question.left_out, question.model_error) == ([], "")
    sent = engine.requests()[-1]["body"]
    assert "checkout" in json.dumps(sent["response_format"])


@pytest.mark.parametrize(
    "text",
    [
        "errors of checkout yesterday",
        "how many timeouts",
        "why 收银",
        "预测收银明天的错误",
        "compare 收银 with yesterday",
    ],
)
def test_no_model_is_asked_where_the_rules_understand_all_or_nothing_can_answer(
    alice_actor: Actor, shop: LogSource, engine: ScriptedEngine, text: str
) -> None:
    question = ask(alice_actor, text)

    assert (question.job, question.model_error, engine.requests()) == (None, "", [])


@pytest.mark.slow
def test_the_rules_answer_is_there_before_the_model_s_and_stays(
    alice_browser: Client, alice_actor: Actor, shop: LogSource, engine: ScriptedEngine
) -> None:
    answer = {
        "services": [{"words": "收银", "service": "payment"}],
        "time": {"words": "收银", "day": "today"},
    }
    engine.script({"text": json.dumps(answer)})
    question = services.ask(alice_actor, text="checkout 收银 昨天的错误")
    by_rules = dict(question.filters)
    reading = f"/logs/records/questions/{question.pk}/reading/"

    assert (by_rules["service"], by_rules["level"]) == ("checkout", ["critical", "error"])
    waiting = alice_browser.get(reading).content.decode()
    assert "The result below is by rules." in waiting
    assert follows_jobs(waiting)
    runs.execute(question.job_id)

    assert RecordQuestion.objects.get().filters == by_rules
    assert not follows_jobs(alice_browser.get(reading).content.decode())


def test_what_the_model_adds_is_offered_and_not_put_under_the_reader(
    alice_browser: Client, alice_actor: Actor, shop: LogSource, engine: ScriptedEngine
) -> None:
    engine.script({"text": json.dumps({"services": [{"words": "收银", "service": "payment"}]})})
    question = ask(alice_actor, "收银的错误")
    reading = f"/logs/records/questions/{question.pk}/reading/"

    shown = alice_browser.get(f"{reading}?level=critical&level=error").content.decode()

    assert "Narrow the search" in shown
    address = shown.split('<a class="button button-small" href="')[1].split('"')[0].replace("&amp;", "&")
    assert parse_qs(urlsplit(address).query)["service"] == ["payment"]
    assert (
        "Narrow the search" not in alice_browser.get(f"{reading}?{urlsplit(address).query}").content.decode()
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"services": [{"words": "收银", "service": "shipping"}]},
        {"services": [{"words": "payments", "service": "payment"}]},
        {"services": [{"words": "收银服务的问题", "service": "payment"}]},
        {"texts": [{"words": "收银服务的问题", "text": "收银服务的问题"}]},
        {"texts": [{"words": "收银服务", "text": "收银"}]},
        {"texts": [{"words": "收银服务", "text": "no such words"}]},
        {"time": {"words": "收银服务", "is_since_change": True}},
        {"time": {"words": "the other day", "day": "today"}},
    ],
)
def test_what_a_model_makes_up_is_not_in_the_filter(
    alice_actor: Actor, shop: LogSource, answer: dict[str, Any]
) -> None:
    reading = QuestionReading("收银服务的问题", vocabulary(alice_actor.organisation), NOW)
    reading.read_by_rules()

    reading.take_answer(answer_schema([]).model_validate(answer))

    assert reading.filters == {}
    assert "收银" not in "".join(value for _words, _field, value in reading.understood)


def test_a_word_of_the_other_language_is_looked_for_as_templates_write_it(
    alice_actor: Actor, shop: LogSource
) -> None:
    reading = QuestionReading("payment 昨晚的迟迟不回", vocabulary(alice_actor.organisation), NOW)
    reading.read_by_rules()

    reading.take_answer(
        answer_schema([]).model_validate({"texts": [{"words": "迟迟不回", "text": "timeout"}]})
    )
    reading.read_templates()

    assert (reading.filters["text"], reading.filters["service"]) == ("Timeout", "payment")
    assert reading.left_out == []


def test_words_of_templates_are_no_service(alice_actor: Actor, shop: LogSource) -> None:
    reading = QuestionReading("anyone signed", vocabulary(alice_actor.organisation), NOW)
    reading.read_by_rules()

    reading.take_answer(
        answer_schema([]).model_validate({"services": [{"words": "signed", "service": "accounts"}]})
    )
    reading.read_templates()

    assert reading.filters == {"text": "signed"}


def test_a_model_says_a_time_in_words_and_never_calculates(alice_actor: Actor, shop: LogSource) -> None:
    reading = QuestionReading("payment 在大前夜某日黄昏", vocabulary(alice_actor.organisation), NOW)
    reading.read_by_rules()
    time = {"words": "大前夜某日黄昏", "day": "yesterday", "part": "evening"}

    reading.take_answer(answer_schema([]).model_validate({"time": time}))

    assert (reading.filters["since"], reading.filters["until"]) == (moment(26, 18), moment(27, 0))


def test_without_a_model_the_rules_stand_and_the_page_says_so(
    alice_browser: Client, alice_actor: Actor, shop: LogSource
) -> None:
    question = ask(alice_actor, "收银服务最近一小时的错误")

    assert question.model_error == "models_away"
    assert question.filters["last"] == "1h"
    answer = alice_browser.get(f"/logs/records/questions/{question.pk}/")
    shown = alice_browser.get(answer["Location"]).content.decode()
    assert f"/logs/records/questions/{question.pk}/reading/" in shown
    assert '<option value="1h" selected>' in shown
    assert shown.count("checked") == 2
    reading = alice_browser.get(f"/logs/records/questions/{question.pk}/reading/").content.decode()
    assert "Model unavailable" in reading
    assert "Not used in the search" in reading
    assert "收银服务" in reading


@pytest.mark.slow
def test_a_person_in_a_question_is_masked_and_found(
    alice_browser: Client, alice_actor: Actor, shop: LogSource, engine: ScriptedEngine
) -> None:
    engine.script({"text": "{}"})
    question = ask(alice_actor, "wann kam anna@tea.example")

    assert "anna@" not in question.text
    assert "anna@" not in json.dumps(engine.requests()[-1]["body"])
    answer = alice_browser.get(f"/logs/records/questions/{question.pk}/")
    assert "signed in" in alice_browser.get(answer["Location"]).content.decode()


def test_a_question_leads_to_its_search_at_once(
    alice_browser: Client, alice_actor: Actor, shop: LogSource
) -> None:
    address = alice_browser.post(ASK, {"text": "errors of payment"})["Location"]

    search = alice_browser.get(address)["Location"]

    asked = parse_qs(urlsplit(search).query)
    assert (asked["service"], asked["level"]) == (["payment"], ["critical", "error"])
    shown = alice_browser.get(search).content.decode()
    assert shown.count('class="log-time"') == 9
    assert 'name="service" value="payment"' in shown


def test_where_the_model_s_part_was_stopped_the_rules_stand(
    alice_browser: Client, alice_actor: Actor, shop: LogSource, engine: ScriptedEngine
) -> None:
    question = services.ask(alice_actor, text="收银的错误")
    Job.objects.filter(pk=question.job_id).update(
        state="cancelled", finished_at=timezone.now(), error_code="", error_message=""
    )

    shown = alice_browser.get(f"/logs/records/questions/{question.pk}/reading/").content.decode()

    assert "Not used in the search" in shown
    assert not follows_jobs(shown)


@pytest.mark.parametrize("text", ["", "x" * 301])
def test_what_is_no_question_is_explained(alice_browser: Client, shop: LogSource, text: str) -> None:
    shown = alice_browser.post(ASK, {"text": text}, follow=True).content.decode()

    assert "This field is required." in shown or "at most 300 characters" in shown
    assert not RecordQuestion.objects.exists()


def test_another_organisation_and_who_may_not_see_logs_read_no_question(
    bob_browser: Client, charlie: User, alice_actor: Actor, shop: LogSource
) -> None:
    question = ask(alice_actor, "errors of payment")

    for part in ("", "reading/"):
        assert bob_browser.get(f"/logs/records/questions/{question.pk}/{part}").status_code == 404
        assert browser_of(charlie).get(f"/logs/records/questions/{question.pk}/{part}").status_code == 403
    assert browser_of(charlie).post(ASK, {"text": "errors"}).status_code == 403


def test_questions_are_forgotten_after_a_day(
    alice_actor: Actor, shop: LogSource, engine: ScriptedEngine
) -> None:
    engine.script({"text": "{}"})
    old, new = ask(alice_actor, "errors of 收银"), ask(alice_actor, "errors of checkout")
    RecordQuestion.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))

    retention_rules.erase_outdated()

    assert list(RecordQuestion.objects.values_list("pk", flat=True)) == [new.pk]
    assert Job.objects.get(pk=old.job_id).inputs == {}
