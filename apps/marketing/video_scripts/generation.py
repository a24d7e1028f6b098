"""A script as a model writes it and code holds it: openings one by one, then the shots behind the first good one."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop

from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from apps.marketing.briefs.models import Brief
from apps.marketing.briefs.services import LANGUAGE_NAMES
from apps.marketing.copywriting import drafts, mending
from apps.marketing.copywriting.angles import angle_instruction
from apps.marketing.copywriting.checks import has_errors, whole_text_violation
from apps.marketing.copywriting.drafts import Draft
from apps.marketing.video_scripts import checks, platforms
from apps.marketing.video_scripts.models import VideoScript
from apps.marketing.video_scripts.platforms import Pace, Platform
from apps.marketing.video_scripts.schemas import (
    HOOK_WORDS,
    MAX_PART_CHARACTERS,
    CorrectedShots,
    Hook,
    ShotList,
)
from apps.marketing.video_scripts.shots import (
    AUDIENCE_PARTS,
    PARTS,
    Shot,
    ShotReader,
    fit_seconds,
    shot_texts,
    with_texts,
)
from domain.marketing.copy_checks.catalogue import CatalogueFacts
from domain.marketing.copy_checks.check import Violation
from llm_backend.errors import OutputInvalid
from llm_backend.prompts import RenderedPrompt

PROMPTS = Path(__file__).parent / "prompts"
NO_HOOK = gettext_noop("The model did not return an opening")
NO_SHOTS = gettext_noop("The model did not return a shot list")
RESCALED = gettext_noop("The model's shots totalled %(found)d s and were scaled to %(limit)d s")
MENDED = gettext_noop("Sentences were removed automatically, or missing content was added at the end")
# A cut about every five seconds is what viewers of short videos are used to.
SHOT_SECONDS = 5
MAX_MUSIC_CHARACTERS = 200
SPOKEN_NAMES = {"zh": "Chinese characters", "en": "words"}


@dataclass
class ScriptDraft(Draft):
    """`proposed_seconds`: what the model's own times add up to."""

    shots: list[Shot] = field(default_factory=list)
    music: str = ""
    proposed_seconds: int = 0


@dataclass(frozen=True)
class Writer:
    """Who asks, for what: the same for every part of a script."""

    run: JobRun
    script: VideoScript
    facts: CatalogueFacts

    @property
    def brief(self) -> Brief:
        return self.script.brief

    @property
    def platform(self) -> Platform:
        return platforms.platform(self.script.platform)

    @property
    def pace(self) -> Pace:
        return platforms.pace(self.brief.language)

    def context(self, *rules: str) -> dict[str, Any]:
        """What every prompt is told."""
        return {
            "language": LANGUAGE_NAMES[self.brief.language],
            "platform": self.platform.name_en,
            "rules": [*rules, *drafts.brand_rules(self.facts)],
            "product": self.facts.product,
            "facts": drafts.fact_lines(self.facts),
        }

    def wishes(self) -> dict[str, Any]:
        """What the first prompts are told besides."""
        brief = self.brief
        return {
            "audience": brief.audience,
            "goal": brief.goal,
            "voice": brief.voice,
            "must_not_say": self.facts.must_not_say,
        }


def write_hook(writer: Writer, angle: str, others: Sequence[Shot]) -> Draft:
    """An opening, repaired at most twice. `others`: those that it must not repeat."""
    run, length = writer.run, min(checks.MAX_HOOK_SECONDS, writer.script.seconds // 2)
    texts_of_others = [shot_texts([other], AUDIENCE_PARTS) for other in others]
    spoken = SPOKEN_NAMES[writer.brief.language]
    context = writer.context(
        f"voice_over: at most {writer.pace.max_spoken(length)} {spoken}",
        f"on_screen: at most {writer.pace.max_on_screen(length)} half-width units, a Chinese character counts as two",
    )

    def ask(prompt: RenderedPrompt) -> Draft:
        names = [drafts.prompt_id(prompt)]
        try:
            answer = inference.stream_structured(run, prompt, Hook, HOOK_WORDS).value
        except OutputInvalid:
            return Draft({}, [whole_text_violation("no_hook", NO_HOOK)], prompts=names)
        return checked(_bounded(length, answer.model_dump()), names)

    def checked(hook: Shot, names: list[str]) -> Draft:
        found = checks.check_hook(hook, pace=writer.pace, facts=writer.facts, others=texts_of_others)
        return Draft(shot_texts([hook]), found, prompts=names)

    def mend(draft: Draft) -> Draft:
        """As many whole clauses as there is time for: small models write more, however often they are told."""
        (hook,) = with_texts([Shot(length)], draft.texts)
        texts = {key: text for key, text in shot_texts([hook], AUDIENCE_PARTS).items() if text}
        rules = checks.script_rules([hook], writer.pace)
        rules = replace(rules, fields=tuple(each for each in rules.fields if each.key in texts))
        facts = replace(writer.facts, must_say=())
        texts = mending.mend(texts, draft.violations, rules, facts) if texts else texts
        mended = checked(with_texts([hook], texts)[0], draft.prompts)
        # Without its sentence it is no opening.
        is_worse = mended.errors_count or not mended.texts["1.voice_over"]
        return draft if is_worse else replace(mended, is_mended=True)

    def repair(draft: Draft, problems: list[str]) -> Draft:
        texts = json.dumps(draft.texts, ensure_ascii=False)
        return ask(
            prompts.load(run.job.organisation, PROMPTS / "repair_hook.md").render(
                **context, texts=texts, problems=problems
            )
        )

    first = prompts.load(run.job.organisation, PROMPTS / "write_hook.md").render(
        **context,
        **writer.wishes(),
        angle=angle_instruction(angle),
        openings=[other.voice_over for other in others],
    )
    return drafts.best_draft(run, ask(first), repair, mend)


def write_shots(writer: Writer, hook: Shot | None) -> ScriptDraft:
    """The script that begins with `hook`, its times fitted, repaired at most twice and mended."""
    script, opening = writer.script, [hook] if hook else []
    rest = script.seconds - sum(shot.seconds for shot in opening)
    count = max(rest // SHOT_SECONDS, 1)
    spoken, room = SPOKEN_NAMES[writer.brief.language], writer.pace.spoken
    context = writer.context(
        f"voice_over: at most {room} {spoken} for each second of the shot",
        f"on_screen: at most {writer.pace.line} half-width units, a Chinese character counts as two",
    )
    prompt = prompts.load(writer.run.job.organisation, PROMPTS / "write_shots.md").render(
        **context,
        **writer.wishes(),
        must_say=writer.facts.must_say,
        aspect_ratio=writer.platform.aspect_ratio,
        seconds=max(rest, 1),
        count=count,
        opening=json.dumps(hook.dump(), ensure_ascii=False) if hook else "",
    )
    names = [drafts.prompt_id(prompt)]
    try:
        answer = inference.extract(writer.run, prompt, ShotList, begin_reading=_shows_shots(writer.run))
    except OutputInvalid:
        return ScriptDraft({}, [whole_text_violation("no_shots", NO_SHOTS)], prompts=names)
    written = [_bounded(each.seconds, each.model_dump()) for each in answer.shots]
    # A second for each shot at least: what is more than that has no room.
    shots = [*opening, *written][: script.seconds]
    first = _checked(writer, shots, answer.music, names)
    first.proposed_seconds = sum(shot.seconds for shot in [*opening, *written])

    def repair(draft: ScriptDraft, problems: list[str]) -> ScriptDraft:
        return _corrected(writer, draft, context, problems)

    best = drafts.best_draft(writer.run, first, repair, lambda draft: _mended(writer, draft))
    if best.is_mended:
        best.violations.append(whole_text_violation("mended", MENDED, severity="warning"))
    if first.proposed_seconds != script.seconds:
        values = {"found": first.proposed_seconds, "limit": script.seconds}
        best.violations.append(whole_text_violation("rescaled", RESCALED, severity="warning", **values))
    return best


def _corrected(
    writer: Writer, draft: ScriptDraft, context: dict[str, Any], problems: list[str]
) -> ScriptDraft:
    """The draft with the shots that the model wrote anew; it is asked for those alone."""
    numbered = [
        json.dumps({"number": number, **shot.dump()}, ensure_ascii=False)
        for number, shot in enumerate(draft.shots, start=1)
    ]
    prompt = prompts.load(writer.run.job.organisation, PROMPTS / "repair_shots.md").render(
        **context, must_say=writer.facts.must_say, shots=numbered, problems=problems
    )
    names = [drafts.prompt_id(prompt)]
    try:
        answer = inference.extract(writer.run, prompt, CorrectedShots)
    except OutputInvalid:
        return replace(draft, prompts=names)
    texts = {
        f"{shot.number}.{part}": getattr(shot, part).strip()[:MAX_PART_CHARACTERS]
        for shot in answer.shots
        for part in PARTS
    }
    return _checked(writer, with_texts(draft.shots, texts), draft.music, names)


def _mended(writer: Writer, draft: ScriptDraft) -> ScriptDraft:
    """Without the sentences that are wrong, and with what is missing; as it was where that is not enough."""
    mended = draft
    for _round in range(2):
        shots = [replace(shot, picture=shot.picture or writer.facts.product) for shot in mended.shots]
        texts = {key: text for key, text in shot_texts(shots, AUDIENCE_PARTS).items() if text}
        rules = checks.script_rules(shots, writer.pace)
        # What is missing is named where something stands already: a silent shot stays silent.
        rules = replace(rules, fields=tuple(each for each in rules.fields if each.key in texts))
        if texts:
            texts = mending.mend(texts, mended.violations, rules, writer.facts)
        mended = _checked(writer, with_texts(shots, texts), draft.music, draft.prompts)
        if not has_errors(mended.violations):
            return replace(mended, is_mended=True)
    return draft


def _checked(writer: Writer, shots: list[Shot], music: str, names: list[str]) -> ScriptDraft:
    """With times that add up to the length that was asked for."""
    fitted = fit_seconds(shots, writer.script.seconds, writer.pace)
    music = " ".join(music.split())[:MAX_MUSIC_CHARACTERS]
    found: list[Violation] = checks.check_script(
        fitted,
        music=music,
        seconds=writer.script.seconds,
        platform=writer.platform,
        pace=writer.pace,
        facts=writer.facts,
    )
    return ScriptDraft(shot_texts(fitted), found, prompts=names, shots=fitted, music=music)


def _bounded(seconds: int, parts: dict[str, Any]) -> Shot:
    texts = {part: " ".join(str(parts[part]).split())[:MAX_PART_CHARACTERS] for part in PARTS}
    return Shot(seconds, **texts)


def _shows_shots(run: JobRun) -> Callable[[], Callable[[str], None]]:
    """Followers see each shot when it is written; an answer that begins anew takes the earlier rows away."""

    def begin() -> Callable[[str], None]:
        reader = ShotReader()
        run.event("shots")

        def read(text: str) -> None:
            for shot in reader.feed(text):
                parts = {part: str(shot.get(part, ""))[:MAX_PART_CHARACTERS] for part in PARTS}
                run.event("shot", seconds=str(shot.get("seconds", ""))[:4], **parts)

        return read

    return begin
