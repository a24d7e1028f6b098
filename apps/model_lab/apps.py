from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModelLabConfig(AppConfig):
    name = "apps.model_lab"
    label = "model_lab"
    verbose_name = _("Model lab")
