"""The picture that went into a run, with the places on it that what came out rests on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from apps.analytics.charts import Drawing
from apps.workbench.models import AppRun
from apps.workbench.value_views import ValueView, place_id
from domain.workflows.checking import CheckedApp
from domain.workflows.types import Picture

MOST_PLACES = 400
TITLE_CHARACTERS = 80


@dataclass(frozen=True)
class PictureView:
    name: str
    address: str
    marks: Drawing


def picture_view(app: CheckedApp, run: AppRun, outputs: Iterable[ValueView]) -> PictureView | None:
    """None for a run that no picture went into, or whose job has not read it yet."""
    names = (name for name, port in app.file.inputs.items() if isinstance(port, Picture))
    picture = next((run.inputs[name] for name in names if run.inputs.get(name, {}).get("jpeg")), None)
    if picture is None:
        return None
    marks = Drawing(gettext("Places on the picture"), css="page-marks")
    places = dict(_boxes_of(outputs)).items()
    # The smallest last: they lie over those that they stand in.
    for place, (box, title) in sorted(places, key=lambda each: -_area(each[1][0])):
        left, top, right, bottom = box
        with marks.link(f"#{place}", title):
            marks.box((left, top, right - left, bottom - top), "page-mark")
    return PictureView(picture["name"], f"data:image/jpeg;base64,{picture['jpeg']}", marks)


def _area(box: list[float]) -> float:
    left, top, right, bottom = box
    return (right - left) * (bottom - top)


def _boxes_of(views: Iterable[ValueView]) -> Iterator[tuple[str, tuple[list[float], str]]]:
    for view in views:
        title = next((part.text for part in reversed(view.parts) if part.text), view.title)
        for box in view.boxes[:MOST_PLACES]:
            yield place_id(box), (box, title[:TITLE_CHARACTERS])
        yield from _boxes_of(view.parts)
