"""From a transcript to a drafted record, by one of two composers.

`draft_by_rules` needs no language model. `draft_by_model` takes what one answered (`extraction_schema` says what it is
asked) and has rules compose the rest. Both hold every statement against what was said, in a `DraftContext`.
"""

from domain.clinical.drafting.by_model import ModelAnswers, draft_by_model
from domain.clinical.drafting.by_rules import draft_by_rules
from domain.clinical.drafting.draft_statements import DraftContext
from domain.clinical.drafting.few_shot_examples import FewShotExamples
from domain.clinical.drafting.note_selection import NoteModel

__all__ = ["DraftContext", "FewShotExamples", "ModelAnswers", "NoteModel", "draft_by_model", "draft_by_rules"]
