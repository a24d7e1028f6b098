"""Many conversations at once: two are made by the models, the database multiplies them.

python -m benchmarks.planted_rows CONVERSATIONS   in the environment of an installation
"""

import sys
from pathlib import Path

import django
from django.db import connection

CONVERSATIONS, MESSAGES = (
    Path(__file__).with_name(f"planted_{name}.sql").read_text(encoding="utf-8")
    for name in ("conversations", "messages")
)
TEXTS = (
    "你好，我上周买的紫砂壶，壶盖边上有一道细纹，倒水的时候会渗。可以换一只吗？订单号是 ",
    "可以换。收到后七天内，有瑕疵的茶具由我们付运费换新；请把壶盖的照片发来，核对以后当天寄出。编号 ",
    "照片已经发过去了，麻烦看一下。另外礼盒的提手也断了，能不能一起补一个？ ",
    "都收到了，新壶和提手明天一起寄出，快递单号会发到您的手机。备注 ",
)


def plant(conversations: int) -> None:
    from apps.customer_service.channels.models import Channel
    from apps.customer_service.conversations.models import Conversation, Message
    from benchmarks.organisations import new_owner

    organisation = new_owner("bench").organisation
    channel = Channel.objects.create(organisation=organisation, name="Bench")
    seed = Conversation.objects.create(organisation=organisation, channel=channel, visitor_id="seed")
    question = None
    for ordinal, text in enumerate(TEXTS, start=1):
        message = Message(organisation=organisation, conversation=seed, ordinal=ordinal, text=text)
        message.author = Message.Author.BOT if question else Message.Author.VISITOR
        message.answers = question
        message.save()
        question = None if question else message
    with connection.cursor() as cursor:
        cursor.execute(CONVERSATIONS, [conversations])
        cursor.execute(MESSAGES, [conversations])


if __name__ == "__main__":
    django.setup()
    plant(int(sys.argv[1]))
