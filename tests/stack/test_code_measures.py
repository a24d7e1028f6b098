"""What `measure` counts, on a checkout of a few files."""

import json
from pathlib import Path

import pytest

from stack.code_measures import measure, measure_code
from stack.errors import StackError

MODULE = '''"""A shelf."""

# Twelve: that is how many fit.
SHELF = 12


def shelve(wanted, *, width):
    found = _room(width)
    return _fits(found, wanted) and _fits(found, wanted)


def _room(width):
    return SHELF * width  # of each


def _fits(found, wanted):
    return found >= wanted


def _chosen(width):
    """Six lines are no small thing."""
    if width:
        return width
    return 0
    # the end


class Stored:
    moved: int
    seed: int

    def _kept(self):
        return self.moved
'''
PAGE = '{% extends "layout.html" %}{% include "part.html" %}{% block styles %}<link rel="stylesheet" href="a.css">'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    files = {
        "apps/shelf/models.py": MODULE,
        "apps/shelf/migrations/0001_initial.py": "wanted = 1\n" * 50,
        "apps/shelf/tests/test_models.py": "wanted = 1\n",
        "stack/long.py": "x = 1\n" * 501,
        "tests/test_all.py": "wanted = 1\n",
        "templates/layout.html": '<html>\n<link rel="stylesheet" href="b.css">\n</html>\n',
        "templates/shelf/part.html": f"<p>{'x' * 141}</p>\n",
        "templates/part.html": '<link rel="stylesheet" href="c.css">\n',
        "templates/shelf/page.html": PAGE,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_lines_are_those_of_the_product(checkout: Path) -> None:
    measures = measure(checkout)

    assert measures.python_lines == {"apps": len(MODULE.splitlines()), "stack": 501}
    assert measures.long_files == ["stack/long.py"]


def test_a_small_helper_is_a_private_function_that_its_module_mentions_once(checkout: Path) -> None:
    assert measure(checkout).small_helpers == ["apps/shelf/models.py:12 _room"]


def test_templates_are_counted_with_what_their_pages_load(checkout: Path) -> None:
    measures = measure(checkout)

    assert measures.html_lines == {".": 4, "shelf": 2}
    assert measures.wide_templates == ["shelf/part.html"]
    assert measures.stylesheets == {"layout.html": 1, "shelf/page.html": 3}


def test_an_act_written_by_hand_is_a_page_for_post_alone_or_an_action_of_the_api(checkout: Path) -> None:
    pages = "@require_POST\n@requires('x')\ndef stop(request): ...\n\n@require_GET\ndef show(request): ...\n"
    actions = "class Shelves:\n    stop = ApiAct(acts.STOP)\n\n    @action(detail=True)\n    def export(self): ...\n"
    (checkout / "apps/shelf/pages.py").write_text(pages)
    (checkout / "apps/shelf/api.py").write_text(actions)

    assert measure(checkout).act_handlers == ["apps/shelf/api.py:5 export", "apps/shelf/pages.py:3 stop"]


def test_the_structure_is_counted_by_what_stands_in_the_files(checkout: Path) -> None:
    files = {
        ".gitignore": "var/\n",
        "var/log.txt": "",
        "apps/shelf/resources.py": "A = Resource(model=Shelf)\nB = RowList(model=Book)\nC = RowList(model=Book)\n",
        "templates/shelf/books.html": "<table><tr><td>1</td></tr></table>\n",
        "apps/shelf/tasks.py": "def drop_old_shelves(): ...\n\ndef count_shelves(): ...\n",
        "apps/shelf/books/services.py": "x = 1\n" * 1201,
        "apps/shelf/charts.py": "def draw():\n    import matplotlib.pyplot\n",
        "templates/shelf/rows.html": '<div hx-trigger="stored from:body, every 2s"></div>\n',
        "apps/shelf/drawings.py": "def draw(x):\n    return f'<svg width=\"{x}\"></svg>'\n",
        "templates/shelf/chart.html": '<svg viewBox="0 0 9 9"></svg>\n',
        "templates/shelf/icon.html": '<svg class="icon"><use href="#book"></use></svg>\n',
    }
    for name, text in files.items():
        path = checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    measures = measure(checkout)

    assert measures.resources == ["apps/shelf/resources.py:1 Shelf", "apps/shelf/resources.py:2 Book"]
    assert measures.table_templates == ["shelf/books.html"]
    assert measures.sweepers == ["apps/shelf/tasks.py:1 drop_old_shelves"]
    assert measures.polls == ["shelf/rows.html"]
    assert measures.chart_drawers == ["shelf/chart.html", "apps/shelf/charts.py", "apps/shelf/drawings.py"]
    assert measures.top_level_folders == ["apps", "stack", "templates", "tests"]
    assert measures.large_topics == ["apps/shelf/books 1,201"]


def test_the_counts_come_as_json_too(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert measure_code(["--root", str(checkout), "--json"]) == 0

    counts = json.loads(capsys.readouterr().out)
    assert (counts["small_helpers"], counts["max_stylesheets"], counts["polls"]) == (1, 3, 0)


def test_each_measure_names_its_places(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measure_code(["--root", str(checkout), "--list", "wide_templates"])

    assert capsys.readouterr().out == "shelf/part.html\n"


def test_a_folder_without_code_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="none of the folders"):
        measure(tmp_path)


def test_the_way_of_a_message_is_read_from_what_its_test_recorded(checkout: Path) -> None:
    assert measure(checkout).message_files == {}
    record = checkout / "tests/architecture/message_trip.txt"
    record.parent.mkdir()
    record.write_text("# What counts.\n1 apps/shelf/models.py\n4 apps/shelf/services.py\n")

    counts = measure(checkout).counts()

    assert (counts["message_files"], counts["message_most_entered"]) == (2, 4)
