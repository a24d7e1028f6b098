"""Transcripts as captions: https://www.w3.org/TR/webvtt1/"""

from collections.abc import Mapping
from typing import Any


def plain_text(transcript: Mapping[str, Any]) -> str:
    return f"{transcript['text']}\n"


def web_vtt(transcript: Mapping[str, Any]) -> str:
    cues = []
    for segment in transcript["segments"]:
        # A cue ends at an empty line, and knows tags: what was said must be neither.
        text = " ".join(segment["text"].split())
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        cues.append(f"{_timestamp(segment['start'])} --> {_timestamp(segment['end'])}\n{text}\n")
    return "\n".join(["WEBVTT\n", *cues])


def _timestamp(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds / 1000:06.3f}"
