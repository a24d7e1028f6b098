"""Real logs give few incidents, and each is one sentence that a person would write."""

from pathlib import Path

import pytest

from apps.accounts.actors import Actor
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.sources.models import MAX_KEEP_DAYS, LogSource
from llm_backend import patterns
from tests.log_analysis.conftest import Upload

LOGHUB = Path(__file__).parents[4] / "shared/data/logs/loghub_2k"
MAX_INCIDENTS = 3
SETTING = patterns.compile(r"\w=|[<>{}]|\(\)")

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    # Months of minutes are judged one by one.
    pytest.mark.timeout(1_800),
    pytest.mark.skipif(not LOGHUB.is_dir(), reason=f"real logs are not there: {LOGHUB}"),
]


@pytest.mark.parametrize(
    ("system", "words"),
    [
        ("OpenSSH", "183.62.140.253: brute force on sshd, 286 failed"),
        ("Linux", "Brute force on sshd"),
        ("Zookeeper", "Connections refused or lost"),
        ("BGL", "Hardware errors"),
    ],
)
def test_a_log_has_at_most_three_incidents_and_each_says_what_happened(
    alice_actor: Actor, source: LogSource, upload: Upload, system: str, words: str
) -> None:
    organisation = alice_actor.organisation
    organisation.output_language = "en"
    organisation.save(update_fields=["output_language"])
    LogSource.objects.filter(pk=source.pk).update(keep_days=MAX_KEEP_DAYS)
    source.refresh_from_db()

    upload((LOGHUB / system / f"{system}_2k.log").read_bytes(), f"{system}.log")

    titles = [each.title for each in Incident.objects.within(organisation).ranked()]
    assert 1 <= len(titles) <= MAX_INCIDENTS
    assert titles[0].startswith(words)
    assert not [title for title in titles if SETTING.search(title)]
