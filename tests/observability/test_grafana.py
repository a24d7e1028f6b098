"""The Grafana dashboard draws what `/metrics` tells, and nothing else."""

import json
import re
from pathlib import Path

import pytest
from django.test import Client

DASHBOARD = Path(__file__).resolve().parents[2] / "deploy/grafana/kongming.json"
# Series that a histogram adds to its name.
OF_HISTOGRAM = re.compile(r"_(bucket|count|sum)$")


def expressions() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


@pytest.mark.django_db
def test_every_metric_of_the_dashboard_is_exposed(client: Client) -> None:
    client.get("/healthz")
    exposed = set(re.findall(r"^# TYPE (\w+) ", client.get("/metrics").content.decode(), re.M))
    named = {name for text in expressions() for name in re.findall(r"\b(?:kongming|process)_\w+", text)}

    missing = {name for name in named if not {name, OF_HISTOGRAM.sub("", name)} & exposed}
    assert missing == set()
    # What the process itself counts of its calls the ledger tells of all processes.
    ours = {name for name in exposed if re.match(r"kongming_(?!inference_).*(?<!_created)$", name)}
    assert ours <= {OF_HISTOGRAM.sub("", name) for name in named}


def test_panels_have_a_place_and_a_name_of_their_own() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}

    assert len(places) == len({panel["id"] for panel in panels}) == len({p["title"] for p in panels})
    assert len(panels) == len(places)
