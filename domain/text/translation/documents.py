"""Documents in and out: their texts are taken out and put back, everything else stays byte for byte.

Called in a bounded child, for a document is a stranger's file.
"""

import base64
import codecs
from collections.abc import Sequence
from typing import Any

from domain.text.translation import html_texts, markdown_texts, subtitle_texts, word_texts
from domain.text.translation.places import Place, Unreadable
from domain.text.translation.segments import MAX_SEGMENTS, replace_segments, text_spans
from llm_backend import encodings

MAX_CHARACTERS = 1_000_000
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# What texts in our seven languages come in beside Unicode. Out of all that exist, a short text is often taken for a
# rare one.
_ENCODINGS = ["gb18030", "big5hkscs", "shift_jis", "euc_kr", "cp1252"]
_PLACES = {
    "html": html_texts.text_places,
    "md": markdown_texts.text_places,
    "srt": subtitle_texts.text_places,
}


def read(content: bytes, kind: str) -> dict[str, Any]:
    """`segments`, each with its inline formatting as marks; or `error` with a code."""
    try:
        segments = (
            word_texts.sources(content)
            if kind == "docx"
            else [place.source for place in _text_places(_decode(content)[1], kind)]
        )
    except Unreadable as error:
        return {"error": error.code}
    if not segments:
        return {"error": "empty_file"}
    if len(segments) > MAX_SEGMENTS or sum(map(len, segments)) > MAX_CHARACTERS:
        return {"error": "too_much_text"}
    return {"segments": segments}


def with_translations(
    content: bytes, kind: str, translations: Sequence[str], target_language: str
) -> dict[str, str]:
    """`content` in base64: the document with its texts replaced, in the order in which `read` gave them; or `error`, where
    an earlier version of this program gave others.
    """
    if len(read(content, kind).get("segments", ())) != len(translations):
        return {"error": "read_otherwise"}
    if kind == "docx":
        output = word_texts.with_translations(content, translations)
    else:
        encoding, text = _decode(content)
        places = _text_places(text, kind)
        texts = [place.written(each) for place, each in zip(places, translations, strict=True)]
        new_text = replace_segments(
            text, [(place.start, place.end) for place in places], texts, target_language
        )
        output = _encode(new_text, encoding, kind)
    return {"content": base64.b64encode(output).decode()}


def _text_places(text: str, kind: str) -> list[Place]:
    if kind in _PLACES:
        return list(_PLACES[kind](text))
    return [Place(start, end, text[start:end]) for start, end in text_spans(text)]


def _decode(content: bytes) -> tuple[str, str]:
    """The encoding and the text, line breaks as they are. Raises Unreadable."""
    marked = (name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark))
    encoding = next(marked, "utf-8")
    try:
        return encoding, content.decode(encoding)
    except UnicodeDecodeError:
        guessed = encodings.guess_encoding(content, _ENCODINGS)
    if guessed is None:
        raise Unreadable("unknown_encoding")
    try:
        return guessed, content.decode(guessed)
    except UnicodeDecodeError as error:
        raise Unreadable("unknown_encoding") from error


def _encode(text: str, encoding: str, kind: str) -> bytes:
    """As it came; Chinese does not go into a Western encoding, so other files become UTF-8 then."""
    try:
        return text.encode(encoding, "xmlcharrefreplace" if kind == "html" else "strict")
    except UnicodeEncodeError:
        return text.encode("utf-8-sig")
