"""What a package installed beside the platform brings: a function, a tool and an app file, named by its entry points."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from apps.jobs.tools import Tool, ToolContext
from domain.workflows.functions import Function
from domain.workflows.types import Number, Record, Text

APP_FILES = Path(__file__).parent / "app_files"
# What the tool did, by the key of the act: an act that is repeated is one.
ORDERS: dict[str, str] = {}


def count_words(text: str) -> dict[str, float]:
    return {"words": len(text.split())}


def order_tea(context: ToolContext, arguments: Mapping[str, Any], key: str) -> dict[str, str]:
    context.run.check()
    ORDERS.setdefault(key, f"{arguments['boxes']:.0f} boxes")
    return {"order": ORDERS[key]}


COUNT_WORDS = Function("count_words", {"text": Text()}, Record(fields={"words": Number()}), count_words)
ORDER_TEA = Tool(
    "order_tea",
    {"boxes": Number(min=1)},
    Record(fields={"order": Text()}),
    order_tea,
    permission="workbench.edit",
    acts=True,
    knows_key=True,
    description="Orders boxes of tea from the store room",
)
