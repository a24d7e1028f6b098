"""`bench mix` in small: everybody of the mix works for some seconds, and nothing goes wrong."""

import argparse

import pytest

from benchmarks import mix

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_everybody_works_without_an_error_and_goes_home() -> None:
    parser = argparse.ArgumentParser()
    mix.add_arguments(parser)

    figures = mix.run(parser.parse_args(["--seconds", "15", "--warm-up", "5", "--people", "0.3"]))

    assert (figures["errors"], figures["stuck"]) == (0, 0), figures
    assert {"POST /api/v1/marketing/events/", "answer, whole", "GET /logs/"} <= figures["p95_ms"].keys()
