import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Organisation
from apps.audit import anchors, services
from apps.audit.anchors import Anchor
from apps.operations.deletion.models import OrganisationDeletion


class Command(BaseCommand):
    help = (
        "Checks every organisation's audit trail: its hashes, that this installation wrote each line, and that it "
        "still holds what the anchors in AUDIT_ANCHOR_DIR and in the named files say. Fails when it does not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "files", nargs="*", help="anchors that you kept elsewhere, one a line as they came; - reads them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kept_elsewhere = [anchor for name in options["files"] for anchor in self._read(name)]
        organisations = list(Organisation.objects.order_by("slug"))
        problems = [
            f"{organisation.slug}: {problem}"
            for organisation in organisations
            for problem in self._problems(organisation, kept_elsewhere)
        ]
        # Whoever could delete an organisation's rows could delete its anchors with them, but not those kept elsewhere.
        organisation_ids = {str(organisation.pk) for organisation in organisations}
        lost = [anchor for anchor in kept_elsewhere if anchor.organisation not in organisation_ids]
        problems += [
            f"The organisation {anchor.organisation} of an anchor is gone, with its whole trail."
            for anchor in lost
            if not self._was_deleted(anchor)
        ]
        if problems:
            raise CommandError("\n".join(problems))

    def _problems(self, organisation: Organisation, kept_elsewhere: list[Anchor]) -> list[str]:
        own = anchors.kept_anchors(organisation.pk)
        own += [anchor for anchor in kept_elsewhere if anchor.organisation == str(organisation.pk)]
        problems = []
        if entry := services.verify(organisation):
            problems.append(f"line {entry.sequence} was changed, or the line before it is missing")
        if unmet := anchors.first_unmet(organisation.pk, own):
            problems.append(f"line {unmet.sequence} is not what it was at {unmet.at}, or is missing")
        unsigned_count = sum(not anchor.is_signed for anchor in own)
        if not problems:
            self.stdout.write(f"{organisation.slug}: unchanged, {len(own)} anchors are met")
        if unsigned_count:
            self.stdout.write(
                f"  {unsigned_count} of its anchors are not signed by any of today's FIELD_KEYS"
            )
        return problems

    def _was_deleted(self, anchor: Anchor) -> bool:
        """By an operator, who leaves a row that says where its trail ended."""
        deleted = OrganisationDeletion.objects.filter(
            organisation_id=anchor.organisation, state=OrganisationDeletion.State.DELETED
        ).first()
        if (
            deleted is None
            or deleted.ended_at is None
            or not anchor.meets(deleted.trail_sequence, deleted.trail_hash)
        ):
            return False
        self.stdout.write(
            f"{anchor.organisation}: deleted by an operator at {deleted.ended_at.isoformat(timespec='seconds')}, "
            f"its trail ended with line {deleted.trail_sequence}"
        )
        return True

    def _read(self, name: str) -> list[Anchor]:
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text()
            return list(anchors.read(text.splitlines()))
        except (OSError, ValueError) as error:
            raise CommandError(f"{name}: {error}") from error
