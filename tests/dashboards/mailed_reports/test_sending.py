"""What arrives, and at whom: a real mail server, and the numbers of a desk."""

import json
import re
from datetime import datetime, timedelta
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from django.forms import model_to_dict
from django.test import Client
from django.utils import timezone
from model_bakery import baker

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.analytics.periods import Period
from apps.analytics.reports import Scope
from apps.audit.models import AuditEntry
from apps.core.mail import MailServerAway, NoMailServer
from apps.dashboards.mailed_reports import composition, documents, selectors, services
from apps.dashboards.mailed_reports.models import MailedReport, ReportDelivery
from apps.dashboards.mailed_reports.resources import MAILED_REPORTS
from apps.dashboards.mailed_reports.services import MAIL_REPORT
from apps.dashboards.rollups.services import roll_up
from apps.dashboards.usage import jobs_report, models_report
from apps.inference.models import InferenceCall
from apps.jobs import runs, schedules
from apps.jobs import services as jobs
from apps.jobs.models import Job, Schedule
from apps.translation.models import Translation, TranslationSegment
from tests.customer_service.handoff_fixtures import together
from tests.mail_server_fixture import MailServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def translations(alice_actor: Actor) -> None:
    """Ninety characters a day for ten days."""
    organisation = alice_actor.organisation
    translation = baker.make(
        Translation,
        organisation=organisation,
        name="Tea",
        format="text",
        source_language="zh",
        target_language="en",
    )
    for day in range(10):
        baker.make(
            TranslationSegment,
            organisation=organisation,
            translation=translation,
            source="Tee",
            ordinal=day,
            origin="model",
            characters=90,
            created_at=timezone.now() - timedelta(days=day),
        )


def mailed_report(actor: Actor, *members: Membership, **values: Any) -> MailedReport:
    values = {"name": "Weekly", "report": "translation", "days": "day", "language": "en"} | values
    row: MailedReport = baker.make(MailedReport, organisation=actor.organisation, time_zone="UTC", **values)
    row.recipients.set(members)
    return row


def colleague(actor: Actor, name: str, role: str) -> Membership:
    user = User.objects.create_user(f"{name}@tea.example", name=name.title())
    return Membership.objects.create(organisation=actor.organisation, user=user, role=role)


def send(actor: Actor, row: MailedReport) -> Job:
    job = services.send_now(actor, row)
    runs.execute(job.pk)
    job.refresh_from_db()
    return job


def test_a_report_arrives_as_mail_and_as_pages_with_the_tables_asked_for(
    alice_actor: Actor, translations: None, mail_server: MailServer
) -> None:
    assert alice_actor.member
    row = mailed_report(alice_actor, alice_actor.member, has_xlsx=True, has_csv=True, language="zh-hans")

    job = send(alice_actor, row)

    assert (job.state, job.result) == ("succeeded", {"sent": 1, "left_out": 0, "failed": 0})
    [mail] = mail_server.mails
    yesterday = timezone.localdate() - timedelta(days=1)
    assert str(mail["Subject"]) == f"Weekly · {yesterday} 至 {yesterday}"
    assert str(mail["From"]) == "Tea House <reports@house.example>"
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert "翻译字符数：90" in text
    assert "90" in html
    assert "翻译字符数" in html
    assert "/translation/figures/?from=" in html
    files = {each.get_filename(): each.get_content() for each in mail.iter_attachments()}
    assert [name.rpartition(".")[2] for name in files] == ["pdf", "xlsx", "csv"]
    pages, book, table = files.values()
    assert pages.startswith(b"%PDF-1.7")
    assert len(pages) > 10_000
    assert book.startswith(b"PK")
    assert "characters," in (table if isinstance(table, str) else table.decode())
    assert AuditEntry.objects.filter(action="mailed_report.sent").count() == 1
    taken = AuditEntry.objects.filter(action="figures.mailed", target_id=str(row.pk)).order_by("sequence")
    assert [(line.details["file_type"], line.details["filters"]["report"]) for line in taken] == [
        ("xlsx", row.report),
        ("csv", row.report),
    ]


@pytest.mark.slow
def test_every_report_of_the_frame_is_drawn_and_says_its_numbers_without_addresses(
    alice_actor: Actor,
) -> None:
    """Waiting times are lines with days of which nothing is known, and tables whose numbers lead to rows on a page."""
    for days, error in ((1, ""), (3, "model_too_slow")):
        moment = timezone.now() - timedelta(days=days)
        baker.make(
            Job,
            organisation=alice_actor.organisation,
            kind="translation.translate_text",
            queue="batch",
            state="failed" if error else "succeeded",
            error_code=error,
            result=None if error else {},
            created_at=moment,
            available_at=moment,
            started_at=moment + timedelta(seconds=2),
            finished_at=moment + timedelta(seconds=9),
        )
        baker.make(
            InferenceCall,
            organisation=alice_actor.organisation,
            purpose="chat",
            model="small",
            status="succeeded",
            first_token_ms=200,
            latency_ms=900,
            created_at=moment,
        )
    roll_up(seconds=60)

    last = timezone.localdate()
    scope = Scope(alice_actor.organisation, Period(last - timedelta(days=9), last, "UTC"))
    for report in (jobs_report.REPORT, models_report.REPORT):
        content = composition.compose(
            report, scope, alice_actor, name="Monday", url="https://x", has_pictures=True
        )

        assert documents.to_pdf(content, timezone.now()).startswith(b"%PDF-1.7")
        assert sum(bool(block.picture) for block in content.blocks) >= 3
        cells = [cell for block in content.blocks for cells in block.rows for cell in cells]
        assert "2" in cells
        assert [cell for cell in cells if "<" in cell] == []


def test_who_may_not_see_the_report_any_more_gets_nothing(
    alice_actor: Actor, translations: None, mail_server: MailServer
) -> None:
    translator = colleague(alice_actor, "tom", "admin")
    demoted = colleague(alice_actor, "dora", "viewer")
    left = colleague(alice_actor, "lee", "admin")
    Membership.objects.filter(pk=left.pk).update(is_active=False)
    row = mailed_report(alice_actor, translator, demoted, left)

    job = send(alice_actor, row)

    assert mail_server.recipients == ["tom@tea.example"]
    assert job.result == {"sent": 1, "left_out": 2, "failed": 0}
    left_out = ReportDelivery.objects.filter(state="left_out")
    assert {each.member_id for each in left_out} == {demoted.pk, left.pk}


def test_a_refused_address_is_told_and_the_others_get_their_mail(
    alice_actor: Actor, alice_browser: Client, translations: None, mail_server: MailServer
) -> None:
    assert alice_actor.member
    row = mailed_report(alice_actor, alice_actor.member, colleague(alice_actor, "tom", "admin"))
    mail_server.answers["tom@tea.example"] = "550 unknown"

    job = send(alice_actor, row)

    assert job.result == {"sent": 1, "left_out": 0, "failed": 1}
    page = alice_browser.get(row.get_absolute_url()).text
    assert "Correct it in the member&#x27;s account." in page
    assert "failed" in alice_browser.get("/analytics/reports/").text


@pytest.mark.slow
def test_a_mail_server_that_is_away_is_asked_again_and_nobody_gets_two_mails(
    alice_actor: Actor, translations: None, mail_server: MailServer
) -> None:
    assert alice_actor.member
    row = mailed_report(alice_actor, alice_actor.member, colleague(alice_actor, "tom", "admin"))
    mail_server.answers["tom@tea.example"] = "421 closing"

    job = send(alice_actor, row)

    assert (job.state, job.error_code) == ("queued", "mail_server_away")
    mail_server.answers.clear()
    Job.objects.filter(pk=job.pk).update(available_at=timezone.now())
    runs.execute(job.pk)
    job.refresh_from_db()
    assert job.state == "succeeded"
    assert sorted(mail_server.recipients) == ["alice@tea.example", "tom@tea.example"]


def test_what_an_interrupted_attempt_may_have_sent_is_sent_again_as_the_same_mail(
    alice_actor: Actor, translations: None, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alice_actor.member
    row = mailed_report(alice_actor, alice_actor.member)

    def die(*arguments: Any) -> None:
        raise MailServerAway

    with monkeypatch.context() as patch:
        patch.setattr(services, "_note", die)
        job = send(alice_actor, row)
    Job.objects.filter(pk=job.pk).update(available_at=timezone.now())
    runs.execute(job.pk)

    assert len(mail_server.mails) == 2
    assert len({mail["Message-ID"] for mail in mail_server.mails}) == 1


@pytest.mark.slow
def test_reports_that_waited_in_a_paused_queue_are_each_about_their_own_day(
    alice_actor: Actor, translations: None, mail_server: MailServer
) -> None:
    assert alice_actor.member
    row = mailed_report(alice_actor, alice_actor.member)
    inputs = {"mailed_report_id": str(row.pk)}
    waiting = [jobs.create_job(alice_actor, kind=MAIL_REPORT, inputs=inputs) for _ in range(3)]
    now = timezone.now()

    for days, job in enumerate(waiting):
        Job.objects.filter(pk=job.pk).update(created_at=now - timedelta(days=days))
        runs.execute(job.pk)

    subjects = {str(mail["Subject"]) for mail in mail_server.mails}
    days_before = [timezone.localdate(now) - timedelta(days=number) for number in (1, 2, 3)]
    assert subjects == {f"Weekly · {day} to {day}" for day in days_before}


@pytest.mark.slow
def test_two_clicks_send_one_mail(
    alice_actor: Actor, alice_browser: Client, translations: None, mail_server: MailServer
) -> None:
    assert alice_actor.member
    row = mailed_report(alice_actor, alice_actor.member)
    address = f"{row.get_absolute_url()}send/"

    assert "Sending." in alice_browser.post(address, follow=True).text
    assert "Already in progress." in alice_browser.post(address, follow=True).text
    runs.execute(Job.objects.get().pk)

    assert len(mail_server.mails) == 1
    assert "Sending." in alice_browser.post(address, follow=True).text


def test_whoever_sets_a_report_up_learns_first_that_no_mail_is_sent(
    alice_browser: Client, settings: Any
) -> None:
    page = "/analytics/reports/new/"
    assert "Reports are not sent yet" not in alice_browser.get(page).content.decode()

    settings.EMAIL_BACKEND = "apps.core.mail.LogBackend"

    assert "Reports are not sent yet" in alice_browser.get(page).content.decode()


def test_without_a_mail_server_it_says_what_the_operator_has_to_do(alice_actor: Actor, settings: Any) -> None:
    settings.EMAIL_BACKEND = "apps.core.mail.LogBackend"
    assert alice_actor.member
    row = mailed_report(alice_actor, alice_actor.member)

    with pytest.raises(NoMailServer, match="EMAIL_URL"):
        services.send_now(alice_actor, row)


def test_the_link_to_the_report_holds_whatever_it_is_narrowed_to(alice_actor: Actor) -> None:
    row = mailed_report(alice_actor, report="models", filters={"model": "Qwen&more+1#2"})
    report = selectors.report_of(row)
    assert report
    scope = selectors.scope_of(row, report, timezone.now())

    content = services.content_for(row, report, scope, alice_actor, has_pictures=False)

    assert dict(parse_qsl(urlsplit(content.url).query))["model"] == "Qwen&more+1#2"


def test_a_report_says_what_it_is_narrowed_to(alice_actor: Actor) -> None:
    row = mailed_report(alice_actor, report="jobs", filters={"desk": "translation"})
    report = selectors.report_of(row)
    assert report
    scope = selectors.scope_of(row, report, timezone.now())

    content = services.content_for(row, report, scope, alice_actor, has_pictures=False)

    assert content.narrowed == "Desk: Translation"
    assert "\nDesk: Translation\n" in documents.to_text(content)
    assert "<b>Desk: Translation</b>" in documents.to_html(content)
    assert documents.to_pdf(content, timezone.now()).startswith(b"%PDF")


def test_days_without_anything_say_so(alice_actor: Actor, mail_server: MailServer) -> None:
    assert alice_actor.member
    send(alice_actor, mailed_report(alice_actor, alice_actor.member, report="value", days="month"))

    [mail] = mail_server.mails
    assert "No completed work in this period" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("days", "now", "expected"),
    [
        ("day", "2026-03-01T12:00", ("2026-02-28", "2026-02-28")),
        ("week", "2026-03-02T12:00", ("2026-02-23", "2026-03-01")),
        ("month", "2026-01-31T12:00", ("2025-12-01", "2025-12-31")),
        ("month", "2026-03-31T12:00", ("2026-02-01", "2026-02-28")),
    ],
)
def test_days_are_the_last_whole_ones(days: str, now: str, expected: tuple[str, str]) -> None:
    period = MailedReport(days=days).period("UTC", datetime.fromisoformat(f"{now}+00:00"))

    assert (str(period.first), str(period.last)) == expected


@pytest.mark.parametrize("days", ["day", "week", "month"])
@pytest.mark.parametrize(
    ("time_zone", "clocks"),
    [
        ("UTC", "UTC"),
        ("Asia/Shanghai", "UTC"),
        ("Asia/Kolkata", "UTC"),
        ("Australia/Adelaide", "Asia/Kolkata"),
        ("America/New_York", "Asia/Shanghai"),
        ("Pacific/Auckland", "America/St_Johns"),
    ],
)
def test_a_year_of_usual_times_tells_of_every_day_once_and_soon(
    days: str, time_zone: str, clocks: str
) -> None:
    """Over half hours and changes of clocks."""
    row, last = MailedReport(days=days, time_zone=time_zone), None
    times = CronSim(row.usual_cron(clocks), datetime(2026, 1, 5, tzinfo=ZoneInfo(time_zone)))

    for moment in islice(times, {"day": 365, "week": 52, "month": 12}[days]):
        period = row.period(clocks, moment)
        assert last is None or period.first == last + timedelta(days=1)
        assert timedelta(0) <= moment - period.until < timedelta(hours=36)
        last = period.last


def test_a_report_whose_schedule_was_deleted_is_not_said_to_go_out(
    alice_actor: Actor, alice_browser: Client
) -> None:
    schedule = schedules.create_schedule(
        alice_actor, name="Weekly", kind=MAIL_REPORT, inputs={}, cron="0 7 * * 1", time_zone="UTC"
    )
    mailed_report(alice_actor, schedule=schedule, is_enabled=True)

    def on_schedule() -> object:
        table = alice_browser.get("/analytics/reports/export/?format=jsonl").getvalue()
        return json.loads(table)["On schedule"]

    assert on_schedule() is True
    alice_browser.post(f"/jobs/schedules/{schedule.pk}/delete/")
    assert on_schedule() is False


def test_who_may_not_see_a_report_does_not_change_it_to_another_by_saving(
    alice_actor: Actor, alice_browser: Client
) -> None:
    assert alice_actor.member
    Membership.objects.filter(pk=alice_actor.member.pk).update(role="analyst")
    row = mailed_report(alice_actor, alice_actor.member, report="medical_records")

    page = alice_browser.get(row.get_absolute_url()).text

    choices = page.partition('name="report"')[2].partition("</select>")[0]
    assert "medical_records" not in choices
    assert choices.index('<option value=""') < choices.index('<option value="jobs"')


@pytest.mark.slow
def test_somebody_sets_a_report_up_looks_at_it_and_deletes_it(
    alice_actor: Actor, alice_browser: Client, bob_browser: Client, translations: None
) -> None:
    assert alice_actor.member
    body = {
        "name": "Monday numbers",
        "report": "translation",
        "days": "week",
        "time_zone": "Asia/Shanghai",
        "language": "en",
        "recipients": [str(alice_actor.member.pk)],
        "is_enabled": "on",
    }
    answer = alice_browser.post("/analytics/reports/new/", body)
    row = MailedReport.objects.get()
    assert answer["Location"] == row.get_absolute_url()
    schedule = Schedule.objects.get()
    assert (schedule.cron, schedule.time_zone, schedule.kind) == (
        "0 7 * * 1",
        "Asia/Shanghai",
        "dashboards.mail_report",
    )

    preview = alice_browser.get(f"/analytics/reports/{row.pk}/preview/")
    assert "Characters translated" in preview.text
    assert "style-src 'sha256-" in preview["Content-Security-Policy"]
    assert bob_browser.get(f"/analytics/reports/{row.pk}/preview/").status_code == 404

    alice_browser.post(f"/analytics/reports/{row.pk}/", body | {"cron": "nonsense"})
    assert Schedule.objects.get().cron == "0 7 * * 1"
    alice_browser.post(f"/analytics/reports/{row.pk}/", {**body, "is_enabled": ""})
    assert not Schedule.objects.get().is_enabled

    alice_browser.post(f"/analytics/reports/{row.pk}/delete/")
    assert (MailedReport.objects.count(), Schedule.objects.count()) == (0, 0)


def test_a_dashboard_is_mailed_as_it_is_looked_at(alice_actor: Actor, alice_browser: Client) -> None:
    assert alice_actor.member
    member = str(alice_actor.member.pk)
    page = alice_browser.get(f"/analytics/models/?days=7&member={member}").content.decode()

    links = re.findall(r'href="(/analytics/reports/new/[^"]+)"', page)

    form = alice_browser.get(unescape(links[0])).context["form"]
    assert (form["report"].value(), form["name"].value()) == ("models", "Models")
    assert form["models_member"].value() == member


@pytest.mark.django_db(transaction=True)
def test_two_people_who_switch_a_report_on_at_once_make_one_schedule(alice_actor: Actor) -> None:
    assert alice_actor.member
    row = mailed_report(alice_actor, alice_actor.member, is_enabled=False)
    body = model_to_dict(row) | {"recipients": [alice_actor.member.pk], "is_enabled": True}

    def switch_on() -> MailedReport:
        form = MAILED_REPORTS.bound_form(alice_actor.organisation, body, MailedReport.objects.get())
        return services.save(alice_actor, MAILED_REPORTS, form)

    saved = together(switch_on, switch_on)

    assert Schedule.objects.count() == 1, saved
    assert MailedReport.objects.get().schedule == Schedule.objects.get()
