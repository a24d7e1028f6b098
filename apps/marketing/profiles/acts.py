"""What is done with people, their imports, segments and groups at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, delete_act
from apps.marketing.profiles import clustering, imports, questions, segmentation, selectors, services
from apps.marketing.profiles.forms import KeepClusterForm, SegmentQuestionForm

ERASE_PERSON = Act(
    services.erase_person,
    selectors.people_list,
    at="people/<uuid:person_id>/erase/",
    label=_("Erase person"),
    icon="trash",
    look="danger",
    confirm=_("Erase this person and all their data? This cannot be undone."),
    success=_("The person and all their data were erased."),
    back="marketing:people",
)
START_PEOPLE_IMPORT = Act(imports.start_import, selectors.import_list)
DELETE_PEOPLE_IMPORT = delete_act(
    imports.delete_import,
    selectors.import_list,
    at="people/imports/<uuid:people_import_id>/delete/",
    confirm=_("Delete this import? Imported people are kept."),
    success=_("Deleted."),
    back="marketing:people_imports",
)
ASK_SEGMENT = Act(
    questions.ask,
    form=SegmentQuestionForm,
    at="segments/ask/",
    back="marketing:segments",
    then=lambda question: question,
)
DELETE_SEGMENT = delete_act(
    segmentation.delete_segment,
    selectors.segment_list,
    at="segments/<uuid:segment_id>/delete/",
    confirm=_("Delete this segment? Its people are kept."),
    success=_("Deleted."),
    back="marketing:segments",
)
KEEP_CLUSTER = Act(
    clustering.keep_cluster,
    selectors.clustering_list,
    at="segments/groups/<uuid:people_clustering_id>/keep/",
    form=KeepClusterForm,
    success=_("Saved. Computing members…"),
    then=lambda segment: segment,
)
