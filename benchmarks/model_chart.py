"""Results of an exam as a picture: a bar for each model with its interval, and a mark where its maker puts it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def draw(path: Path, title: str, figures: Mapping[str, Any], published: Mapping[str, float]) -> None:
    """`figures`: `accuracy` and `interval` by model. `published`: in per cent, by what the model's name begins with."""
    from matplotlib.figure import Figure

    names = list(figures["accuracy"])
    values = [100 * figures["accuracy"][name] for name in names]
    low, high = zip(*figures["interval"].values(), strict=True)
    below = [value - 100 * each for value, each in zip(values, low, strict=True)]
    above = [100 * each - value for value, each in zip(values, high, strict=True)]
    picture = Figure(figsize=(7, 0.6 + 0.5 * len(names)), layout="constrained")
    axes = picture.add_subplot()
    places = range(len(names))
    axes.barh(
        places, values, xerr=(below, above), height=0.5, color="#a9cdc0", ecolor="#2a7464", label="here"
    )
    marks = [
        (score, place)
        for place, name in enumerate(names)
        for begin, score in published.items()
        if name.startswith(begin)
    ]
    if marks:
        axes.scatter(*zip(*marks, strict=True), marker="D", color="#b0611a", zorder=3, label="published")
        axes.legend(frameon=False, fontsize=8)
    axes.set_yticks(places, names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("%")
    axes.set_title(title, fontsize=9)
    picture.savefig(path, metadata={"Date": None})
