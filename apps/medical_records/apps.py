from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class MedicalRecordsConfig(AppConfig):
    name = "apps.medical_records"
    label = "medical_records"
    verbose_name = _("Medical records")

    def ready(self) -> None:
        from apps.medical_records import checks
        from apps.medical_records.exports import outward  # noqa: F401  (told of signatures)
        from apps.medical_records.patients import departments  # noqa: F401  (registers what owners confirm)

        register(checks.learnt_files)
