"""robots.txt as RFC 9309 says it: groups, the longest rule, `*` and `$`. In time proportional to rules and address."""

from dataclasses import dataclass, field

MAX_BYTES = 512 * 1024
MAX_RULES = 5000


@dataclass
class Robots:
    """`rules`: pattern and whether it allows, of the group that fits us. `delay`: what the site asks between requests."""

    rules: list[tuple[str, bool]] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    delay: float = 0

    def allows(self, path: str) -> bool:
        """`path` with its query. The longest rule decides, and of two as long the one that allows."""
        fitting = [(len(pattern), allows) for pattern, allows in self.rules if _fits(pattern, path)]
        return max(fitting, default=(0, True))[1]


def parse(text: str, agent: str) -> Robots:
    """The rules for `agent`, in small letters; those for everybody where the file does not name it."""
    groups: dict[str, Robots] = {}
    current: list[Robots] = []
    robots, is_naming = Robots(), False
    for line in text.splitlines()[:MAX_RULES]:
        name, _colon, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "user-agent":
            current = [*(current if is_naming else []), groups.setdefault(value.lower(), Robots())]
            is_naming = True
        elif name == "sitemap":
            robots.sitemaps.append(value)
        else:
            is_naming = False
            for group in current:
                _add(group, name, value)
    own = groups.get(agent) or groups.get("*") or Robots()
    robots.rules, robots.delay = own.rules, own.delay
    return robots


def _add(group: Robots, name: str, value: str) -> None:
    if name in ("allow", "disallow") and value:
        group.rules.append((value, name == "allow"))
    elif name == "crawl-delay" and value.replace(".", "", 1).isdecimal() and len(value) < 8:
        group.delay = float(value)


def _fits(pattern: str, path: str) -> bool:
    is_whole = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for number, part in enumerate(others, start=1):
        if is_whole and number == len(others):
            return path.endswith(part) and len(path) - len(part) >= at
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return at == len(path) if is_whole and not others else True
