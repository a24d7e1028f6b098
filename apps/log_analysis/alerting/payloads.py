"""What a webhook and each chat program takes, and what it answers to what it does not take.

WeCom https://developer.work.weixin.qq.com/document/path/91770 · DingTalk https://open.dingtalk.com/document/robots/
custom-robot-access, …/customize-robot-security-settings · Feishu https://open.feishu.cn/document/client-docs/bot-v3/
add-custom-bot · Slack https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks · webhook: Standard
Webhooks, https://www.standardwebhooks.com
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from apps.core.models import new_id
from apps.core.ssrf_guard import Answer, Message
from apps.jobs import webhooks
from apps.log_analysis.alerting.alert_texts import AlertText
from apps.log_analysis.alerting.models import AlertChannel
from apps.log_analysis.incidents.models import Incident

Receiver = AlertChannel.Receiver
JSON_HEADERS = {"Content-Type": "application/json", "User-Agent": "Kongming-Alerts/1"}
# Slack's limit of a header block.
MAX_HEADER_CHARACTERS = 150
MAX_REASON_CHARACTERS = 300
# Chat programs answer 200 to everything and say in the body whether they took it: under these keys, 0 for yes.
ANSWER_CODES = {
    Receiver.WECOM: ("errcode",),
    Receiver.DINGTALK: ("errcode",),
    Receiver.FEISHU: ("code", "StatusCode"),
}
_FEISHU_COLOURS = {
    Incident.Severity.LOW: "blue",
    Incident.Severity.MEDIUM: "yellow",
    Incident.Severity.HIGH: "orange",
    Incident.Severity.CRITICAL: "red",
}


def request(channel: AlertChannel, text: AlertText, *, now: datetime) -> Message:
    """The request that tells a channel of any kind but mail."""
    secret = channel.signing_secret
    if channel.kind == Receiver.WEBHOOK:
        return _webhook(channel.address, text, secret, now)
    if channel.kind == Receiver.WECOM:
        body = {
            "msgtype": "markdown",
            "markdown": {"content": f"### {_heading(text)}\n{_markdown(text, '> ')}"},
        }
        return _json(channel.address, body)
    if channel.kind == Receiver.DINGTALK:
        body = {
            "msgtype": "markdown",
            "markdown": {"title": text.title, "text": f"### {_heading(text)}\n\n{_markdown(text, '- ')}"},
        }
        return _json(channel.address + dingtalk_signature(secret, now=now), body)
    if channel.kind == Receiver.FEISHU:
        return _json(channel.address, feishu_signature(secret, now=now) | _feishu_card(text))
    return _json(channel.address, _slack_blocks(text))


def delivery_error(kind: str, answer: Answer) -> str:
    """Why a receiver did not take it, empty where it did."""
    if not answer.is_accepted:
        words = f"HTTP {answer.status} {answer.text}" if answer.status else answer.error
        return " ".join(words.split())[:MAX_REASON_CHARACTERS]
    keys = ANSWER_CODES.get(Receiver(kind))
    if keys is None:
        return ""
    try:
        body = orjson.loads(answer.text)
        code = next((body[key] for key in keys if key in body), None)
    except (orjson.JSONDecodeError, TypeError):
        code = None
    return "" if code == 0 else " ".join(answer.text.split())[:MAX_REASON_CHARACTERS] or "no answer in JSON"


def dingtalk_signature(secret: str, *, now: datetime) -> str:
    """What goes behind the address: HMAC-SHA256 of time and secret with the secret as key. Empty without one."""
    if not secret:
        return ""
    milliseconds = int(now.timestamp() * 1000)
    digest = hmac.digest(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256)
    return "&" + urlencode({"timestamp": milliseconds, "sign": base64.b64encode(digest).decode()})


def feishu_signature(secret: str, *, now: datetime) -> dict[str, Any]:
    """What goes into the body: HMAC-SHA256 of nothing, with time and secret as key. Empty without a secret."""
    if not secret:
        return {}
    seconds = int(now.timestamp())
    digest = hmac.digest(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256)
    return {"timestamp": str(seconds), "sign": base64.b64encode(digest).decode()}


def standard_secret(secret: str) -> str:
    """As Standard Webhooks writes secrets; one that is not written so stands for its own bytes."""
    if secret.startswith(webhooks.SECRET_MARK):
        try:
            base64.b64decode(secret.removeprefix(webhooks.SECRET_MARK), validate=True)
        except binascii.Error:
            pass
        else:
            return secret
    return webhooks.SECRET_MARK + base64.b64encode(secret.encode()).decode()


def _webhook(url: str, text: AlertText, secret: str, now: datetime) -> Message:
    words = {"title": text.title, "text": text.as_plain, "url": text.url, "timestamp": now.isoformat()}
    body = orjson.dumps(text.machine_readable | words)
    if not secret:
        return Message(url, body, JSON_HEADERS)
    message_id, timestamp = str(new_id()), int(now.timestamp())
    signature = webhooks.signature(
        standard_secret(secret), message_id=message_id, timestamp=timestamp, body=body
    )
    signed = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature,
    }
    return Message(url, body, JSON_HEADERS | signed)


def _heading(text: AlertText) -> str:
    mark = "🔴 " if text.severity >= Incident.Severity.HIGH else ""
    return f"{mark}{text.title}"


def _markdown(text: AlertText, bullet: str) -> str:
    lines = [f"{bullet}{label}: **{value}**" for label, value in text.facts]
    return "\n".join([*lines, "", f"[{text.link_text}]({text.url})"])


def _feishu_card(text: AlertText) -> dict[str, Any]:
    facts = "\n".join(f"**{label}**: {value}" for label, value in text.facts)
    button = {"tag": "button", "text": {"tag": "plain_text", "content": text.link_text}, "url": text.url}
    return {
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": True},
            "header": {
                "title": {"tag": "plain_text", "content": text.title},
                "template": _FEISHU_COLOURS[Incident.Severity(text.severity)],
            },
            "elements": [
                {"tag": "div", "text": {"tag": "lark_md", "content": facts}},
                {"tag": "action", "actions": [{**button, "type": "primary"}]},
            ],
        },
    }


def _slack_blocks(text: AlertText) -> dict[str, Any]:
    """A link in the text and no button: Slack tells an app of its own of each press."""
    header = {"type": "plain_text", "text": _heading(text)[:MAX_HEADER_CHARACTERS]}
    fields = [{"type": "mrkdwn", "text": f"*{label}*\n{value}"} for label, value in text.facts]
    link = {"type": "mrkdwn", "text": f"<{text.url}|{text.link_text}>"}
    blocks = [
        {"type": "header", "text": header},
        {"type": "section", "fields": fields},
        {"type": "section", "text": link},
    ]
    return {"text": text.title, "blocks": blocks}


def _json(url: str, body: dict[str, Any]) -> Message:
    return Message(url, orjson.dumps(body), JSON_HEADERS)
