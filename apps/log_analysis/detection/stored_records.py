"""Judged by the records themselves: values of parameters, series of them, and the order of a session's records.

Records come from the store in windows of bounded size, as columns; no text is put together. What is newer than a minute
waits in a stream, so that a batch costs nothing but its counts.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from apps.log_analysis.detection import session_labels
from apps.log_analysis.detection.counts import record_windows
from apps.log_analysis.detection.findings import Finding, to_moment
from apps.log_analysis.detection.models import Detector
from apps.log_analysis.detection.session_history import LoggedSession
from apps.log_analysis.detection.source_detectors import HISTORY, SourceDetectors
from apps.log_analysis.records.selectors import query_errors
from apps.log_analysis.records.storage import log_reader
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate
from domain.logs.detection.anomalies import MAX_P_VALUE, Anomaly, Detections
from domain.logs.detection.sessions import SessionScore
from domain.logs.parsing.masking import ParameterType, parameter_type
from domain.logs.parsing.templates import Template
from domain.logs.store import Filters

WINDOW_RECORDS = 100_000
# Of more records than this the last ones are judged: a worker does it within some minutes.
MAX_JUDGED_WINDOWS = 50
# What is usual is learnt from so many before the first that are judged.
MAX_LEARNT_RECORDS = 100_000
# A stream's records are judged once a minute.
MIN_WAIT_US = 60_000_000
MAX_SLOTS, MAX_PARAMETERS = 8, 60
# Of more values in a window the largest of each group counts.
MAX_VALUES = 2_000
COLUMNS = ("time_ms", "template", "session", "trace", *(f"p{slot}" for slot in range(MAX_SLOTS)))
MEASURED = (ParameterType.DURATION, ParameterType.SIZE)
_QUANTITY = r"^<?\s?(?P<number>[+-]?\d{1,15}(?:\.\d{1,15})?)\s?(?P<unit>[a-zA-Zµ]{0,12})$"
_UNITS = {
    **dict.fromkeys(("ns",), 1e-9), **dict.fromkeys(("us", "µs"), 1e-6),
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0), **dict.fromkeys(("day", "days"), 86_400.0),
    **dict.fromkeys(("k", "K", "kB", "KB", "KiB"), 2.0**10), **dict.fromkeys(("M", "MB", "MiB"), 2.0**20),
    **dict.fromkeys(("G", "GB", "GiB"), 2.0**30), **dict.fromkeys(("T", "TB", "TiB"), 2.0**40),
}  # fmt: skip

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class _Parameter:
    """One parameter of one template in a window: its values as numbers and as they were written, by the second."""

    template: str
    slot: int
    label: str
    is_measured: bool
    numbers: Floats
    written: pa.Array
    seconds: Floats

    @property
    def subject(self) -> str:
        return f"{self.template} {self.slot}"


def unusual_records(
    source: LogSource,
    detectors: SourceDetectors,
    templates: Mapping[str, LogTemplate],
    until: int,
    check: Callable[[], None],
    *,
    is_whole: bool,
) -> Iterator[Finding]:
    """Records up to `until` (microseconds) that the detectors have not seen. Raises ServiceUnavailable."""
    end = until + 1 if is_whole else until // MIN_WAIT_US * MIN_WAIT_US
    if not is_whole and end < detectors.record_time + MIN_WAIT_US:
        return
    if not detectors.has_learnt_records:
        begin = detectors.record_time - int(HISTORY.total_seconds() * 1_000_000)
        before = record_windows(source, begin, detectors.record_time, MAX_LEARNT_RECORDS)
        for window in before[-1:]:
            check()
            for _finding in _judged_window(source, detectors, templates, window):
                pass
            detectors.sessions.learn(detectors.sessions.end(window[1]))
        detectors.has_learnt_records = True
    windows = record_windows(source, detectors.record_time, end, WINDOW_RECORDS)
    for place, window in enumerate(windows[-MAX_JUDGED_WINDOWS:], start=1):
        check()
        yield from _judged_window(source, detectors, templates, window)
        is_last = is_whole and place == min(len(windows), MAX_JUDGED_WINDOWS)
        sessions = detectors.sessions.end(None if is_last else window[1])
        yield from _odd_sessions(source, detectors, sessions)
        detectors.sessions.learn(sessions)
    detectors.record_time = end


def _judged_window(
    source: LogSource,
    detectors: SourceDetectors,
    templates: Mapping[str, LogTemplate],
    window: tuple[int, int],
) -> Iterator[Finding]:
    """What is odd about the values of a window; its sessions are only taken down."""
    filters = Filters(str(source.organisation_id), (str(source.pk),), since=window[0], until=window[1])
    with query_errors():
        records = log_reader().scan(filters, COLUMNS)
    detectors.sessions.add(records)
    for parameter in _parameters(records, templates):
        is_known = parameter.subject in detectors.parameter_subjects
        if not is_known and len(detectors.parameter_subjects) >= MAX_PARAMETERS:
            continue
        detectors.parameter_subjects.add(parameter.subject)
        yield from _odd_minutes(detectors, parameter)
        if parameter.is_measured:
            yield from _outliers(detectors, parameter)


def _parameters(records: pa.Table, templates: Mapping[str, LogTemplate]) -> Iterator[_Parameter]:
    """Those that are numbers, of the most frequent templates first."""
    counts = pc.value_counts(records["template"].combine_chunks().drop_null()).to_pylist()
    for each in sorted(counts, key=lambda pair: -pair["counts"]):
        row = templates.get(each["values"])
        pieces = Template(row.text).pieces if row else []
        if len(pieces) < 2:
            continue
        own = records.filter(pc.equal(records["template"], each["values"])).combine_chunks()
        seconds = own["time_ms"].to_numpy() / 1000
        for slot in range(min(len(pieces) - 1, MAX_SLOTS)):
            column = own[f"p{slot}"].combine_chunks()
            first = next((value.as_py() for value in column.slice(0, 100) if value.is_valid), "")
            kind = parameter_type(first, pieces[slot], pieces[slot + 1])
            if kind not in (*MEASURED, ParameterType.NUMBER):
                continue
            numbers = quantities(column)
            label = f"{pieces[slot].strip()[-40:]} … {pieces[slot + 1].strip()[:20]}".strip()
            yield _Parameter(each["values"], slot, label, kind in MEASURED, numbers, column, seconds)


def quantities(texts: pa.Array) -> Floats:
    """Numbers, those with a unit in seconds or bytes; NaN for what is none."""
    parts = pc.extract_regex(texts, pattern=_QUANTITY)
    numbers = pc.struct_field(parts, "number").cast(pa.float64())
    units = pc.struct_field(parts, "unit").dictionary_encode()
    factors = np.array([_UNITS.get(unit, 1.0) for unit in units.dictionary.to_pylist()] or [1.0])
    values: Floats = numbers.to_numpy(zero_copy_only=False) * factors[units.indices.fill_null(0).to_numpy()]
    return values


def _odd_minutes(detectors: SourceDetectors, parameter: _Parameter) -> Iterator[Finding]:
    """The median of each minute as a series."""
    is_number = np.isfinite(parameter.numbers)
    minutes, numbers = parameter.seconds[is_number] // 60, parameter.numbers[is_number]
    starts, detections = np.flatnonzero(np.diff(minutes, prepend=-1.0)), []
    if not starts.size:
        return
    for start, end in zip(starts, np.append(starts[1:], len(minutes)), strict=True):
        time, median = float(minutes[start] * 60), float(np.median(numbers[start:end]))
        detections.append(detectors.metrics.update(parameter.subject, median, time))
    for anomaly in detectors.budget.alarms(detections):
        if anomaly.time >= detectors.since:
            yield _finding(Detector.METRIC, parameter, anomaly, int((minutes * 60 == anomaly.time).sum()))


def _outliers(detectors: SourceDetectors, parameter: _Parameter) -> Iterator[Finding]:
    """Single values against all before."""
    places = np.flatnonzero(np.isfinite(parameter.numbers))
    if not len(places):
        return
    group = -(-len(places) // MAX_VALUES)
    heads = np.arange(0, len(places), group)
    values = parameter.numbers[places]
    largest = [int(places[head + int(np.argmax(values[head : head + group]))]) for head in heads]
    by_time: dict[float, int] = {}
    detections = []
    for place in largest:
        time = float(parameter.seconds[place])
        outlier = detectors.parameters.update(parameter.subject, float(parameter.numbers[place]), time)
        # A quick request and a small file are no news.
        large = [each for each in outlier.anomalies if (each.value or 0) > (each.expectation or 0)]
        detections.append(Detections("parameter", time, outlier.tests, large))
        by_time |= dict.fromkeys((time,), place) if large else {}
    for anomaly in detectors.budget.alarms(detections):
        if anomaly.time >= detectors.since:
            value = parameter.written[by_time[anomaly.time]].as_py()
            yield _finding(Detector.PARAMETER, parameter, anomaly, 1, value)


def _finding(
    detector: Detector, parameter: _Parameter, anomaly: Anomaly, records: int, value: str = ""
) -> Finding:
    # A value has its second, a series its minute.
    begin = anomaly.time // 1 if value else anomaly.time // 60 * 60
    return Finding(
        detector,
        parameter.template,
        to_moment(begin),
        to_moment(begin + (1 if value else 60)),
        anomaly.surprise,
        observed=anomaly.value or 0,
        expected=anomaly.expectation or 0,
        records=records,
        subject=parameter.label,
        slot=parameter.slot,
        value=value,
    )


def _odd_sessions(
    source: LogSource, detectors: SourceDetectors, ended_sessions: list[LoggedSession]
) -> Iterator[Finding]:
    """Sessions that ended, against those before; once people have decided about enough of them, as they decided."""
    if not ended_sessions:
        return
    last = max(each.last for each in ended_sessions) / 1_000_000
    findings: dict[str, Finding] = {}
    anomalies = []
    label_model = session_labels.model(source, detectors.sessions)
    for model, sessions in detectors.sessions.models(ended_sessions):
        events = [tuple(each.events) for each in sessions]
        scores = model.scores(events, [each.seconds for each in sessions])
        p_values = np.array([score.p_value for score in scores])
        if label_model:
            # What people call usual is; what they call odd is at least as odd as it looks by itself. Of how long a
            # session took they said nothing.
            by_labels = label_model.p_values(events)
            is_slow = np.array([score.question == "duration" for score in scores])
            p_values = np.where(
                by_labels < 1, np.minimum(by_labels, p_values), np.where(is_slow, p_values, 1.0)
            )
        for session, score, p_value in zip(sessions, scores, p_values, strict=True):
            if p_value <= MAX_P_VALUE:
                anomaly = Anomaly("session", session.key, session.last / 1_000_000, float(p_value))
                findings[session.key] = _session_finding(session, score, anomaly, model.normal_sessions)
                anomalies.append(anomaly)
    for anomaly in detectors.budget.alarms([Detections("session", last, len(ended_sessions), anomalies)]):
        if anomaly.time >= detectors.since:
            yield replace(findings[anomaly.subject], surprise=anomaly.surprise)


def _session_finding(
    session: LoggedSession, score: SessionScore, anomaly: Anomaly, compared_sessions: int
) -> Finding:
    step = [*score.new_events, session.events[score.unlikely_step or 0]][0]
    is_duration = score.question == "duration"
    return Finding(
        Detector.SESSION,
        str(step),
        to_moment(session.first / 1_000_000),
        to_moment(session.last / 1_000_000),
        anomaly.surprise,
        observed=session.seconds if is_duration else len(session.events),
        expected=(score.usual_seconds or 0) if is_duration else 0,
        records=len(session.events),
        subject=session.key[:200],
        session=session.key,
        events=tuple(session.events),
        view=score.question,
        compared_sessions=compared_sessions,
    )
