"""What the walks of `tests/architecture` ask of this desk."""

import json
from collections.abc import Callable
from html import escape
from typing import Any

from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import contacts
from apps.customer_service.conversations.models import Message
from apps.customer_service.messengers import dingtalk, feishu, text_parts, wecom
from apps.customer_service.messengers.models import MessengerAccount
from apps.customer_service.saved_answers.models import SavedAnswer
from apps.evaluation.models import EvaluationQuestion, EvaluationRun

ROW_KWARGS = {
    "regression_question_id": EvaluationQuestion,
    "regression_run_id": EvaluationRun,
    "turn_id": Message,
    "curated_answer_id": SavedAnswer,
}
MESSENGER = MessengerAccount(credentials_json='{"app_id": "a", "client_id": "a"}')


def _feishu_event(text: str) -> object:
    message = {"message_id": "1", "chat_id": "c", "chat_type": "p2p", "message_type": "post"}
    content = json.dumps({"title": text, "content": [[{"tag": "text", "text": text}]]})
    header = {"event_type": feishu.MESSAGE_EVENT, "app_id": "a"}
    event = {"message": {**message, "content": content}, "sender": {"sender_type": "user"}}
    return feishu.incoming_of(MESSENGER, {"header": header, "event": event})


def _dingtalk_message(text: str) -> object:
    message = {"msgId": "1", "msgtype": "text", "conversationType": "1", "senderStaffId": "s"}
    return dingtalk.incoming_of(MESSENGER, json.dumps({**message, "text": {"content": text}}).encode())


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "contacts.address_in": contacts.address_in,
    "messengers.feishu": _feishu_event,
    "messengers.dingtalk": _dingtalk_message,
    "messengers.wecom": lambda text: wecom._xml(f"<xml><Content>{escape(text)}</Content></xml>".encode()),
    "messengers.parts": lambda text: text_parts.parts(text, 2048, length=text_parts.utf8_length, widest=4),
}
PLAIN_KWARGS = {"kind": "feishu"}
EVALUATION: dict[str, Any] = {
    "question_set": lambda owner: str(owner.one(Channel).pk),
    "expected": {
        "expected_documents": [],
        "expected_facts": ["30 days"],
        "forbidden_facts": [],
        "is_unanswerable": False,
    },
    "options": {"instructions": "Be brief.", "collections": []},
}
