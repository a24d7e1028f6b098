"""What people and other systems do with video scripts: have one written, choose its opening, change it, delete it."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.marketing.briefs import selectors as briefs
from apps.marketing.briefs.contradictions import require_consistent
from apps.marketing.briefs.models import Brief
from apps.marketing.copywriting import angles, drafts
from apps.marketing.copywriting.checks import has_errors, stored
from apps.marketing.video_scripts import checks, generation, platforms, selectors
from apps.marketing.video_scripts.generation import MAX_MUSIC_CHARACTERS, Writer
from apps.marketing.video_scripts.models import VideoScript
from apps.marketing.video_scripts.schemas import MAX_PART_CHARACTERS, MAX_SHOTS
from apps.marketing.video_scripts.shots import PARTS, Shot, fit_seconds, needed_seconds
from domain.marketing.copy_checks.check import Violation

MAX_HOOKS = 6

WRITE_SCRIPT = JobType(
    "marketing.write_script",
    queue="interactive",
    label=_("Write a video script"),
    stages={"opening": _("Writing openings"), "shots": _("Writing shots")},
    may_see=holders_of("marketing.use"),
    subject=selectors.of_scripts,
)


@requires_permission("marketing.use")
@transaction.atomic
def request_script(actor: Actor, brief: Brief, *, platform: str, seconds: int, hooks: int) -> VideoScript:
    """Queues a script with so many openings to choose from. Raises InvalidInput for a brief that nothing could keep to."""
    require_consistent(brief)
    script = VideoScript(
        organisation=actor.organisation,
        brief=brief,
        platform=platform,
        seconds=seconds,
        member=actor.responsible_member,
    )
    script.job = jobs.create_row_job(actor, WRITE_SCRIPT, script, hooks=hooks)
    script.save(force_insert=True)
    details = {"platform": platform, "seconds": seconds}
    audit.record(actor, action="video_script.created", target=script, details=details)
    return script


@WRITE_SCRIPT.service
def write_script(run: JobRun, *, video_script_id: str, hooks: int) -> dict[str, Any]:
    """Writes the openings, each kept when it is done so that a later attempt goes on, and then the shots."""
    script = selectors.script_list(run.job.organisation).get(pk=video_script_id)
    writer = Writer(run, script, briefs.brief_facts(script.brief))
    for number, angle in enumerate(_angles(script, hooks)):
        run.stage("opening")
        run.progress(number, hooks + 1)
        if number >= len(script.hooks):
            _write_hook(writer, angle)
    run.stage("shots")
    run.progress(hooks, hooks + 1)
    good = [Shot.load(each) for each in script.hooks if not has_stored_errors(each["violations"])]
    draft = generation.write_shots(writer, good[0] if good else None)
    model, cost, _last = drafts.calls_of(run, after=None)
    script.shots, script.music = [shot.dump() for shot in draft.shots], draft.music
    script.violations, script.model, script.cost = stored(draft.violations), model, cost
    script.prompt = " ".join(dict.fromkeys([*script.prompt.split(), *draft.prompts]))[:200]
    script.status = VideoScript.Status.DROPPED if draft.errors_count else VideoScript.Status.READY
    result = {"video_script": str(script.pk), "shots": len(script.shots), "status": script.status}
    with run.finishing(result):
        script.save(update_fields=["shots", "music", "violations", "model", "cost", "prompt", "status"])
    return result


def check_script(script: VideoScript, shots: Sequence[Shot], music: str) -> list[Violation]:
    """What the checks find in what is being typed; nothing is stored and no model is asked."""
    return checks.check_script(
        shots,
        music=music,
        seconds=script.seconds,
        platform=platforms.platform(script.platform),
        pace=platforms.pace(script.brief.language),
        facts=briefs.brief_facts(script.brief),
    )


@requires_permission("marketing.use")
@transaction.atomic
def change_script(
    actor: Actor, script: VideoScript, *, shots: Sequence[Shot], music: str, version: int
) -> VideoScript:
    """Stores what a person made of it, with what is wrong. Raises Conflict where somebody else changed it."""
    script = _locked(script, version)
    require_bounded(shots, music)
    _store(actor, script, shots, music)
    return script


@requires_permission("marketing.use")
@transaction.atomic
def choose_hook(actor: Actor, script: VideoScript, *, hook: int, version: int) -> VideoScript:
    """Swaps the first shot's picture and words for those of an opening; the other shots give it the seconds it takes.
    Raises InvalidInput for an opening that there is not, and Conflict for one that breaks a rule by now.
    """
    script = _locked(script, version)
    if not 0 <= hook < len(script.hooks):
        raise InvalidInput(fields={"hook": [_("Opening not found.")]})
    chosen = Shot.load(script.hooks[hook])
    others = selectors.shots(script)
    own_pace = platforms.pace(script.brief.language)
    found = checks.check_hook(chosen, pace=own_pace, facts=briefs.brief_facts(script.brief), others=())
    if has_errors(found):
        raise Conflict(_("This opening now breaks a rule. Choose another."), code="hook_breaks_rules")
    first = others[:1] or [chosen]
    new = Shot(
        max(first[0].seconds, needed_seconds(chosen, own_pace)),
        **{part: getattr(chosen, part) for part in PARTS},
    )
    _store(actor, script, fit_seconds([new, *others[1:]], script.seconds, own_pace), script.music)
    return script


@requires_permission("marketing.use")
@transaction.atomic
def delete_script(actor: Actor, script: VideoScript) -> None:
    if script.job and script.is_under_way:
        # Its worker would go on writing into a row that is gone.
        jobs.cancel_if_running(script.job)
    if script.voice_job and script.is_being_read:
        jobs.cancel_if_running(script.voice_job)
    audit.record(actor, action="video_script.deleted", target=script, details={"platform": script.platform})
    script.delete()


def fitted(script: VideoScript, shots: Sequence[Shot]) -> list[Shot]:
    """The shots with times that add up to the script's length."""
    return fit_seconds(shots, script.seconds, platforms.pace(script.brief.language))


def require_bounded(shots: Sequence[Shot], music: str) -> None:
    """Raises InvalidInput for more than a script may be at all; what its platform forbids is said by the checks."""
    if not shots or len(shots) > MAX_SHOTS:
        raise InvalidInput(fields={"shots": [_("A script has 1 to %(count)d shots.") % {"count": MAX_SHOTS}]})
    is_long = any(len(getattr(shot, part)) > MAX_PART_CHARACTERS for shot in shots for part in PARTS)
    if is_long or len(music) > MAX_MUSIC_CHARACTERS:
        reason = _("The text is too long: at most %(limit)d characters.") % {"limit": MAX_PART_CHARACTERS}
        raise InvalidInput(fields={"shots": [reason]})


def has_stored_errors(violations: Sequence[dict[str, Any]]) -> bool:
    return any(each["severity"] == "error" for each in violations)


def _angles(script: VideoScript, hooks: int) -> list[str]:
    """A second script of a brief goes on with the angles that the first one left."""
    earlier = selectors.script_list(script.organisation).filter(brief=script.brief, pk__lt=script.pk).count()
    names = angles.NAMES
    return [names[(earlier * hooks + number) % len(names)] for number in range(min(hooks, MAX_HOOKS))]


def _write_hook(writer: Writer, angle: str) -> None:
    script, run = writer.script, writer.run
    run.event("hook", angle=angle)
    written = [Shot.load(each) for each in script.hooks]
    draft = generation.write_hook(writer, angle, written)
    parts = {part: draft.texts.get(f"1.{part}", "") for part in PARTS}
    length = needed_seconds(Shot(1, **parts), writer.pace)
    hook = {"angle": angle, "seconds": length, **parts, "violations": stored(draft.violations)}
    script.hooks = [*script.hooks, hook]
    script.prompt = " ".join(dict.fromkeys([*script.prompt.split(), *draft.prompts]))[:200]
    script.save(update_fields=["hooks", "prompt"])
    run.event("verdict", status="dropped" if draft.errors_count else "ready")


def _store(actor: Actor, script: VideoScript, shots: Sequence[Shot], music: str) -> None:
    script.shots, script.music = [shot.dump() for shot in shots], music
    script.violations = stored(check_script(script, shots, music))
    # A person made it theirs: what was dropped is a script again.
    script.status = VideoScript.Status.READY
    script.version += 1
    script.save(update_fields=["shots", "music", "violations", "status", "version"])
    details = {"platform": script.platform}
    audit.record(actor, action="video_script.changed", target=script, details=details)


def _locked(script: VideoScript, version: int) -> VideoScript:
    rows = VideoScript.objects.within(script.organisation_id).select_for_update(of=("self",))
    script = rows.select_related("brief", "job").get(pk=script.pk)
    if script.is_under_way:
        raise Conflict(_("Still generating. Edit it once it is done."), code="under_way")
    if script.version != version:
        raise Conflict(_("This script was changed by someone else. Reload it."), code="changed_meanwhile")
    return script
