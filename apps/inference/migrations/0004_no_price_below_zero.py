from decimal import Decimal

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inference', '0003_price_of_cached_input'),
    ]

    operations = [
        migrations.AlterField(
            model_name='endpoint',
            name='input_price',
            field=models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=10, validators=[django.core.validators.MinValueValidator(0)], verbose_name='price per million input tokens'),
        ),
        migrations.AlterField(
            model_name='endpoint',
            name='output_price',
            field=models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=10, validators=[django.core.validators.MinValueValidator(0)], verbose_name='price per million output tokens'),
        ),
    ]
