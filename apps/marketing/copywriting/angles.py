"""Where a text begins, so that variants differ in more than words."""

from django.utils.translation import gettext, gettext_noop

# Key → what people read, what a model is told.
ANGLES = {
    "benefit": (
        gettext_noop("benefit first"),
        "Begin with what the reader gains from the most important fact.",
    ),
    "scene": (gettext_noop("a scene"), "Begin in a moment of the reader's day in which the product belongs."),
    "detail": (gettext_noop("one detail"), "Begin with one concrete fact and let everything follow from it."),
    "question": (gettext_noop("a question"), "Begin with a question that this audience asks itself."),
    "contrast": (gettext_noop("a contrast"), "Begin with what is tiresome without the product, then turn."),
    "plain": (gettext_noop("plain and short"), "Short sentences, no decoration: what it is, for whom, why."),
    "feeling": (
        gettext_noop("a feeling"),
        "Begin with how it feels, looks, tastes or sounds, as the facts allow.",
    ),
    "list": (gettext_noop("point by point"), "Go through the facts point by point, the strongest first."),
}
NAMES = tuple(ANGLES)


def angle_label(angle: str) -> str:
    """What a person wrote has none."""
    return gettext(ANGLES[angle][0]) if angle in ANGLES else ""


def angle_instruction(angle: str) -> str:
    return ANGLES[angle][1]
