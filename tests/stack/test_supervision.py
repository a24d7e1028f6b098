import configparser
from pathlib import Path

from stack.layout import Layout
from stack.supervision import Program, configuration


def test_the_configuration_survives_spaces_and_percent_signs(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "50% of it" / "with spaces")
    program = Program("web", ["/a dir/python", "-m", "web", "--name", "it's 100%"], environment={"TZ": "UTC"})
    parser = configparser.ConfigParser()
    parser.read_string(configuration([program], layout))
    assert parser["supervisord"]["pidfile"] == str(layout.supervisor_pid)
    assert parser["program:web"]["command"] == """'/a dir/python' -m web --name 'it'"'"'s 100%'"""
    assert parser["program:web"]["stdout_logfile"] == str(layout.log_of("web"))
