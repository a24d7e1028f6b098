"""What is done with apps and runs at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, delete_act, page_of
from apps.workbench import evaluation, reading_accounts, selectors, services
from apps.workbench.forms import SeenForm, ShippedAppForm, SuggestionsForm

ADD_SHIPPED_APP = Act(
    services.add_shipped_app,
    form=ShippedAppForm,
    at="shipped/add/",
    success=_("Added and published. You can change it as your own."),
    back="workbench:apps",
    label=_("Add"),
    icon="plus",
)
EVALUATE_APP = Act(
    evaluation.start_evaluation,
    selectors.app_list,
    at="<uuid:app_id>/evaluate/",
    back=page_of("workbench:edit_app"),
    then=lambda made: made,
    label=_("Evaluate"),
    icon="gauge",
)
STOP_EVALUATION = Act(
    evaluation.stop_evaluation,
    selectors.evaluation_list,
    at="evaluations/<uuid:app_evaluation_id>/stop/",
    success=_("The evaluation was stopped."),
    label=_("Stop"),
    icon="stop",
)
PUBLISH_APP = Act(
    services.publish_app,
    selectors.app_list,
    at="<uuid:app_id>/publish/",
    back=page_of("workbench:edit_app"),
    then=lambda version: version.app,
    success=_("Published."),
    label=_("Publish"),
    icon="check",
    look="primary",
)
DISCARD_DRAFT = Act(
    services.discard_draft,
    selectors.app_list,
    form=SeenForm,
    at="<uuid:app_id>/discard/",
    back=page_of("workbench:edit_app"),
    success=_("The draft was discarded. You see the published version."),
    label=_("Discard the draft"),
    icon="trash",
    look="danger",
    confirm=_("Discard this draft?\nThe published version stays as it is."),
)
ROLL_BACK_APP = Act(
    services.roll_back,
    selectors.versions_within,
    at="versions/<uuid:app_version_id>/use/",
    success=_("This text is published again, as a new version."),
    back=lambda version: version.app,
    label=_("Use again"),
    icon="retry",
    confirm=_("Publish this earlier version again?"),
)
TAKE_ACCOUNT_BACK = Act(
    reading_accounts.take_account_back,
    selectors.app_list,
    at="<uuid:app_id>/account/take-back/",
    back=page_of("workbench:reading_account"),
    success=_("Documents are read with the rights of the person who runs the app."),
    label=_("Take back"),
    icon="close",
)
DELETE_APP = delete_act(
    services.delete_app,
    selectors.app_list,
    at="<uuid:app_id>/delete/",
    success=_("The app was deleted."),
    back="workbench:apps",
)
ACCEPT_SUGGESTIONS = Act(
    services.accept_suggestions,
    find=selectors.own_run,
    form=SuggestionsForm,
    at="runs/<uuid:app_run_id>/suggestions/",
    success=_("The text has the changes that you accepted."),
)
STOP_APP_RUN = Act(
    services.stop_run,
    find=selectors.own_run,
    at="runs/<uuid:app_run_id>/stop/",
    label=_("Stop"),
    icon="stop",
)
DELETE_APP_RUN = delete_act(
    services.delete_run,
    find=selectors.own_run,
    at="runs/<uuid:app_run_id>/delete/",
    success=_("The run was deleted."),
    back="workbench:app_runs",
    confirm=_("Delete this run with its inputs and results?"),
)
