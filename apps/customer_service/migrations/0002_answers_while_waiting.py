from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customer_service", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="conversation", name="only_the_bot_owes_an_answer"),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                name="only_the_bot_owes_an_answer",
                condition=models.Q(("answer_job__isnull", True), models.Q(("answered_by", "person"), _negated=True), _connector="OR"),
            ),
        ),
    ]
