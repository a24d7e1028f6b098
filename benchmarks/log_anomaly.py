"""F1 of odd sessions: trained on normal ones only, or with --supervised on labelled history.

DIR is a folder of event sequences, one session a line: numbers, with or without `session id,` before them. A name says
what a file holds: `abnormal` anomalies, `train` normal sessions to learn from, `normal` normal sessions to test on.
Where there are none of these, the last fifth of the training file is held back. Supervised, five folds over all
sessions, each with its share of anomalies. `anomalies` says what an `f1` is of: "distinct" where the file of anomalies
has each sequence once, which says little of sessions as they come (the same sequence hundreds of times, many of them
like normal ones), else "natural"; `f1_distinct` counts each sequence once in both files. `false_alarm_share_held` is
what so many training sessions may promise: the share that was asked for, or more where `can_hold_share` is false.
`f1_ceiling` is what no detector of sequences can pass: the best F1 of any rule that gives the same answer for the same
sequence, all labels known. A CSV of `Sequence` and `label` is tested too, as `f1_labelled_file`.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks import intervals
from benchmarks.labelled_files import FOLDS, table
from domain.logs.detection.held_shares import least_sessions
from domain.logs.detection.labelled_sessions import LabelledSessionModel
from domain.logs.detection.sessions import SessionModel

COMMAND = "eval log_anomaly"

# One normal session in a hundred may be called odd, wherever the command is run.
FALSE_ALARM_SHARE = 0.01
HELD_BACK_SHARE = 0.2

Sequences = list[tuple[str, ...]]


@dataclass
class SessionFiles:
    train: Sequences = field(default_factory=list)
    normal: Sequences = field(default_factory=list)
    abnormal: Sequences = field(default_factory=list)
    label_rows: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    trained_on: list[str] = field(default_factory=list)
    tested_on: list[str] = field(default_factory=list)


def run(
    data: Annotated[Path, "directory of event sequences"],
    supervised: Annotated[bool, "learn from labelled sessions too"] = False,
) -> dict[str, Any]:
    files = session_files(data)
    if not files.normal:
        last_fifth = round(HELD_BACK_SHARE * len(files.train))
        files.train, files.normal = files.train[:-last_fifth], files.train[-last_fifth:]
        files.tested_on += [f"{name} (last fifth)" for name in files.trained_on]
    test_sessions = [*files.normal, *files.abnormal]
    labels = [False] * len(files.normal) + [True] * len(files.abnormal)
    start = time.monotonic()
    figures = _learnt_from_labels(files) if supervised else _learnt_from_normal(files)
    return {
        "trained_on": files.trained_on,
        "tested_on": files.tested_on,
        "supervised": supervised,
        "train_sessions": len(files.train),
        "tested_normal": len(files.normal),
        "tested_abnormal": len(files.abnormal),
        "anomalies": "natural" if len(set(files.abnormal)) < len(files.abnormal) else "distinct",
        **figures,
        "f1_ceiling": round(f1_ceiling(test_sessions, labels), 4),
        "seconds": round(time.monotonic() - start, 1),
    }


def session_files(directory: Path) -> SessionFiles:
    files = SessionFiles()
    kinds = {
        "abnormal": (files.abnormal, files.tested_on),
        "train": (files.train, files.trained_on),
        "normal": (files.normal, files.tested_on),
    }
    for path in sorted(each for each in directory.iterdir() if each.is_file()):
        kind = next((kind for kind in kinds if kind in path.name.lower()), "")
        if path.suffix == ".csv":
            rows = table(path, "Sequence", "label")
            files.label_rows += [
                (tuple(row["Sequence"].split()), row["label"].strip() == "1") for row in rows
            ]
        elif kind:
            sequences, names = kinds[kind]
            lines = path.read_text(encoding="utf-8").splitlines()
            sequences += [tuple(line.rpartition(",")[2].split()) for line in lines if line.strip()]
            names.append(path.name)
    if not files.train or not files.abnormal:
        raise SystemExit(
            f"{directory} needs a file of normal sessions to train on and one of abnormal sessions."
        )
    return files


def f1_ceiling(sessions: Sequence[tuple[str, ...]], is_anomaly: Sequence[bool]) -> float:
    """The best sequences to alarm at are those with the highest share of anomalies, as many of them as pay."""
    counts = Counter(sessions)
    odd = Counter(session for session, anomaly in zip(sessions, is_anomaly, strict=True) if anomaly)
    total = odd.total()
    best, right, alarms = 0.0, 0, 0
    for session in sorted(odd, key=lambda each: odd[each] / counts[each], reverse=True):
        right, alarms = right + odd[session], alarms + counts[session]
        best = max(best, 2 * right / (alarms + total))
    return best


def _learnt_from_normal(files: SessionFiles) -> dict[str, Any]:
    model = SessionModel.train(files.train)
    limit = model.alarm_p_value(FALSE_ALARM_SHARE)
    normal, abnormal = (_alarms(model, each, limit) for each in (files.normal, files.abnormal))
    distinct = (_alarms(model, list(dict.fromkeys(each)), limit) for each in (files.normal, files.abnormal))
    figures = {
        **_f1(normal, abnormal),
        "f1_halves": [_f1(normal[half::2], abnormal[half::2])["f1"] for half in (0, 1)],
        "false_alarm_share": round(float(np.mean(normal)), 4),
        "alarm_p_value": round(limit, 4),
        "f1_distinct": _f1(*distinct)["f1"],
        "false_alarm_share_asked": FALSE_ALARM_SHARE,
        "false_alarm_share_held": round(model.held_share(FALSE_ALARM_SHARE), 4),
        "sessions_to_hold_it": least_sessions(FALSE_ALARM_SHARE),
        "can_hold_share": len(files.train) >= least_sessions(FALSE_ALARM_SHARE),
    }
    if files.label_rows:
        sides = ([each for each, anomaly in files.label_rows if anomaly is side] for side in (False, True))
        figures["f1_labelled_file"] = _f1(*(_alarms(model, each, limit) for each in sides))["f1"]
    return figures


def _learnt_from_labels(files: SessionFiles) -> dict[str, Any]:
    sessions = [*files.train, *files.normal, *files.abnormal]
    labels = [False] * (len(files.train) + len(files.normal)) + [True] * len(files.abnormal)
    chance = np.random.default_rng(0)
    order = chance.permutation(len(sessions))
    # By kind, then by chance, then every fifth: each fold has its share of both.
    order = order[np.argsort(np.array(labels)[order], kind="stable")]
    alarms = [False] * len(sessions)
    for fold in range(FOLDS):
        learnt = [int(place) for number, place in enumerate(order) if number % FOLDS != fold]
        # A model learns the last of a long history, which must hold both kinds.
        chance.shuffle(learnt)
        known = [sessions[place] for place in learnt]
        model = LabelledSessionModel.train(known, [labels[place] for place in learnt])
        places = [int(place) for place in order[fold::FOLDS]]
        for place, alarm in zip(places, model.alarms([sessions[place] for place in places]), strict=True):
            alarms[place] = alarm
    normal = [alarm for alarm, label in zip(alarms, labels, strict=True) if not label]
    return {**_f1(normal, alarms[-len(files.abnormal) :]), "folds": FOLDS}


def _alarms(model: SessionModel, sessions: Sequences, limit: float) -> list[bool]:
    return [score.p_value <= limit for score in model.scores(sessions)]


def _f1(normal: Sequence[bool], abnormal: Sequence[bool]) -> dict[str, Any]:
    rows = [(int(alarm), 0, 0) for alarm in normal] + [(int(alarm), 1, int(alarm)) for alarm in abnormal]
    return intervals.f1("f1", rows)
