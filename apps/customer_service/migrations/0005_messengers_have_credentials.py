"""What was one token is all that a messenger's console shows, as sealed JSON; an account may hold a long connection."""

import json
from typing import Any

import django.utils.timezone
from django.db import migrations, models

import apps.core.fields


def tokens_to_credentials(apps: Any, schema_editor: Any) -> None:
    for account in apps.get_model("customer_service", "MessengerAccount").objects.all():
        account.credentials_json = json.dumps({"token": account.token})
        account.save(update_fields=["credentials_json"])


def credentials_to_tokens(apps: Any, schema_editor: Any) -> None:
    for account in apps.get_model("customer_service", "MessengerAccount").objects.all():
        account.token = json.loads(account.credentials_json).get("token", "")
        account.save(update_fields=["token"])


class Migration(migrations.Migration):
    dependencies = [("customer_service", "0004_curated_answers_are_saved_answers")]

    operations = [
        migrations.AddField(
            "messengeraccount",
            "credentials_json",
            apps.core.fields.EncryptedTextField(default="{}", editable=False),
        ),
        migrations.RunPython(tokens_to_credentials, credentials_to_tokens, elidable=True),
        migrations.AlterField(
            "messengeraccount", "token", apps.core.fields.EncryptedTextField(default="")
        ),
        migrations.RemoveField("messengeraccount", "token"),
        migrations.AddField(
            "messengeraccount",
            "cursor",
            models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text="Up to where messages were fetched.",
                max_length=200,
            ),
        ),
        migrations.AddField(
            "messengeraccount",
            "failures",
            models.PositiveSmallIntegerField(
                default=0, editable=False, help_text="Connections in a row that did not last."
            ),
        ),
        migrations.AddField(
            "messengeraccount",
            "has_long_connection",
            models.BooleanField(default=False, verbose_name="long connection"),
        ),
        migrations.AddField(
            "messengeraccount",
            "held_until",
            models.DateTimeField(
                default=django.utils.timezone.now,
                editable=False,
                help_text="Until then a process holds the connection, or waits to open it again.",
            ),
        ),
        migrations.AlterField(
            "channel",
            "kind",
            models.CharField(
                choices=[
                    ("chat", "chat page and widget"),
                    ("mail", "e-mail"),
                    ("telegram", "Telegram"),
                    ("feishu", "Feishu"),
                    ("wecom", "WeCom"),
                    ("dingtalk", "DingTalk"),
                ],
                default="chat",
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AddIndex(
            "messengeraccount",
            models.Index(
                condition=models.Q(("has_long_connection", True)),
                fields=["held_until"],
                name="messenger_connection_due",
            ),
        ),
    ]
