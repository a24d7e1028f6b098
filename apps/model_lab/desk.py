from django.utils.translation import gettext_lazy as _

from apps.core.desks import Desk, KeyPreset, Page, Tab

VIEW, MANAGE = "model_lab.view", "model_lab.manage"

DESK = Desk(
    app="apps.model_lab",
    label=_("Model lab"),
    url_prefix="model-lab/",
    permissions={VIEW: _("Compare models and read exams"), MANAGE: _("Hold exams of models")},
    role_permissions={
        "admin": (VIEW, MANAGE),
        "operator": (VIEW, MANAGE),
        "analyst": (VIEW,),
    },
    jobs=("exams.evaluation_adapter", "side_by_side.services"),
    prompt_readers={"": MANAGE},
    key_presets=(KeyPreset("model_lab", _("Exams of models"), (VIEW, MANAGE, "jobs.view")),),
    resource_tabs=(
        Tab(
            _("Model lab"),
            (
                Page(_("Compare models"), "model_lab:cards", VIEW),
                Page(_("Exams"), "model_lab:evaluation:questions", VIEW),
                Page(_("Side by side"), "model_lab:side_by_side", "inference.use"),
                Page(_("Arena"), "model_lab:arena", VIEW),
                Page(_("Recommend a model"), "model_lab:recommendation", VIEW),
            ),
        ),
    ),
    audit_sentences={"model_comparison.deleted": _("Deleted a question asked side by side")},
    layers=(
        "urls : api_urls : apps",
        "recommendation",
        "cards : side_by_side",
        "exams",
    ),
)
