"""Templates of a whole input: its parts are counted one by one or at the same time, then grouped once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from domain.logs.parsing.grouping import group_shapes
from domain.logs.parsing.lines import FilePart, file_parts, read_part
from domain.logs.parsing.masking import mask_lines
from domain.logs.parsing.shapes import ShapeCounts, codes
from domain.logs.parsing.templates import Constraints, Template, TemplateIndex, display_text

PART_BYTES = 32 << 20
UNKNOWN = -1

Numbers = np.ndarray[tuple[int], np.dtype[np.int32]]


@dataclass(frozen=True)
class MinedTemplates:
    """The templates of an input, and which of them each line has."""

    templates: list[Template]
    """The most frequent first; the known ones that did not come are missing."""
    counts: ShapeCounts
    by_shape: dict[str, int]
    """The number of each shape's template in `templates`."""

    def assign(self, lines: pa.Array) -> Numbers:
        """For each line the number of its template; `UNKNOWN` for a line that was not counted."""
        return self.assign_masked(mask_lines(lines).dictionary_encode())

    def assign_masked(self, masked: pa.DictionaryArray) -> Numbers:
        """The same for lines that `ShapeCounts.add` has masked, which saves half of the time."""
        shapes = masked.dictionary.to_pylist()
        numbers = (self.by_shape.get(self.counts.key(shape), UNKNOWN) for shape in shapes)
        by_code: Numbers = np.fromiter(numbers, np.int32, len(shapes))
        return np.take(by_code, codes(masked))


def mine_templates(
    counts: ShapeCounts, known_templates: Sequence[Template] = (), constraints: Constraints | None = None
) -> MinedTemplates:
    """Only shapes that no known template fits are mined; what people decided is applied last."""
    constraints = constraints or Constraints()
    index = TemplateIndex(known_templates)
    matches = {shape: index.find(shape) for shape, _ in counts}
    groups = group_shapes(shape for shape, template in matches.items() if template is None)
    templates = {template.id: template for template in known_templates}
    target_by_shape: dict[str, str] = {}
    for shape, match in matches.items():
        template = match or Template(display_text(groups[shape]))
        template = Template(constraints.split_text(template, shape))
        templates.setdefault(template.id, template)
        target_by_shape[shape] = template.id
    return _count_templates(counts, templates, target_by_shape, constraints)


def _count_templates(
    counts: ShapeCounts, templates: dict[str, Template], by_shape: dict[str, str], constraints: Constraints
) -> MinedTemplates:
    amounts: defaultdict[str, int] = defaultdict(int)
    examples: dict[str, tuple[tuple[int, int], str]] = {}
    for shape, (count, first, example) in counts:
        # A merge into a template that is not known here waits until it is.
        target = constraints.target(by_shape[shape])
        by_shape[shape] = target = target if target in templates else by_shape[shape]
        amounts[target] += count
        examples[target] = min(examples.get(target, (first, example)), (first, example))
    by_count = sorted(amounts, key=lambda each: (-amounts[each], each))
    number = {each: position for position, each in enumerate(by_count)}
    return MinedTemplates(
        templates=[
            replace(
                templates[each],
                count=amounts[each],
                example=examples[each][1],
                name=constraints.names.get(each, templates[each].name),
            )
            for each in by_count
        ],
        counts=counts,
        by_shape={shape: number[each] for shape, each in by_shape.items()},
    )


def count_lines(columns: Iterable[pa.Array], part: int = 0) -> ShapeCounts:
    counts = ShapeCounts(part)
    for lines in columns:
        counts.add(lines)
    return counts


def count_part(path: Path, part: FilePart) -> bytes:
    """What a worker does with its part of a file; bytes, so that it may be another process or machine."""
    return count_lines(read_part(path, part), part.number).to_bytes()


def count_file(path: Path, workers: Executor | None = None, part_bytes: int = PART_BYTES) -> ShapeCounts:
    """Counts a file in parts, several at the same time where there are workers for it."""
    parts = file_parts(path, part_bytes)
    if workers is None:
        return merge_counts(count_lines(read_part(path, part), part.number) for part in parts)
    return merge_counts(map(ShapeCounts.from_bytes, workers.map(count_part, [path] * len(parts), parts)))


def merge_counts(parts: Iterable[ShapeCounts]) -> ShapeCounts:
    whole = ShapeCounts()
    for part in parts:
        whole.merge(part)
    return whole
