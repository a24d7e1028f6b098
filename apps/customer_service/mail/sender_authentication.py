"""What the receiving server found out about the sender (SPF, DKIM, DMARC), from its Authentication-Results (RFC 8601).

Anybody can write such a header into a mail. The receiving server puts its own on top and takes away those that bear
its name, so the topmost one counts, or the topmost one of the server that the mailbox's settings name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from llm_backend import patterns


class Verdict(StrEnum):
    UNKNOWN = ""
    VERIFIED = "verified"
    FAILED = "failed"


@dataclass(frozen=True)
class SenderCheck:
    """`server` says so."""

    verdict: Verdict = Verdict.UNKNOWN
    server: str = ""


_PIECE = patterns.compile(r'\\.|[^"()\\]+|["()\\]')
_RESULT = patterns.compile(r" ?([a-z0-9-]{1,40}) ?(?:/ ?\d{1,3} ?)?= ?([a-z0-9-]{1,40})")
_VOUCHING = ("dmarc", "dkim", "spf")
_DOMAIN = patterns.compile(
    r"(?:header\.(?:from|d|i)|smtp\.mailfrom) ?= ?(?:[^\s;@]{0,300}@)?([a-z0-9.-]{1,253})"
)


def check_of(headers: Sequence[str], *, sender: str, authserv_id: str) -> SenderCheck:
    """From a mail's Authentication-Results, the topmost first. Without `authserv_id` the first one counts."""
    for header in headers:
        server, *clauses = _clauses(header)
        if authserv_id and server != authserv_id.lower():
            continue
        return SenderCheck(_verdict(clauses, sender.rpartition("@")[2]), server)
    return SenderCheck()


def _clauses(header: str) -> list[str]:
    """The server's name and its results; nothing of what is not well formed."""
    server, *results = _plain(header.lower()).split(";")
    name = next(iter(server.split()), "")
    # Exchange Online leaves its name out and begins with the results.
    return ["", server, *results] if "=" in name else [name, *results]


def _plain(header: str) -> str:
    """Without comments and quoted strings: senders have a say in both. Empty where one of them has no end."""
    kept, depth, is_quoted = [], 0, False
    for piece in _PIECE.findall(header):
        if is_quoted:
            is_quoted = piece != '"'
        elif piece in "()":
            depth += 1 if piece == "(" else -1
        elif depth == 0:
            is_quoted = piece == '"'
            kept.append(" " if is_quoted else piece)
        if depth < 0:
            return ""
    return "" if depth or is_quoted else " ".join("".join(kept).split())


def _verdict(clauses: Sequence[str], domain: str) -> Verdict:
    """A failed DMARC check is final. Else one that passed for the sender's own domain is enough."""
    matches = [(match[1], match[2], clause) for clause in clauses if (match := _RESULT.match(clause))]
    if any(method == "dmarc" and result == "fail" for method, result, _clause in matches):
        return Verdict.FAILED
    for method, result, clause in matches:
        if result == "pass" and method in _VOUCHING:
            # Signed or sent for the domain or one above it; a top-level domain vouches for nobody.
            vouching = [name.rstrip(".") for name in _DOMAIN.findall(clause)]
            if any("." in each and (domain == each or domain.endswith(f".{each}")) for each in vouching):
                return Verdict.VERIFIED
    return Verdict.UNKNOWN
