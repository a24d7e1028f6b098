from functools import partial

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.jobs.models import Job
from apps.operations.deletion import services
from apps.operations.deletion.models import OrganisationDeletion, OrganisationExport
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RULE_SECONDS, RetentionRule

retention_rules.register(
    RetentionRule(
        "organisation_exports",
        _("Archives of everything the organisation has"),
        _("Organisation"),
        # One that no deletion followed is not kept longer than one that it did.
        days=max(1, 2 * settings.ORGANISATION_DELETION_DAYS),
        rows=switches.of_open(OrganisationExport.objects.filter(job__state__in=Job.TERMINAL)),
        since="created_at",
        erase_row=services.delete_export,
    ),
    RetentionRule(
        "closed_organisations",
        rows=OrganisationDeletion.objects.under_way(),
        until="due_at",
        erase_row=partial(services.advance, seconds=RULE_SECONDS),
        is_requested=True,
    ),
)
