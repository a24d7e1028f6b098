"""The planner on the command line: a table with formulas, or JSON."""

import argparse
import sys

import orjson
from rich.console import Console
from rich.table import Table

from llm_backend.capacity.architecture import bundled_names, find_config
from llm_backend.capacity.errors import CapacityError
from llm_backend.capacity.formats import CacheFormat, WeightFormat
from llm_backend.capacity.memory import Deployment, deployment
from llm_backend.capacity.plan import Plan, Section, make_plan


def main(arguments: list[str]) -> int:
    """Prints the plan. 0: one conversation fits at least; 1: none does; 2: the input cannot be used."""
    options = vars(_parser().parse_args(arguments))
    place, is_json = options.pop("config"), options.pop("json")
    options["mla"] = options["mla"] == "on"
    try:
        plan = make_plan(place, find_config(place), deployment(**options))
    except CapacityError as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        return 2
    if is_json:
        sys.stdout.write(orjson.dumps(plan.document(), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(plan)
    return 0 if plan.is_enough else 1


def _parser() -> argparse.ArgumentParser:
    defaults = Deployment()
    parser = argparse.ArgumentParser(
        prog="kongming engine plan",
        description="What a model needs and how many conversations fit, from its config.json.",
        epilog=f"Bundled models: {', '.join(bundled_names())}.",
    )
    parser.add_argument("config", help="a config.json, a folder with one, or a bundled model")
    parser.add_argument("--gpu-memory", type=float, default=defaults.gpu_memory, help="GiB of each GPU")
    parser.add_argument("--gpus", type=int, default=defaults.gpus)
    parser.add_argument("--context", type=int, default=defaults.context, help="tokens of a conversation")
    parser.add_argument(
        "--utilisation", type=float, default=defaults.utilisation, help="share the engine may use"
    )
    parser.add_argument(
        "--reserve", type=float, default=defaults.reserve, help="GiB for activations and graphs"
    )
    parser.add_argument("--weights", choices=[*WeightFormat], help="default: as published")
    parser.add_argument("--kv-dtype", choices=[*CacheFormat], default=defaults.kv_dtype)
    parser.add_argument("--mla", choices=["on", "off"], default="on")
    parser.add_argument("--parallel", choices=["tensor", "data"], default=defaults.parallel)
    parser.add_argument("--json", action="store_true")
    return parser


def _print(plan: Plan) -> None:
    console, setting = Console(), plan.layout.deployment
    console.print(
        f"{plan.name}: {setting.gpus} × {setting.gpu_memory:g} GiB, {setting.parallel} parallel,"
        f" weights {plan.layout.weights}, cache {setting.kv_dtype}, context {setting.context:,}",
        style="bold",
        markup=False,
    )
    for section in plan.sections:
        console.print(_table(section, mark=f"cache_bytes_{plan.layout.cache.attention}"))
    for note in plan.notes:
        console.print(f"• {note.worded(str)}", markup=False)


def _table(section: Section, *, mark: str) -> Table:
    """The figure with the key `mark` is the one that the others depend on."""
    table = Table(title=section.label, title_justify="left", expand=True)
    table.add_column("figure", ratio=3)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("formula", ratio=5, style="dim")
    for figure in section.figures:
        source = f"\n{figure.source}" if figure.source else ""
        style = "bold" if figure.key == mark else None
        table.add_row(figure.label, figure.text, figure.formula + source, style=style)
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
