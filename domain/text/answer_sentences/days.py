"""Days of the week in a sentence as whoever asks calls them: to 周四几点开门, “周一至周五 9:30” reads “周四 9:30”.

Neither the reader nor shared words know that one day lies within a range of them, or is called otherwise.
"""

from llm_backend import day_names
from llm_backend.wording import normalise


def in_words_of(question: str, sentence: str) -> str:
    """Each day, range or list of days that holds those asked about, or is one of them, under the question's name."""
    asked = {
        name.days: question[name.start : name.end]
        for name in day_names.listed(normalise(question))
        if name.days != day_names.EVERY_DAY
    }
    if not asked:
        return sentence
    read, at = "", 0
    for said in day_names.listed(normalise(sentence)):
        same = (words for days, words in asked.items() if days <= said.days or days >= said.days)
        read += sentence[at : said.start] + next(same, sentence[said.start : said.end])
        at = said.end
    return read + sentence[at:]
