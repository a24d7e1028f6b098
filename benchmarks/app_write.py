"""The app “Write” with rules that code can check, and beside it the model alone with the same request.

The app runs as a worker runs it; only the web server is left out. Rows in the file of `--details` are not asked for again,
so that a long measurement can be taken in parts.
"""

import time
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

from benchmarks import intervals, isolated, progress
from benchmarks.app_write_prompts import Part, WritingPrompt, broken, writing_prompts
from benchmarks.labelled_files import json_rows
from llm_backend import chat, event_loop
from llm_backend.errors import RunawayOutput

COMMAND = "eval app write"
PROMPTS = 200
# As the app's own draft may be at most.
RAW_TOKENS = 1500
NOTHING = {"by_sections": False, "with_title": False, "must_say": [], "must_not_say": []}


def run(
    limit: Annotated[int, "so many prompts, English and Chinese in turn"] = PROMPTS,
    part: Annotated[
        Part, "the prompts that the app was built with, or those that it is measured by"
    ] = "measured",
    details: Annotated[Path | None, "write every text there, one JSON object a line"] = None,
) -> dict[str, Any]:
    prompts = list(writing_prompts(part, limit))
    written = json_rows(details) if details and details.exists() else []
    rows = {row["number"]: row for row in written}
    left = [prompt for prompt in prompts if prompt.number not in rows]
    if left:
        with isolated.services("embedding", "llm"):
            from benchmarks.app_cases import AppRunner

            runner = AppRunner.of("write")
            write = progress.row_writer(details, goes_on=True)
            for prompt in progress.counted("prompts", left):
                rows[prompt.number] = _row(runner, prompt)
                write(rows[prompt.number])
    return shares_held([rows[prompt.number] for prompt in prompts]) | {"part": part}


def shares_held(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """`strict`: the share of texts that hold to all of their rules."""
    # From the texts, also of rows that an earlier part of the measurement left.
    figures: dict[str, Any] = {"trained_on": [], "tested_on": ["app_write_prompts.toml"]}
    names = sorted({name for row in rows for name in row["rules"]})
    for text, suffix in (("text", ""), ("raw", "_raw")):
        judged = [(row["rules"], broken(row[text], row["rules"])) for row in rows]
        held = {name: [name not in bad for rules, bad in judged if name in rules] for name in names}
        figures |= intervals.share(f"strict{suffix}", [not bad for _rules, bad in judged])
        figures[f"held{suffix}"] = {name: round(fmean(some), 3) for name, some in held.items()}
        figures[f"seconds_per_text{suffix}"] = round(fmean(row[f"seconds{suffix}"] for row in rows), 1)
    claimed = intervals.share("claimed", [row["says_it_holds"] for row in rows])
    return {**figures, **claimed, "prompts": len(rows)}


def _row(runner: Any, prompt: WritingPrompt) -> dict[str, Any]:
    from benchmarks.organisations import JobFailed

    begin = time.monotonic()
    inputs = {**NOTHING, **prompt.rules, "brief": prompt.brief, "kind": prompt.kind}
    try:
        outputs = runner.outputs(inputs)
    except JobFailed as failed:
        outputs = {"text": "", "broken": [str(failed)], "mended": []}
    between = time.monotonic()
    raw = _raw(runner.endpoint, prompt.request)
    return {
        "number": prompt.number,
        "request": prompt.request,
        "rules": prompt.rules,
        "text": outputs["text"],
        "raw": raw,
        "says_it_holds": not outputs["broken"],
        "mended": outputs["mended"],
        "seconds": round(between - begin, 1),
        "seconds_raw": round(time.monotonic() - between, 1),
    }


def _raw(endpoint: chat.Endpoint, request: str) -> str:
    asked = chat.ChatRequest([{"role": "user", "content": request}], 0.2, RAW_TOKENS)
    try:
        return event_loop.submit(chat.Generation(endpoint, asked).run()).result().text.strip()
    except RunawayOutput:
        # It repeated itself until it was stopped: no text that anybody could use.
        return ""
