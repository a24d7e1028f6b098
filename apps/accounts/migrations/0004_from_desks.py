import apps.accounts.permissions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_sealed_second_factors'),
    ]

    operations = [
        migrations.AlterField(
            model_name='invitation',
            name='role',
            field=models.CharField(choices=apps.accounts.permissions.role_choices, max_length=20, verbose_name='role'),
        ),
        migrations.AlterField(
            model_name='membership',
            name='role',
            field=models.CharField(choices=apps.accounts.permissions.role_choices, max_length=20, verbose_name='role'),
        ),
    ]
