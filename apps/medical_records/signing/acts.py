"""What is done with a record at the press of a button: reviewing, returning, signing and amending it."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.medical_records.records import services
from apps.medical_records.records.forms import AmendmentForm, ReturnForm, RevisionForm, SignatureForm
from apps.medical_records.records.selectors import record_of
from apps.medical_records.signing import services as signing

RECORD = "records/<uuid:medical_record_id>/"
record_act = partial(Act, find=record_of, back=page_of("medical_records:record"))
REVIEW_RECORD = record_act(
    services.mark_reviewed, at=f"{RECORD}review/", form=RevisionForm, success=_("Reviewed. Ready to sign.")
)
TAKE_NEWEST_DRAFT = record_act(
    services.take_newest_draft,
    at=f"{RECORD}newest-draft/",
    form=RevisionForm,
    label=_("Use newer draft"),
    confirm=_("Discard the edits and use the newer draft?"),
    success=_("Showing the newer draft."),
)
RETURN_RECORD = record_act(
    services.return_to_author, at=f"{RECORD}return/", form=ReturnForm, success=_("Draft returned.")
)
SIGN_RECORD = record_act(
    signing.sign, at=f"{RECORD}sign/", form=SignatureForm, success=_("Signed and locked.")
)
AMEND_RECORD = record_act(
    signing.begin_amendment,
    at=f"{RECORD}amend/",
    form=AmendmentForm,
    success=_("You are editing a copy. The signed version remains valid until you sign the amendment."),
)
DISCARD_AMENDMENT = record_act(
    signing.discard_amendment,
    at=f"{RECORD}discard/",
    form=RevisionForm,
    label=_("Discard amendment"),
    look="danger quiet block",
    confirm=_("Discard this amendment? Its changes are lost; the signed version remains valid."),
    success=_("Amendment discarded. The signed version remains valid."),
)
RETRY_RECORD = record_act(
    services.retry_draft,
    at=f"{RECORD}retry/",
    label=_("Draft again"),
    icon="retry",
    look="primary",
    success=_("Drafting again."),
)
