"""DingTalk: calls signed as its documentation says, answers to a server that stands in for api.dingtalk.com."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Attachment, Conversation, Message, OutgoingMessage
from apps.customer_service.delivery import outbox
from apps.customer_service.messengers.models import MessengerAccount
from apps.jobs.models import Job
from tests.customer_service.conftest import Desk, Say
from tests.customer_service.messengers.conftest import Make, bring, json_reply, paths
from tests.loopback_server import LoopbackServer, Reply, serving

pytestmark = pytest.mark.django_db

SECRET = "s3cret"
AUTH, SEND = "/v1.0/oauth2/accessToken", "/v1.0/robot/oToMessages/batchSend"
DOWNLOAD = "/v1.0/robot/messageFiles/download"


@pytest.fixture
def api(settings: Any) -> Iterator[LoopbackServer]:
    replies = {
        AUTH: json_reply(accessToken="t-1", expireIn=7200),
        SEND: json_reply(processQueryKey="q1", invalidStaffIdList=[], flowControlledStaffIdList=[]),
    }
    with serving(replies) as server:
        settings.DINGTALK_API_URL = server.url
        yield server


@pytest.fixture
def account(make_account: Make, api: LoopbackServer) -> MessengerAccount:
    return make_account("dingtalk", client_id="ding1", client_secret=SECRET)


def robot_message(message_id: str = "msg1", kind: str = "text", **fields: Any) -> dict[str, Any]:
    content = {"text": {"content": "How long does delivery take?"}} if kind == "text" else {}
    return {
        "msgId": message_id,
        "msgtype": kind,
        "conversationType": "1",
        "conversationId": "cid1",
        "senderId": "$:LWCP_v1:$abc",
        "senderStaffId": "manager4711",
        "senderNick": "Vera",
        "robotCode": "ding1",
        "sessionWebhook": "https://oapi.dingtalk.com/robot/sendBySession?session=1",
        **content,
        **fields,
    }


def call(account: MessengerAccount, message: Any, *, secret: str = SECRET, at: float | None = None) -> Any:
    timestamp = str(int((at or time.time()) * 1000))
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    headers = {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}
    return bring(account, json.dumps(message).encode(), **headers)


def test_a_message_is_answered_with_its_sources(
    account: MessengerAccount, api: LoopbackServer, desk: Desk, says: Say
) -> None:
    says("Delivery inside the city takes two to four working days [1].")
    for _ in range(2):
        assert call(account, robot_message()).status_code == 200
    message = Message.objects.select_related("conversation", "job").get()
    assert message.conversation.visitor_name == "Vera"
    desk.work(message.job)
    outbox.deliver_due()

    [request] = [request for request in api.requests if request["path"] == SEND]
    assert request["headers"]["x-acs-dingtalk-access-token"] == "t-1"
    assert (request["body"]["userIds"], request["body"]["robotCode"]) == (["manager4711"], "ding1")
    text = json.loads(request["body"]["msgParam"])["content"]
    assert text.startswith("Delivery inside the city")
    assert text.endswith("[1] Handbook")


def test_a_call_that_is_not_dingtalks_is_refused(account: MessengerAccount) -> None:
    assert call(account, robot_message(), secret="another").status_code == 401
    assert call(account, robot_message(), at=time.time() - 2 * 3600).status_code == 401
    assert bring(account, b"{}").status_code == 401
    assert bring(account, b"{}", timestamp="²" * 13, sign="é").status_code == 401
    assert not Message.objects.exists()


@pytest.mark.parametrize("other", [{"conversationType": "2"}, {"robotCode": "of another"}])
def test_what_is_no_message_to_us_is_let_be(account: MessengerAccount, other: Any) -> None:
    assert call(account, robot_message(**other)).status_code == 200
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("content", [{}, [], 7, {**robot_message(), "text": None}])
def test_what_makes_no_sense_is_not_brought_again(account: MessengerAccount, content: Any) -> None:
    assert call(account, content).status_code == 200
    assert not Conversation.objects.exists()


def test_words_pictures_and_speech_come_in(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    api.replies[DOWNLOAD] = json_reply(downloadUrl=f"{api.url}/oss/1")
    api.replies["/oss/1"] = Reply(b"\x89PNG\r\n\x1a\n" + b"\x00" * 32, content_type="image/png")
    rich = {"richText": [{"text": "Mould?"}, {"type": "picture", "downloadCode": "d1"}]}
    call(account, robot_message("1", "richText", content=rich))
    call(
        account, robot_message("2", "audio", content={"downloadCode": "d2", "recognition": "Refund, please"})
    )
    desk.work(Job.objects.get(kind="customer_service.fetch_files"))

    texts = [message.text for message in Message.objects.filter(author="visitor").order_by("ordinal")]
    assert texts == ["Mould?", "Refund, please", "file.png"]
    assert Attachment.objects.get().content_type == "image/png"


def test_a_file_behind_a_forbidden_address_is_not_fetched(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    """Where clouds answer their machines with keys."""
    api.replies[DOWNLOAD] = json_reply(downloadUrl="http://169.254.169.254/latest/meta-data/")
    call(account, robot_message("1", "file", content={"downloadCode": "d", "fileName": "a.pdf"}))
    Job.objects.update(max_attempts=1)
    desk.work(Job.objects.get(kind="customer_service.fetch_files"))

    assert "Files cannot be viewed" in Message.objects.get().text


def reply(desk: Desk, account: MessengerAccount) -> OutgoingMessage:
    call(account, robot_message())
    message = services.reply(desk.actor, conversation_id=Conversation.objects.get().pk, text="Hello")
    return OutgoingMessage.objects.get(message=message)


def test_a_token_that_has_expired_is_fetched_anew_once(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    message = reply(desk, account)
    api.replies[SEND] = json_reply(400, code="InvalidAuthentication", message="不合法的access_token")
    outbox.deliver_due()

    assert paths(api) == [AUTH, SEND] * 2
    message.refresh_from_db()
    assert (message.state, message.error.partition(":")[0]) == ("pending", "credentials")


def test_too_fast_waits(account: MessengerAccount, api: LoopbackServer, desk: Desk) -> None:
    message = reply(desk, account)
    api.replies[SEND] = json_reply(processQueryKey="q", flowControlledStaffIdList=["manager4711"])

    with time_machine.travel(timezone.now(), tick=False):
        outbox.deliver_due()
        message.refresh_from_db()
        assert message.next_attempt_at - timezone.now() == timedelta(seconds=60)


def test_somebody_outside_of_the_company_cannot_be_answered(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    message = reply(desk, account)
    api.replies[SEND] = json_reply(processQueryKey="q", invalidStaffIdList=["manager4711"])

    outbox.deliver_due()

    message.refresh_from_db()
    assert (message.state, message.error) == ("failed", "recipient: ")
