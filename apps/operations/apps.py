from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    name = "apps.operations"
    label = "operations"
    verbose_name = _("Operations")

    def ready(self) -> None:
        from apps.audit import presenters
        from apps.jobs import queues
        from apps.operations.deletion import archive, retention_rules  # noqa: F401  (they register)
        from apps.operations.deletion.selectors import export_files
        from apps.operations.prompts import evaluation_work  # noqa: F401  (it registers)
        from apps.operations.switches.selectors import switch_names
        from apps.vault.file_registry import register_files

        register_files(export_files)
        presenters.WORDS["queue"] = lambda name: queues.LABELS.get(name, name)
        presenters.WORDS["switch"] = lambda name: switch_names().get(name, name)
