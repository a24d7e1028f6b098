"""Sound files as strangers make them."""

import io

from apps.speech import sound


def test_a_file_that_repeats_its_beginning_a_million_times_has_a_bounded_number_of_takes() -> None:
    mark = bytes(range(sound.TAKE_MARK_BYTES))

    takes = sound.takes_of(io.BytesIO(mark * 100_000))

    assert len(takes) == sound.MOST_TAKES
    assert takes[0] == (0, len(mark))
    assert takes[-1][1] == len(mark) * 100_000
