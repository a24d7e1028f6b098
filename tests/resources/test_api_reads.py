"""What else there is to read of a row: said once, by its selector and its serializer."""

from apps.log_analysis.incidents import selectors
from apps.log_analysis.incidents.api import IncidentViewSet


def test_its_selector_describes_it_and_other_methods_stand_beside() -> None:
    assert IncidentViewSet.notes.__doc__ == selectors.notes.__doc__
    assert IncidentViewSet.notes.mapping == {"get": "notes", "post": "add_note"}
