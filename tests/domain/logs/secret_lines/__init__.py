"""Lines with secrets: ⟦between such brackets⟧. ⏎ is a line's end. ¦ is left out: it keeps other programs from taking what
is made up for somebody's real keys.
"""

from pathlib import Path

from llm_backend import patterns

_SECRET = patterns.compile("⟦([^⟦⟧]*+)⟧")


def marked_lines(name: str) -> list[tuple[str, list[str]]]:
    """Each line and its secrets."""
    lines = Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8").splitlines()
    lines = [line.replace("¦", "").replace("⏎", "\n") for line in lines]
    return [(line.replace("⟦", "").replace("⟧", ""), _SECRET.findall(line)) for line in lines]
