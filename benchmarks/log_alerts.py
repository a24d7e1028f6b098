"""F1 of alert lines, found without labels by level, words of failure, rarity and burst.

DIR holds Loghub's `*_structured.csv`, anywhere below it: `Content`, perhaps `Level`, and `Label`, which is `-` where a
line is no alert. Systems without labels only say in `alert_share` how much would be raised; where no line is an alert,
what is raised is false: `f1` is missing, and `false_alarm_share` says how much it is. No label is learnt from: the
words were written down by hand (`domain/logs/detection/alert_words.toml`), so all lines are measured; the halves are the
earlier and the later lines of each system.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals
from benchmarks.labelled_files import table
from domain.logs.detection.alert_lines import lines_evidence

COMMAND = "eval log_alerts"

NO_ALERT = "-"
Verdict = tuple[bool, bool]  # by the words, by the label


def run(data: Annotated[Path, "directory of structured logs with labels"]) -> dict[str, Any]:
    verdicts: dict[str, list[Verdict]] = {}
    shares: dict[str, float] = {}
    for path in sorted(data.rglob("*structured.csv")):
        rows = table(path)
        evidence = lines_evidence([(row["Content"], row.get("Level")) for row in rows])
        shares[path.parent.name] = round(sum(each.is_alert for each in evidence) / max(1, len(rows)), 4)
        if rows and "Label" in rows[0]:
            verdicts[path.parent.name] = [
                (each.is_alert, row["Label"] != NO_ALERT) for each, row in zip(evidence, rows, strict=True)
            ]
    if not shares:
        raise SystemExit(f"There are no lines (*structured.csv) in {data}.")
    lines = [verdict for each in verdicts.values() for verdict in each]
    calm = [alert for alert, label in lines if not label]
    cut = [(each[: len(each) // 2], each[len(each) // 2 :]) for each in verdicts.values()]
    halves = zip(*cut, strict=True) if cut else ((), ())
    return {
        "trained_on": [],
        "tested_on": sorted(verdicts),
        "lines": len(lines),
        "alert_lines": sum(label for _, label in lines),
        **_f1(lines),
        **intervals.share("false_alarm_share", calm),
        "f1_by_system": {name: _f1(each)["f1"] for name, each in verdicts.items()},
        "f1_halves": [_f1([verdict for each in half for verdict in each])["f1"] for half in halves],
        "alert_share": shares,
    }


def _f1(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Nothing is missed and nothing found where no line is an alert, so there is no F1."""
    if not any(label for _, label in verdicts):
        return dict.fromkeys(("f1", "f1_interval", "precision", "recall"))
    return intervals.f1("f1", [(int(alert), int(label), int(alert and label)) for alert, label in verdicts])
