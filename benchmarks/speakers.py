"""How often doctor and patient are told apart with the labels taken off. No model is asked.

`--data` names a directory of dialogues, or several. Utterances of other people and without a label do not count.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals
from benchmarks.clinical_talks import Talk, talks
from domain.clinical.transcripts.speakers import guess_speakers
from domain.clinical.transcripts.transcript import ClinicalTranscript

COMMAND = "eval speakers"
_SURE = 0.9


def run(data: Annotated[Sequence[Path], "directories with dialogues"]) -> dict[str, Any]:
    told: dict[str, list[list[tuple[bool, float]]]] = defaultdict(list)
    for path in data:
        for talk in talks(path):
            kind = "asr" if "asr" in talk.file else ""
            told[f"{path.name} {kind}".strip()].append(_guesses(talk))
    everything = [each for dialogues in told.values() for each in dialogues]
    utterances = sum(map(len, everything))
    if not utterances:
        raise SystemExit("There are no labelled dialogues in the directories of --data.")
    sure = [[pair for pair in each if pair[1] >= _SURE] for each in everything]
    by_set = {name: _accuracy("accuracy", dialogues) for name, dialogues in told.items()}
    return {
        "model": "rules",
        "trained_on": [],
        "tested_on": [f"{path.name}/" for path in data],
        **_accuracy("accuracy", everything),
        "utterances": utterances,
        **intervals.by_group("by_set", by_set, of="accuracy"),
        **intervals.share("sure_share", map(len, sure), map(len, everything)),
        **_accuracy("sure_accuracy", sure),
    }


def _guesses(talk: Talk) -> list[tuple[bool, float]]:
    said = talk.transcript.utterances
    bare = ClinicalTranscript(tuple(replace(each, speaker="unknown") for each in said))
    pairs = zip(said, guess_speakers(bare), strict=True)
    labelled = [pair for pair in pairs if pair[0].speaker in ("doctor", "patient")]
    return [(guess.speaker == each.speaker, guess.confidence) for each, guess in labelled]


def _accuracy(name: str, dialogues: Sequence[list[tuple[bool, float]]]) -> dict[str, Any]:
    """The utterances of one dialogue hang together."""
    return intervals.share(name, [sum(right for right, _ in each) for each in dialogues], map(len, dialogues))
