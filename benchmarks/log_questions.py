"""Whether questions to the logs, in Chinese and English, become the records or the number they ask for, without a model.

Logs of a server that people try to sign in to, of a December, and of a small shop in the last days are read by the desk's
own pipeline. Each question is asked as a page asks it, and counted as the page counts it; it is right where what is
counted by, what cannot be answered, how many records are found and the most frequent value are those of the lines
themselves. All of it happens at one moment, `NOW`: “12月” is another one from the first of December on, and in the night
nothing is of this morning. Two halves, one kept out of tuning: its figures are the first ones. `seconds`: of question and
count together.
"""

import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import time_machine

from benchmarks import intervals, isolated
from benchmarks.waiting import percentile
from llm_backend import patterns

COMMAND = "eval questions"
HALVES = {name: Path(__file__).with_name(f"log_questions_{name}.toml") for name in ("held_back", "tuning")}
NOW = datetime(2026, 11, 30, 10, 15, tzinfo=ZoneInfo("Asia/Shanghai"))
PERIODS = {"hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d"}
_ADDRESS = patterns.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_USER = patterns.compile(r"(?:password for|invalid user|user) (?:invalid user )?([a-z]{2,10})")


@dataclass(frozen=True)
class Line:
    moment: datetime
    service: str
    level: str
    text: str


def run(misses: Annotated[bool, "print what is wrong in the half for tuning"] = False) -> dict[str, Any]:
    halves = [tomllib.loads(path.read_text())["questions"] for path in HALVES.values()]
    with isolated.services(), time_machine.travel(NOW):
        held_back, tuning = (list(_rows(questions)) for questions in halves)
    for row in tuning if misses else ():
        if not row["is_right"]:
            sys.stderr.write(f"{row}\n")
    every = [*held_back, *tuning]
    seconds = [row["seconds"] for row in every]
    return {
        "model": "rules",
        "tested_on": [HALVES["held_back"].name],
        **intervals.share("right", [row["is_right"] for row in held_back]),
        "right_zh": _share([row for row in held_back if not row["text"].isascii()]),
        "right_en": _share([row for row in held_back if row["text"].isascii()]),
        "questions": len(held_back),
        "tuning": {"right": _share(tuning), "questions": len(tuning)},
        "p50_seconds": round(percentile(seconds, 50), 3),
        "p95_seconds": round(percentile(seconds, 95), 3),
        "left_to_model": sum(row["is_left_to_model"] for row in every),
    }


def server_lines(december: datetime) -> Iterator[Line]:
    """Five days of one server; who fails most differs from day to day."""
    users = ("root", "admin", "oracle", "guest", "anna")
    for day in range(5):
        for number in range(60 + 10 * day):
            moment = december + timedelta(days=day, hours=8 + number % 12, seconds=number * 37 % 3600)
            address = f"10.0.0.{1 + (0 if number % 3 == 0 else (number + day) % 5)}"
            user = users[day if number % 2 else number % 5]
            name = f"invalid user {user}" if number % 4 == 1 else user
            texts = [f"Failed password for {name} from {address} port {4000 + number} ssh2"]
            if number % 5 == 0:
                texts.append(f"Received disconnect from {address}: 11: Bye Bye [preauth]")
            if number % 9 == 0:
                texts.append(f"Accepted password for anna from 10.0.1.{number % 4} port {5000 + number} ssh2")
            yield from (Line(moment, "sshd", "", text) for text in texts)


def shop_lines(now: datetime) -> Iterator[Line]:
    """The last three days, a line every few minutes."""
    for minute in range(0, 3 * 24 * 60, 4):
        moment = (now - timedelta(minutes=minute + 1)).replace(second=0, microsecond=0)
        number = minute // 4
        often = 3 if moment.hour == 14 else 17
        every_so_many = (
            (1, "till", "info", f"receipt {number} printed for table {number % 9}"),
            (1, "checkout", "info", f"GET /tea/{number % 7} took {10 + number % 40} ms"),
            (often, "payment", "error", f"Timeout to 10.0.0.{number % 9} after 30 s"),
            (23, "payment", "error", f"charge {number} failed with code {number % 5}"),
            (29, "checkout", "error", f"order {number} lost its basket"),
            (13, "inventory", "warning", f"stock of item {number} is low"),
            (31, "accounts", "info", f"user {('mei', 'tom', 'lin')[number % 3]} signed in"),
        )
        yield from (Line(moment, *line) for many, *line in every_so_many if number % many == 0)


def meant_lines(question: Mapping[str, Any], lines: Sequence[Line], now: datetime) -> list[Line]:
    """The records that the question is about, by what its row says."""
    since, until = _window(question, now)
    say = question.get("say", "").split("|")
    return [
        line
        for line in lines
        if (since is None or line.moment >= since)
        and (until is None or line.moment < until)
        and line.service == question.get("service", line.service)
        and line.level in question.get("levels", [line.level])
        and any(words in line.text.lower() for words in say)
    ]


def most_frequent(by: str, lines: Sequence[Line]) -> set[str]:
    """The values that stand first; none where it is not known from a line."""
    values: Counter[str] = Counter()
    for line in lines:
        if by == "service":
            values[line.service] += 1
        elif by in PERIODS:
            values[line.moment.strftime(PERIODS[by])] += 1
        elif by == "ip" and (match := _ADDRESS.search(line.text)):
            values[match[0]] += 1
        elif by == "user" and (match := _USER.search(line.text)):
            values[match[1]] += 1
    most = max(values.values(), default=0)
    return {value for value, count in values.items() if count == most}


def _window(question: Mapping[str, Any], now: datetime) -> tuple[datetime | None, datetime | None]:
    if hours := question.get("last_hours"):
        return now - timedelta(hours=hours), None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if (days := question.get("since_day")) is not None:
        return midnight - timedelta(days=days), None
    day = question.get("day")
    if day is None:
        return None, None
    first = midnight - timedelta(days=day) if isinstance(day, int) else _december(now, day)
    last = _december(now, question["until"]) if "until" in question else first
    if hours := question.get("hours"):
        return first + timedelta(hours=hours[0]), first + timedelta(hours=hours[1])
    return first, last + timedelta(days=1)


def _december(now: datetime, day: str) -> datetime:
    """Of the last year whose 12th of December is past."""
    year = now.year if (now.month, now.day) > (12, 12) else now.year - 1
    return datetime.strptime(f"{year}-{day}", "%Y-%m-%d").replace(tzinfo=now.tzinfo)


def _rows(questions: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    from django.conf import settings

    from benchmarks.organisations import new_owner

    now = datetime.now(ZoneInfo(settings.TIME_ZONE))
    server, shop = list(server_lines(_december(now, "12-08"))), list(shop_lines(now))
    actor = new_owner(f"eval-{time.monotonic_ns()}")
    of_server = "{0.moment:%b %d %H:%M:%S} gate sshd[7]: {0.text}"
    of_shop = "{0.moment:%Y-%m-%d %H:%M:%S}.000 {1} [{0.service}] {0.service}: {0.text}"
    _store(actor, "sshd", "\n".join(map(of_server.format, server)))
    _store(actor, "shop", "\n".join(of_shop.format(line, line.level.upper()) for line in reversed(shop)))
    for question in questions:
        yield _row(actor, question, [*server, *shop], now)


def _row(actor: Any, question: Mapping[str, Any], lines: Sequence[Line], now: datetime) -> dict[str, Any]:
    from apps.core.forms import validated_fields
    from apps.log_analysis.questions import services
    from apps.log_analysis.records import selectors, value_counts
    from apps.log_analysis.records.forms import DEFAULT_TOP, CountForm

    begin = time.monotonic()
    asked = services.ask(actor, text=question["text"])
    values = validated_fields(CountForm(actor.organisation, asked.filters))
    filters = selectors.filters_within(actor.organisation, values)
    by, top = asked.filters.get("by"), asked.filters.get("top")
    if by:
        count = value_counts.count_by(actor.organisation, filters, by, top or DEFAULT_TOP)
    else:
        count = value_counts.count_all(filters)
    seconds = time.monotonic() - begin
    meant = meant_lines(question, lines, now)
    firsts = most_frequent(by or "", meant)
    found = {
        "by": by,
        "top": top,
        "unsupported": [kind for _words, kind in asked.unsupported],
        "records": count.records,
        "first": count.rows[0].value if count.rows and firsts else None,
    }
    wanted = {
        "by": question.get("by"),
        "top": question.get("top"),
        "unsupported": [question["unsupported"]] if "unsupported" in question else [],
        "records": len(meant),
        "first": found["first"] if found["first"] in firsts else next(iter(sorted(firsts)), None),
    }
    row = {"text": question["text"], "is_right": found == wanted, "seconds": seconds, "found": found}
    row["is_left_to_model"] = bool(asked.job or asked.model_error)
    return {**row, "wanted": wanted, "filters": asked.filters, "left_out": asked.left_out}


def _store(actor: Any, name: str, content: str) -> None:
    from django.conf import settings

    from apps.log_analysis.sources.models import MAX_KEEP_DAYS, LogSource
    from benchmarks.organisations import read_log

    source = LogSource.objects.create(
        organisation=actor.organisation, name=name, keep_days=MAX_KEEP_DAYS, time_zone=settings.TIME_ZONE
    )
    read_log(actor, source, f"{name}.log", content.encode())


def _share(rows: Sequence[dict[str, Any]]) -> float:
    return round(float(sum(row["is_right"] for row in rows)) / len(rows), 4)
