"""What was called a turn is a message, in tables, columns, indexes and constraints. Nothing is dropped but the trigger, which
is made anew because it names the table."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models
from django.db.models import Q

# Inputs are a service's arguments, by their names; what waits or failed may still run.
RENAME_INPUT = """
    UPDATE jobs_job SET inputs = inputs - '{old}' || jsonb_build_object('{new}', inputs -> '{old}')
    WHERE kind IN ('customer_service.answer_message', 'customer_service.copilot') AND inputs ? '{old}'
"""


BOT_AND_PERSON_NEVER_BOTH = """
    SELECT answered_by, answer_job_id INTO standing
    FROM customer_service_conversation WHERE id = NEW.conversation_id;
    IF NEW.author = 'bot' AND standing.answered_by = 'person' THEN
        RAISE EXCEPTION 'a person answers this conversation, the bot must not' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.author = 'agent' AND standing.answer_job_id IS NOT NULL THEN
        RAISE EXCEPTION 'the bot still owes an answer here' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


def renamed_constraint(
    old: str, new: str, kind: str, constraint: models.BaseConstraint
) -> migrations.SeparateDatabaseAndState:
    """`kind` of PostgreSQL: a unique constraint with a condition is only an index there."""
    statement = {
        "constraint": "ALTER TABLE customer_service_message RENAME CONSTRAINT {0} TO {1}",
        "index": "ALTER INDEX {0} RENAME TO {1}",
    }[kind]
    return migrations.SeparateDatabaseAndState(
        [migrations.RunSQL(statement.format(old, new), statement.format(new, old))],
        [
            migrations.RemoveConstraint("message", old),
            migrations.AddConstraint("message", constraint),
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("customer_service", "0002_answers_while_waiting"), ("jobs", "0001_initial")]

    operations = [
        pgtrigger.migrations.RemoveTrigger("turn", "bot_and_person_never_both"),
        # Names the column that the next but one renames; PostgreSQL follows by itself.
        migrations.SeparateDatabaseAndState([], [migrations.RemoveConstraint("citation", "citation_number")]),
        migrations.RenameModel("Turn", "Message"),
        migrations.RenameField("conversation", "turn_count", "message_count"),
        migrations.RenameField("citation", "turn", "message"),
        migrations.RenameField("attachment", "turn", "message"),
        migrations.RenameField("outgoingmessage", "turn", "message"),
        migrations.RenameField("messageunderstanding", "turn", "message"),
        # `message` would be `message_id` in the table, which is what mail calls its own names.
        migrations.RenameField("mailmessage", "turn", "visitor_message"),
        migrations.SeparateDatabaseAndState(
            [],
            [
                migrations.AddConstraint(
                    "citation", models.UniqueConstraint(fields=["message", "number"], name="citation_number")
                )
            ],
        ),
        migrations.RenameIndex("message", new_name="message_of_visitor", old_name="turn_of_visitor"),
        renamed_constraint(
            "turn_ordinal",
            "message_ordinal",
            "constraint",
            models.UniqueConstraint(fields=["conversation", "ordinal"], name="message_ordinal"),
        ),
        renamed_constraint(
            "turn_idempotency_key",
            "message_idempotency_key",
            "index",
            models.UniqueConstraint(
                fields=["organisation", "idempotency_key"],
                name="message_idempotency_key",
                condition=Q(idempotency_key__isnull=False),
            ),
        ),
        migrations.AlterField(
            "message",
            "conversation",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="customer_service.conversation",
            ),
        ),
        migrations.AlterField(
            "message",
            "curated_answer",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="messages",
                to="customer_service.curatedanswer",
            ),
        ),
        migrations.AlterField(
            "conversation",
            "context_from",
            models.PositiveIntegerField(
                default=0,
                help_text="Messages up to this one belong to what was resolved; the assistant forgets them.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            "message",
            pgtrigger.compiler.Trigger(
                name="bot_and_person_never_both",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="""WHEN (NEW."author" IN ('bot', 'agent'))""",
                    declare="DECLARE standing RECORD;",
                    func=BOT_AND_PERSON_NEVER_BOTH,
                    hash="27540357144bb43bd1a97a7e76fef7e093b58a9e",
                    operation="INSERT",
                    pgid="pgtrigger_bot_and_person_never_both_6e162",
                    table="customer_service_message",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(
            RENAME_INPUT.format(old="turn_id", new="message_id"),
            RENAME_INPUT.format(old="message_id", new="turn_id"),
            elidable=True,
        ),
    ]
