import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inference', '0002_purpose_of_the_assistant'),
    ]

    operations = [
        migrations.AddField(
            model_name='endpoint',
            name='cached_input_price',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=10, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='price per million cached input tokens'),
        ),
        migrations.AddField(
            model_name='inferencecall',
            name='cached_tokens',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
