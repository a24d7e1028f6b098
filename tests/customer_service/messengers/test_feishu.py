"""Feishu: events encrypted and signed as its documentation says, answers to a server that stands in for open.feishu.cn."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Attachment, Conversation, Message, OutgoingMessage
from apps.customer_service.delivery import outbox
from apps.customer_service.inbox.models import Note
from apps.customer_service.messengers import feishu_connection
from apps.customer_service.messengers.callback_proofs import decrypt
from apps.customer_service.messengers.intake import FETCH_FILES
from apps.customer_service.messengers.models import MessengerAccount
from apps.jobs import services as jobs
from apps.jobs.models import Job
from tests.customer_service.conftest import Desk, Say
from tests.customer_service.messengers.conftest import Make, bring, encrypt, json_reply, paths
from tests.loopback_server import LoopbackServer, Reply, serving

pytestmark = pytest.mark.django_db

KEY, TOKEN = "kudryavka", "rvaYgkND1GOiu5MM0E1rncYC6PLtF7JV"
AUTH = "/open-apis/auth/v3/tenant_access_token/internal"
SEND = "/open-apis/im/v1/messages?receive_id_type=chat_id"
IMAGE = "/open-apis/im/v1/messages/om_1/resources/img_7?type=image"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32


@pytest.fixture
def api(settings: Any) -> Iterator[LoopbackServer]:
    replies = {
        AUTH: json_reply(code=0, tenant_access_token="t-1", expire=7200),
        SEND: json_reply(code=0, data={"message_id": "om_9"}),
    }
    with serving(replies) as server:
        settings.FEISHU_API_URL = server.url
        yield server


@pytest.fixture
def account(make_account: Make, api: LoopbackServer) -> MessengerAccount:
    return make_account(
        "feishu", app_id="cli_1", app_secret="s3cret", encrypt_key=KEY, verification_token=TOKEN
    )


def event(message_id: str = "om_1", kind: str = "text", chat_type: str = "p2p", **content: Any) -> Any:
    content = content or {"text": "How long does delivery take?"}
    message = {
        "message_id": message_id,
        "chat_id": "oc_5ce6d572455d361153b7cb51da133945",
        "chat_type": chat_type,
        "message_type": kind,
        "content": json.dumps(content),
    }
    sender = {"sender_id": {"open_id": "ou_1"}, "sender_type": "user"}
    header = {"event_id": "e1", "event_type": "im.message.receive_v1", "app_id": "cli_1", "token": TOKEN}
    return {"schema": "2.0", "header": header, "event": {"sender": sender, "message": message}}


def sealed(content: Any, key: str = KEY) -> bytes:
    vector = b"0123456789abcdef"
    encrypted = encrypt(
        json.dumps(content).encode(), hashlib.sha256(key.encode()).digest(), vector, block_bytes=16
    )
    return json.dumps({"encrypt": base64.b64encode(vector + base64.b64decode(encrypted)).decode()}).encode()


def call(account: MessengerAccount, content: Any, *, key: str = KEY, at: float | None = None) -> Any:
    body, timestamp = sealed(content, key), str(int(at or time.time()))
    signature = hashlib.sha256(f"{timestamp}n0nce{key}".encode() + body).hexdigest()
    headers = {"X-Lark-Request-Timestamp": timestamp, "X-Lark-Request-Nonce": "n0nce"}
    return bring(account, body, **headers, **{"X-Lark-Signature": signature})


def sent(api: LoopbackServer) -> list[tuple[str, Any]]:
    bodies = [request["body"] for request in api.requests if request["path"] == SEND]
    return [(body["msg_type"], json.loads(body["content"])) for body in bodies]


def test_the_example_of_the_documentation_is_decrypted() -> None:
    encrypted = "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="

    assert decrypt(encrypted, hashlib.sha256(b"test key").digest(), block_bytes=16) == b"hello world"


def test_the_address_is_confirmed_to_the_console(account: MessengerAccount) -> None:
    challenge = {"challenge": "ajls384kdjx98XX", "token": TOKEN, "type": "url_verification"}

    assert bring(account, sealed(challenge)).json() == {"challenge": "ajls384kdjx98XX"}
    assert bring(account, sealed({**challenge, "token": "wrong"})).status_code == 401
    account.refresh_from_db()
    assert account.connected_at


def test_a_message_is_answered_with_its_sources_on_a_card(
    account: MessengerAccount, api: LoopbackServer, desk: Desk, says: Say
) -> None:
    says("Delivery inside the city takes two to four working days [1].")

    assert call(account, event()).status_code == 200
    message = Message.objects.select_related("conversation", "job").get()
    assert message.text == "How long does delivery take?"
    desk.work(message.job)
    outbox.deliver_due()

    [(kind, card)] = sent(api)
    assert kind == "interactive"
    assert card["elements"][0]["text"]["content"].startswith("Delivery inside the city takes two to four")
    assert card["elements"][2]["elements"] == [{"tag": "plain_text", "content": "[1] Handbook"}]
    assert api.requests[-1]["authorization"] == "Bearer t-1"
    assert OutgoingMessage.objects.get().external_id == "om_9"


def test_who_has_no_name_there_is_told_apart_by_the_end_of_the_chat(account: MessengerAccount) -> None:
    """Feishu names nobody; staff would greet them by what canned replies take for a name."""
    call(account, event())

    conversation = Conversation.objects.get()
    assert conversation.visitor_name == ""
    assert conversation.visitor_label == f"Visitor {conversation.visitor_id[-6:]}"


def test_the_same_event_again_changes_nothing(account: MessengerAccount) -> None:
    for _ in range(2):
        call(account, event())

    assert Message.objects.count() == 1


def test_a_call_that_is_not_feishus_is_refused(account: MessengerAccount) -> None:
    assert call(account, event(), key="another key").status_code == 401
    assert call(account, event(), at=time.time() - 3600).status_code == 401
    assert bring(account, sealed(event())).status_code == 401
    for body in (b"", b"[]", b'{"encrypt": 7}', b'{"encrypt": "=="}', b"[" * 100_000, b"\xff"):
        assert bring(account, body).status_code == 401
    assert not Message.objects.exists()


def test_without_an_encrypt_key_nobody_may_call(make_account: Make) -> None:
    account = make_account("feishu", app_id="cli_1", app_secret="s", has_long_connection=True)

    assert call(account, event(), key="").status_code == 401


@pytest.mark.parametrize(
    "other",
    [
        event(chat_type="group"),
        {**event(), "header": {**event()["header"], "app_id": "cli_of_another"}},
        {**event(), "header": {**event()["header"], "event_type": "im.message.message_read_v1"}},
    ],
)
def test_what_is_no_message_to_us_is_let_be(account: MessengerAccount, other: Any) -> None:
    assert call(account, other).status_code == 200
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    "content", [{}, {"header": 7}, {**event(), "event": {}}, event(kind="text", text={})]
)
def test_what_makes_no_sense_is_not_brought_again(account: MessengerAccount, content: Any) -> None:
    assert call(account, content).status_code == 200


def test_a_picture_is_fetched_and_stands_in_the_conversation(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    api.replies[IMAGE] = Reply(PNG, content_type="image/png")
    post = {
        "title": "",
        "content": [[{"tag": "text", "text": "Mould?"}, {"tag": "img", "image_key": "img_7"}]],
    }
    for _ in range(2):
        call(account, event(kind="post", **post))
    desk.work(Job.objects.get(kind="customer_service.fetch_files"))

    assert [message.text for message in Message.objects.order_by("ordinal")] == ["Mould?", "file.png"]
    attachment = Attachment.objects.get()
    assert (attachment.message, attachment.content_type) == (Message.objects.last(), "image/png")


def test_a_voice_message_is_written_down_by_a_job_of_its_own(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    sound = b"OggS" + b"\x00" * 24 + b"OpusHead" + b"\x00" * 32
    api.replies["/open-apis/im/v1/messages/om_1/resources/f_1?type=file"] = Reply(sound)
    call(account, event(kind="audio", file_key="f_1", duration=2000))
    desk.work(Job.objects.get(kind="customer_service.fetch_files"))

    attachment = Attachment.objects.select_related("job").get()
    assert (attachment.kind, attachment.message) == ("voice", None)
    assert attachment.job is not None
    assert attachment.job.kind == "customer_service.write_down_voice"


def test_a_worker_that_died_behind_a_voice_message_does_not_bring_it_twice(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    sound = b"OggS" + b"\x00" * 24 + b"OpusHead" + b"\x00" * 32
    api.replies["/open-apis/im/v1/messages/om_1/resources/f_1?type=file"] = Reply(sound)
    call(account, event(kind="audio", file_key="f_1", duration=2000))
    fetching = Job.objects.get(kind="customer_service.fetch_files")
    again = jobs.create_job(desk.actor, kind=FETCH_FILES, inputs=fetching.inputs)

    assert [desk.work(job).state for job in (fetching, again)] == ["succeeded", "succeeded"]
    assert Attachment.objects.count() == 1
    assert Job.objects.filter(kind="customer_service.write_down_voice").count() == 1


def test_a_file_that_cannot_be_kept_is_said_to_staff(
    account: MessengerAccount, api: LoopbackServer, desk: Desk, settings: Any
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 10
    api.replies["/open-apis/im/v1/messages/om_1/resources/f_1?type=file"] = Reply(b"x" * 11)
    call(account, event(kind="file", file_key="f_1", file_name="Offer.pdf"))
    desk.work(Job.objects.get(kind="customer_service.fetch_files"))

    assert "Files cannot be viewed" in Message.objects.get().text
    assert Note.objects.get().text.endswith("Offer.pdf")
    assert not Attachment.objects.exists()


def test_a_sticker_is_named_to_staff(account: MessengerAccount) -> None:
    call(account, event(kind="sticker", file_key="s"))

    assert Note.objects.get().text.endswith("sticker")


def reply(desk: Desk, account: MessengerAccount, text: str) -> OutgoingMessage:
    call(account, event())
    message = services.reply(desk.actor, conversation_id=Conversation.objects.get().pk, text=text)
    return OutgoingMessage.objects.get(message=message)


def test_a_token_that_has_expired_is_fetched_anew_once(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    message = reply(desk, account, "Hello")
    api.replies[SEND] = json_reply(code=99991663, msg="token invalid")
    outbox.deliver_due()

    assert paths(api) == [AUTH, SEND.partition("?")[0]] * 2
    message.refresh_from_db()
    assert (message.state, message.error) == ("pending", "credentials: 99991663 token invalid")


def test_too_fast_waits_as_long_as_feishu_asks(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    message = reply(desk, account, "Hello")
    headers = {"x-ogw-ratelimit-reset": "77"}
    api.replies[SEND] = json_reply(429, headers, code=99991400, msg="request trigger frequency limit")

    with time_machine.travel(timezone.now(), tick=False):
        outbox.deliver_due()
        message.refresh_from_db()
        assert message.next_attempt_at - timezone.now() == timedelta(seconds=77)


def test_a_bot_that_was_removed_is_not_tried_again(
    account: MessengerAccount, api: LoopbackServer, desk: Desk
) -> None:
    message = reply(desk, account, "Hello")
    api.replies[SEND] = json_reply(400, code=230002, msg="The bot can not be outside the group.")

    outbox.deliver_due()

    message.refresh_from_db()
    assert (message.state, message.error.partition(":")[0]) == ("failed", "blocked")


def test_the_page_tells_what_to_copy_and_never_a_secret(
    account: MessengerAccount, api: LoopbackServer, alice_browser: Client, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://desk.tea.example"
    api.replies["/open-apis/bot/v3/info"] = json_reply(code=0, bot={"app_name": "Tea bot"})
    connect = f"/conversations/messengers/{account.pk}/connect/"

    page = alice_browser.post(connect, follow=True).content.decode()

    account.refresh_from_db()
    assert (account.bot_name, account.error) == ("Tea bot", "")
    assert f"https://desk.tea.example/hooks/feishu/{account.pk}/" in page
    assert "cli_1" in page
    assert "s3cret" not in page
    assert KEY not in page

    api.replies[AUTH] = json_reply(code=10014, msg="app secret invalid")
    alice_browser.post(f"/conversations/channels/{account.channel_id}/messenger/", {"app_id": "cli_2"})
    page = alice_browser.post(connect, follow=True).content.decode()
    assert "rejected the credentials" in page


def test_what_is_missing_is_asked_for_by_its_field(alice_browser: Client, alice_actor: Actor) -> None:
    form = {"name": "Tea", "language": "en", "app_id": "cli_1", "app_secret": "s"}
    page = alice_browser.post("/conversations/channels/new/feishu/", form).content.decode()
    assert page.count("Copy this from the messenger") == 2
    assert not MessengerAccount.objects.exists()

    form["has_long_connection"] = "on"
    assert alice_browser.post("/conversations/channels/new/feishu/", form).status_code == 302
    assert MessengerAccount.objects.get().has_long_connection
    assert alice_browser.get("/conversations/channels/new/carrier-pigeon/").status_code == 404


def test_a_frame_is_written_as_the_platform_describes_it() -> None:
    """Field by field: SeqID, LogID, service, method, a header."""
    assert feishu_connection._ping(7).hex() == "08001000180720002a0c0a0474797065120470696e67"
