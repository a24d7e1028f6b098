"""Examines an engine and prints what it can do.

    python -m llm_backend.contract http://127.0.0.1:8000/v1 MODEL --provider vllm --context 8192

Exit status: 0 when nothing failed, 1 when something did, 2 for arguments that make no sense.
"""

import argparse
import asyncio
import json
import os
import sys
from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from llm_backend import chat, providers
from llm_backend.contract import checks
from llm_backend.contract.results import CheckResult, Outcome
from llm_backend.contract.subject import Subject

COLOURS = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.NOT_SUPPORTED: "yellow"}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="llm_backend.contract", description="Examine an engine.")
    parser.add_argument("url", help="its OpenAI-compatible API, such as http://127.0.0.1:8000/v1")
    parser.add_argument("model", help="name of the model, as the server calls it")
    parser.add_argument("--provider", choices=list(providers.presets()), default=providers.DEFAULT)
    parser.add_argument("--key-env", metavar="NAME", help="environment variable that holds the API key")
    parser.add_argument("--context", type=int, default=4096, metavar="TOKENS", help="its stated context")
    parser.add_argument("--seconds", type=float, default=180, help="time that each check has")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args(arguments)
    if options.key_env and options.key_env not in os.environ:
        parser.error(f"the environment has no variable {options.key_env}")
    key = os.environ[options.key_env] if options.key_env else ""
    endpoint = chat.Endpoint(options.url, options.model, key, providers.preset(options.provider))
    results = asyncio.run(_run_checks(Subject(endpoint, options.context, options.seconds)))
    if options.json:
        print(json.dumps(_report(options.url, options.model, results), ensure_ascii=False))  # noqa: T201
    else:
        Console().print(_table(results))
    return int(any(result.outcome == Outcome.FAILED for result in results))


async def _run_checks(subject: Subject) -> list[CheckResult]:
    progress = Console(stderr=True)
    results = []
    try:
        with progress.status("examining") as status:
            async for result in checks.run_checks(subject):
                results.append(result)
                status.update(f"{len(results)} of {len(checks.CHECKS)} checks made")
    finally:
        await chat.close_session()
    return results


def _report(url: str, model: str, results: list[CheckResult]) -> dict[str, object]:
    counts = Counter(result.outcome.value for result in results)
    rows = [{**result.model_dump(mode="json"), "text": result.text} for result in results]
    return {
        "url": url,
        "model": model,
        **{outcome.value: counts[outcome.value] for outcome in Outcome},
        "checks": rows,
    }


def _table(results: list[CheckResult]) -> Table:
    table = Table("check", "outcome", "why", "seconds")
    for result in results:
        outcome = Text(result.outcome.value.replace("_", " "), style=COLOURS[result.outcome])
        table.add_row(result.name.replace("_", " "), outcome, result.text, f"{result.seconds:.1f}")
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
