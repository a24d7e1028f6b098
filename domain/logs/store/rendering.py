"""Texts put together again from templates and parameters, whole columns at a time."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.logs.store.record_columns import SLOTS
from domain.logs.store.templates import HEAD, MESSAGE, TAIL, TIME, Catalogue, Layout, Template


def render_texts(records: pa.Table, catalogue: Catalogue) -> pa.Array:
    """A stored table's texts, as bytes. Null where a template or layout is not known and the text is not stored raw."""
    messages = render_messages(records, catalogue.templates)
    layouts = records["layout"].combine_chunks()
    # Both are missing where a layout stands around the message.
    around = [pc.fill_null(records[name].combine_chunks(), "") for name in (HEAD, TAIL)]
    texts = pc.binary_join_element_wise(around[0], messages, around[1], "")
    for layout_id in pc.unique(layouts).to_pylist():
        if layout_id is None:
            continue
        is_here = pc.fill_null(pc.equal(layouts, layout_id), False)
        layout = catalogue.layouts.get(layout_id)
        rows = records.filter(is_here)
        if layout is None:
            lines = pa.nulls(rows.num_rows, pa.string())
        else:
            lines = _render_lines(rows, messages.filter(is_here), layout)
        texts = pc.replace_with_mask(texts, is_here, lines)
    raw = records["raw"].combine_chunks().cast(pa.binary())
    exact = records["raw_bytes"].combine_chunks().cast(pa.binary())
    return pc.coalesce(exact, raw, texts.cast(pa.binary()))


def render_messages(records: pa.Table, templates: Mapping[str, Template]) -> pa.Array:
    ids = records["template"].combine_chunks()
    present = [id for id in pc.unique(ids).to_pylist() if id in templates]
    if not present:
        return pa.nulls(records.num_rows, pa.string())
    constants = [templates[id].stored_constants for id in present]
    template_numbers = pc.index_in(ids, value_set=pa.array(present, pa.string()))
    pieces: list[pa.Array] = []
    for position in range(max(map(len, constants))):
        at_position = pa.array(
            [each[position] if position < len(each) else "" for each in constants], pa.string()
        )
        if position:
            pieces.append(pc.fill_null(records[SLOTS[position - 1]].combine_chunks(), ""))
        # Null where the template is not known, and so is the whole text.
        pieces.append(at_position.take(template_numbers))
    return pc.binary_join_element_wise(*pieces, "")


def _render_lines(records: pa.Table, messages: pa.Array, layout: Layout) -> pa.Array:
    pieces: list[pa.Array | str] = [layout.constants[0]]
    for name, constant in zip(layout.fields, layout.constants[1:], strict=True):
        if name == MESSAGE:
            pieces.append(messages)
        elif name == TIME:
            times = pc.add(pc.multiply(records["time_ms"], 1000), records["time_us"])
            pieces.append(render_times(times.combine_chunks(), layout))
        else:
            pieces.append(pc.fill_null(records[name].combine_chunks(), ""))
        pieces.append(constant)
    columns = [pa.scalar(piece, pa.string()) if isinstance(piece, str) else piece for piece in pieces]
    return pc.binary_join_element_wise(*columns, "")


def render_times(times: pa.Array, layout: Layout) -> pa.Array:
    """Microseconds as the layout writes them. Each second once: a calendar costs more than looking it up."""
    local = times.to_numpy(zero_copy_only=False) + layout.zone_minutes * 60_000_000
    distinct, indices = np.unique(local // 1_000_000, return_inverse=True)
    fraction = local % 1_000_000
    pieces: list[pa.Array] = []
    for piece in layout.time_pieces():
        if piece in {"%3f", "%6f"}:
            digits = int(piece[1])
            numbers = pa.array(fraction // 10 ** (6 - digits)).cast(pa.string())
            pieces.append(pc.utf8_lpad(numbers, digits, padding="0"))
            continue
        if piece == "%s":
            texts = pa.array(distinct - layout.zone_minutes * 60).cast(pa.string())
        else:
            texts = pc.strftime(pa.array(distinct).cast(pa.timestamp("s")), format=piece)
        pieces.append(texts.take(pa.array(indices)))
    return pc.binary_join_element_wise(*pieces, "")
