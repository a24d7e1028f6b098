from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LogAnalysisConfig(AppConfig):
    name = "apps.log_analysis"
    label = "log_analysis"
    verbose_name = _("Log analysis")

    def ready(self) -> None:
        from apps.inference.storage import register_bytes
        from apps.log_analysis.records import masked_values, organisation_records
        from apps.log_analysis.sources.selectors import sealed_files, stored_bytes
        from apps.privacy import outside_stores
        from apps.vault.file_registry import register_files

        register_files(sealed_files)
        register_files(masked_values.sealed_files)
        register_bytes(stored_bytes)
        register_bytes(masked_values.stored_bytes)
        outside_stores.register(organisation_records.LOG_RECORDS)
