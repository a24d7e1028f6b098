"""Servers for the embedded models, each a process of its own."""

import os

# The models' threads spin while they wait for each other, by default for milliseconds. Beside the rest of the
# platform on the same cores that costs most of the speed: on two busy cores 0.5 tokens a second instead of 9,
# and 500 ms for a passage instead of 100. OpenMP reads this once, before the first model is imported.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
