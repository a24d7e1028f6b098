"""Template mining: from lines to messages with parameters, the same ones however the input was cut."""

from domain.logs.parsing.mining import MinedTemplates, count_file, count_lines, merge_counts, mine_templates
from domain.logs.parsing.shapes import ShapeCounts
from domain.logs.parsing.templates import Constraints, Template, TemplateIndex, template_id

__all__ = [
    "Constraints",
    "MinedTemplates",
    "ShapeCounts",
    "Template",
    "TemplateIndex",
    "count_file",
    "count_lines",
    "merge_counts",
    "mine_templates",
    "template_id",
]
