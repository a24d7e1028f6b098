"""What is done with a record at the press of a button: reviewing, returning, signing and amending it."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.medical_records.records import services
from apps.medical_records.records.forms import AmendmentForm, ReturnForm, RevisionForm, SignatureForm
from apps.medical_records.records.selectors import record_of
from apps.medical_records.signing import services as signing

RECORD = "records/<uuid:medical_record_id>/"
RECORD_PAGE = page_of("medical_records:record")
REVIEW_RECORD = Act(
    services.mark_reviewed,
    find=record_of,
    at=f"{RECORD}review/",
    form=RevisionForm,
    success=_("Reviewed. Ready to sign."),
    back=RECORD_PAGE,
)
TAKE_NEWEST_DRAFT = Act(
    services.take_newest_draft,
    find=record_of,
    at=f"{RECORD}newest-draft/",
    form=RevisionForm,
    label=_("Use newer draft"),
    confirm=_("Discard the edits and use the newer draft?"),
    success=_("Showing the newer draft."),
    back=RECORD_PAGE,
)
RETURN_RECORD = Act(
    services.return_to_author,
    find=record_of,
    at=f"{RECORD}return/",
    form=ReturnForm,
    success=_("Draft returned."),
    back=RECORD_PAGE,
)
SIGN_RECORD = Act(
    signing.sign,
    find=record_of,
    at=f"{RECORD}sign/",
    form=SignatureForm,
    success=_("Signed and locked."),
    back=RECORD_PAGE,
)
AMEND_RECORD = Act(
    signing.begin_amendment,
    find=record_of,
    at=f"{RECORD}amend/",
    form=AmendmentForm,
    success=_("You are editing a copy. The signed version remains valid until you sign the amendment."),
    back=RECORD_PAGE,
)
DISCARD_AMENDMENT = Act(
    signing.discard_amendment,
    find=record_of,
    at=f"{RECORD}discard/",
    form=RevisionForm,
    label=_("Discard amendment"),
    look="quiet block",
    confirm=_("Discard this amendment? Its changes are lost; the signed version remains valid."),
    success=_("Amendment discarded. The signed version remains valid."),
    back=RECORD_PAGE,
)
RETRY_RECORD = Act(
    services.retry_draft,
    find=record_of,
    at=f"{RECORD}retry/",
    label=_("Draft again"),
    icon="retry",
    look="primary",
    success=_("Drafting again."),
    back=RECORD_PAGE,
)
