"""Which share of false alarms so many normal sessions can hold."""

import math

CERTAINTY = 0.95


def least_share(normal_sessions: int) -> float:
    """No rule learnt from so many normal sessions may promise fewer false alarms: an alarm at what is odder than all of them
    comes at more than this share of further normal sessions once in twenty times.
    """
    return float(1 - (1 - CERTAINTY) ** (1 / normal_sessions))


def least_sessions(false_alarm_share: float) -> int:
    """How many normal sessions it takes to promise this share."""
    return math.ceil(math.log(1 - CERTAINTY) / math.log1p(-false_alarm_share))
