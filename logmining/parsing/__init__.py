"""Template mining: from lines to messages with parameters, the same ones however the input was cut."""

from logmining.parsing.masking import ParameterType
from logmining.parsing.mining import MinedTemplates, count_file, count_lines, merge_counts, mine_templates
from logmining.parsing.shapes import ShapeCounts
from logmining.parsing.templates import Constraints, Template, TemplateIndex, template_id

__all__ = [
    "Constraints",
    "MinedTemplates",
    "ParameterType",
    "ShapeCounts",
    "Template",
    "TemplateIndex",
    "count_file",
    "count_lines",
    "merge_counts",
    "mine_templates",
    "template_id",
]
