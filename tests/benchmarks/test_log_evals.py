"""The evals of log anomalies, on small sets of the formats that they read."""

import csv
from pathlib import Path

import pytest

from benchmarks import log_anomaly
from tests.benchmarks.test_evals import assert_told, measured

NORMAL = ["5 22 5 5 11 9 26", "5 5 22 5 11 9 26", "22 5 5 5 9 11 26", "5 22 5 5 11 9 26 3 4"]


def write_sessions(path: Path, lines: list[str], *, with_ids: bool = False) -> None:
    path.write_text(
        "".join(f"{f'session-{n},' if with_ids else ''}{line} \n" for n, line in enumerate(lines))
    )


def test_sessions_are_learnt_from_normal_ones_and_a_fifth_is_held_back(tmp_path: Path) -> None:
    write_sessions(tmp_path / "hdfs_train_normal.txt", NORMAL * 50)
    write_sessions(tmp_path / "hdfs_abnormal.txt", ["5 22 5 5 11 9 20", "5 22", "7 7 7 5"])
    (tmp_path / "valid.csv").write_text("Sequence,label\n5 22 5 5 11 9 26,0\n9 9 9 9 9 9,1\n")

    figures = measured("log_anomaly", "--data", str(tmp_path))

    assert (figures["train_sessions"], figures["tested_normal"], figures["tested_abnormal"]) == (160, 40, 3)
    assert figures["f1"] == figures["f1_labelled_file"] == figures["f1_ceiling"] == 1
    assert_told(figures, "f1", "precision", "recall")
    assert (figures["anomalies"], figures["f1_distinct"]) == ("distinct", 1)
    assert (figures["sessions_to_hold_it"], figures["can_hold_share"]) == (299, False)
    assert figures["false_alarm_share_held"] == 0.0185


def test_anomalies_that_come_again_are_natural_ones_and_each_sequence_counts_once_beside(
    tmp_path: Path,
) -> None:
    write_sessions(tmp_path / "x_train.txt", NORMAL * 80)
    write_sessions(tmp_path / "x_normal.txt", NORMAL * 10)
    write_sessions(tmp_path / "x_abnormal.txt", [NORMAL[0]] * 9 + ["7 7 7 5"])

    figures = measured("log_anomaly", "--data", str(tmp_path))

    assert (figures["anomalies"], figures["can_hold_share"]) == ("natural", True)
    assert figures["false_alarm_share_held"] == 0.01
    assert figures["f1"] == pytest.approx(2 / 11, abs=1e-4)
    assert figures["f1_distinct"] == pytest.approx(2 / 3, abs=1e-4)


@pytest.mark.slow
def test_a_file_of_normal_sessions_is_tested_on_where_there_is_one(tmp_path: Path) -> None:
    write_sessions(tmp_path / "x_train.txt", NORMAL * 5, with_ids=True)
    write_sessions(tmp_path / "x_test_normal.txt", NORMAL * 10, with_ids=True)
    write_sessions(tmp_path / "x_test_abnormal.txt", ["1 2 3"] * 20, with_ids=True)

    figures = measured("log_anomaly", "--supervised", "--data", str(tmp_path))

    assert figures["tested_on"] == ["x_test_abnormal.txt", "x_test_normal.txt"]
    assert figures["f1"] == 1


def test_sequences_that_are_both_normal_and_odd_bound_what_can_be_reached() -> None:
    same = [("1", "2")] * 10
    assert log_anomaly.f1_ceiling(same, [True] + [False] * 9) == pytest.approx(2 / 11)
    assert log_anomaly.f1_ceiling([*same, ("3",)], [False] * 10 + [True]) == 1


def test_a_folder_without_sessions_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="needs a file of normal sessions"):
        measured("log_anomaly", "--data", str(tmp_path))


def test_alert_lines_are_measured_where_there_are_labels(tmp_path: Path) -> None:
    rows = [["-", "INFO", "service started"]] * 40 + [
        ["DISK", "FATAL", "write failed: input/output error"]
    ] * 4
    for system, labelled in (("Big", True), ("Small", False)):
        (tmp_path / system).mkdir()
        with (tmp_path / system / f"{system}.log_structured.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Label", "Level", "Content"] if labelled else ["Level", "Content"])
            writer.writerows(rows if labelled else [row[1:] for row in rows])

    figures = measured("log_alerts", "--data", str(tmp_path))

    assert figures["tested_on"] == ["Big"]
    assert figures["f1"] == 1
    assert figures["alert_share"] == {"Big": 0.0909, "Small": 0.0909}


def test_where_no_line_is_an_alert_what_is_raised_is_false(tmp_path: Path) -> None:
    (tmp_path / "Calm").mkdir()
    rows = ["-,INFO,service started"] * 40 + ["-,FATAL,write failed: input/output error"] * 4
    (tmp_path / "Calm" / "Calm.log_structured.csv").write_text(
        "Label,Level,Content\n" + "\n".join(rows) + "\n"
    )

    figures = measured("log_alerts", "--data", str(tmp_path))

    assert (figures["f1"], figures["alert_lines"]) == (None, 0)
    assert figures["false_alarm_share"] == 0.0909
    assert figures["f1_by_system"] == {"Calm": None}


def test_without_any_labels_only_what_is_raised_is_told(tmp_path: Path) -> None:
    (tmp_path / "Bare").mkdir()
    (tmp_path / "Bare" / "Bare.log_structured.csv").write_text("Content\nservice started\n")

    figures = measured("log_alerts", "--data", str(tmp_path))

    assert (figures["tested_on"], figures["f1"], figures["alert_share"]) == ([], None, {"Bare": 0.0})


def test_metric_series_are_measured_by_their_windows(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    lines = [
        f"2014-04-{1 + n // 288:02} {n % 288 // 12:02}:{n % 12 * 5:02}:00,{50 + n % 7}" for n in range(2000)
    ]
    lines[1500] = lines[1500].rpartition(",")[0] + ",900"
    (tmp_path / "real" / "cpu.csv").write_text("timestamp,value\n" + "\n".join(lines) + "\n")
    (tmp_path / "combined_windows.json").write_text(
        '{"real/cpu.csv": [["2014-04-06 04:00:00.000000", "2014-04-06 06:00:00.000000"]], "real/not_here.csv": []}'
    )

    figures = measured("metric_anomaly", "--data", str(tmp_path))

    assert figures["windows"] == 1
    assert figures["nab_score"] > 80
    assert figures["window_recall_streaming"] == figures["window_recall_whole"] == 1
