"""Messages read in a child process: one that a stranger made slow to read leaves the others, and the answers, alone."""

import logging
from collections.abc import Sequence

from django.utils import timezone

from apps.accounts.models import Organisation
from apps.core import bounded_calls
from apps.core.bounded_calls import TookTooLong
from apps.customer_service.understanding.models import ClassifierVersion
from apps.customer_service.understanding.products import products_of
from domain.text.understanding.examples import Floats
from domain.text.understanding.message_reading import Judge, Reader, Reading

logger = logging.getLogger(__name__)

SECONDS_PER_MORE_TEXT = 0.2
# Of a child that has yet to load the classifiers and what they need, on a machine that is busy.
LOAD_SECONDS = 30.0


def read(
    organisation: Organisation,
    texts: Sequence[str],
    vectors: Floats,
    *,
    sentiment: ClassifierVersion,
    intent: ClassifierVersion | None,
) -> list[Reading]:
    """One for each text. A text that takes too long has the reading of nothing."""
    products = products_of(organisation)
    # First by name: the child most likely has loaded these versions. Only where it has not are they sent along.
    named_reader = Reader(Judge(str(sentiment.pk)), Judge(str(intent.pk)) if intent else None, products)
    readings = _read(named_reader, texts, vectors)
    if readings is None:
        whole = Reader(_judge(sentiment), _judge(intent) if intent else None, products)
        readings = _read(whole, texts, vectors, LOAD_SECONDS)
    return readings or [Reading() for _ in texts]


def _read(
    reader: Reader, texts: Sequence[str], vectors: Floats, seconds: float = bounded_calls.CALL_SECONDS
) -> list[Reading] | None:
    seconds += SECONDS_PER_MORE_TEXT * (len(texts) - 1)
    try:
        return bounded_calls.call(reader.read, texts, vectors, timezone.localdate(), seconds=seconds)
    except TookTooLong:
        # One slow message must not cost the others their readings.
        if len(texts) > 1:
            alone = [_read(reader, [text], vectors[at : at + 1]) for at, text in enumerate(texts)]
            return None if None in alone else [each for readings in alone for each in readings or ()]
        logger.warning("a message took too long to read and is not understood")
        return [Reading()]


def _judge(version: ClassifierVersion) -> Judge:
    arrays = ClassifierVersion.objects.values_list("arrays", flat=True).get(pk=version.pk)
    return Judge(str(version.pk), bytes(arrays))
