"""What was called a curated answer is a saved answer, in tables, columns and a constraint. Nothing is dropped."""

from django.db import migrations, models

OLD, NEW = "curated_question_text", "saved_answer_question_text"
RENAME = "ALTER TABLE customer_service_savedanswerquestion RENAME CONSTRAINT {0} TO {1}"


class Migration(migrations.Migration):
    dependencies = [("customer_service", "0003_turns_are_messages")]

    operations = [
        # Names the column that is renamed; PostgreSQL follows by itself.
        migrations.SeparateDatabaseAndState([], [migrations.RemoveConstraint("curatedquestion", OLD)]),
        migrations.RenameModel("CuratedAnswer", "SavedAnswer"),
        migrations.RenameModel("CuratedQuestion", "SavedAnswerQuestion"),
        migrations.RenameField("savedanswerquestion", "curated_answer", "saved_answer"),
        migrations.RenameField("message", "curated_answer", "saved_answer"),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(RENAME.format(OLD, NEW), RENAME.format(NEW, OLD))],
            [
                migrations.AddConstraint(
                    "savedanswerquestion",
                    models.UniqueConstraint(fields=["saved_answer", "text"], name=NEW),
                )
            ],
        ),
    ]
