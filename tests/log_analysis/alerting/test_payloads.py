"""What each receiver gets: as its documentation says, without a word of a record."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.core.ssrf_guard import Answer
from apps.jobs import webhooks
from apps.log_analysis.alerting import alert_texts, payloads
from apps.log_analysis.incidents.models import Incident
from tests.log_analysis.alerting.conftest import MakeChannel, MakeIncident

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 7, 0, tzinfo=UTC)
KINDS = ["webhook", "wecom", "dingtalk", "feishu", "slack"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_of_a_record_leaves_the_house(
    kind: str, channel: MakeChannel, incident: MakeIncident
) -> None:
    row, found = channel(kind), incident()
    text = alert_texts.incident_text(found, row)

    body = payloads.request(row, text, now=NOW).body.decode() + text.as_plain

    assert "OutOfMemory" not in body
    assert "secret words" not in body
    assert f"/logs/incidents/{found.pk}/" in body
    assert "checkout" in body


def test_the_organisations_language_is_spoken(channel: MakeChannel, incident: MakeIncident) -> None:
    row = channel("wecom")
    for language, words in (("zh-hans", "查看事件"), ("en", "View incident")):
        row.organisation.output_language = language
        body = json.loads(payloads.request(row, alert_texts.incident_text(incident(), row), now=NOW).body)
        assert body["msgtype"] == "markdown"
        assert words in body["markdown"]["content"]


def test_a_name_that_came_in_with_a_record_formats_nothing_and_calls_nobody(
    channel: MakeChannel, incident: MakeIncident
) -> None:
    name = "[pay](http://evil) @all <!channel> **x**\nshop"

    text = alert_texts.incident_text(incident(services=[name]), channel("slack"))

    assert not set("[]()<>@*!\n") & set(text.title)
    assert "pay http://evil all channel x shop" in text.title


def test_dingtalk_is_signed_in_its_address(channel: MakeChannel, incident: MakeIncident) -> None:
    row = channel("dingtalk", signing_secret="SEC1")
    message = payloads.request(row, alert_texts.incident_text(incident(), row), now=NOW)
    query = parse_qs(urlsplit(message.url).query)
    [milliseconds], [sign] = query["timestamp"], query["sign"]

    digest = hmac.new(b"SEC1", f"{milliseconds}\nSEC1".encode(), hashlib.sha256).digest()
    assert sign == base64.b64encode(digest).decode()
    assert milliseconds == str(int(NOW.timestamp() * 1000))
    assert json.loads(message.body)["markdown"]["title"]


def test_feishu_is_signed_in_its_body(channel: MakeChannel, incident: MakeIncident) -> None:
    row = channel("feishu", signing_secret="s")
    body = json.loads(payloads.request(row, alert_texts.incident_text(incident(), row), now=NOW).body)

    key = f"{body['timestamp']}\ns".encode()
    assert body["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert body["msg_type"] == "interactive"
    assert body["card"]["header"]["template"] == "orange"


def test_slack_gets_blocks_and_words_for_notifications(channel: MakeChannel, incident: MakeIncident) -> None:
    row = channel("slack")
    body = json.loads(payloads.request(row, alert_texts.incident_text(incident(), row), now=NOW).body)

    assert [block["type"] for block in body["blocks"]] == ["header", "section", "section"]
    assert body["text"]


@pytest.mark.parametrize("secret", ["anything", "whsec_" + base64.b64encode(b"k" * 24).decode()])
def test_a_webhook_is_signed_as_standard_webhooks_wants_it(
    secret: str, channel: MakeChannel, incident: MakeIncident
) -> None:
    row, found = channel("webhook", signing_secret=secret), incident()
    message = payloads.request(row, alert_texts.incident_text(found, row), now=NOW)

    expected = webhooks.signature(
        payloads.standard_secret(secret),
        message_id=message.headers["webhook-id"],
        timestamp=int(message.headers["webhook-timestamp"]),
        body=message.body,
    )
    assert message.headers["webhook-signature"] == expected
    body = json.loads(message.body)
    assert (body["type"], body["severity"], body["incident_id"]) == ("incident.alert", "high", str(found.pk))


@pytest.mark.parametrize(
    ("kind", "answer", "is_accepted"),
    [
        ("wecom", Answer(200, '{"errcode":0,"errmsg":"ok"}'), True),
        ("wecom", Answer(200, '{"errcode":93000,"errmsg":"invalid webhook url"}'), False),
        ("dingtalk", Answer(200, '{"errcode":310000,"errmsg":"sign not match"}'), False),
        ("feishu", Answer(200, '{"StatusCode":0,"StatusMessage":"success"}'), True),
        ("feishu", Answer(200, '{"code":19021,"msg":"sign match fail"}'), False),
        ("feishu", Answer(200, "<html>"), False),
        ("feishu", Answer(200, ""), False),
        ("slack", Answer(200, "ok"), True),
        ("slack", Answer(404, "no_team"), False),
        ("webhook", Answer(204), True),
        ("webhook", Answer(error="no answer within 15 seconds"), False),
    ],
)
def test_what_a_receiver_answers_is_understood(kind: str, answer: Answer, is_accepted: bool) -> None:
    reason = payloads.delivery_error(kind, answer)

    assert (reason == "") is is_accepted


def test_a_long_patience_says_how_long_nobody_came(channel: MakeChannel, incident: MakeIncident) -> None:
    text = alert_texts.incident_text(incident(severity=Incident.Severity.LOW), channel(escalate_minutes=20))

    assert any("20" in value for _, value in text.facts)
