"""Which sentence of the found passages answers."""

import pytest

from domain.text.answer_sentences import decision
from domain.text.answer_sentences.question_kinds import Kind, has_answer, kind_of
from domain.text.answer_sentences.ranking import Candidate, scores


def candidate(
    text: str,
    heading: str = "",
    *,
    similarity: float | None = None,
    rank: int = 0,
    relevance: float = 0.0,
) -> Candidate:
    return Candidate(heading, text, "", False, similarity, similarity, 1.0 - rank / 10, rank, relevance)


@pytest.mark.parametrize(
    ("question", "kind", "answer", "other"),
    [
        ("How much is the deposit?", Kind.MONEY, "We take 80 euros.", "Bring your passport."),
        ("押金多少钱？", Kind.MONEY, "押金为20元。", "请带好证件。"),
        ("When do you close on Sundays?", Kind.TIME, "On Sundays until 17:30.", "Dogs are welcome."),
        ("周末几点关门", Kind.TIME, "周末下午5点关门。", "欢迎带狗。"),
        ("May I bring my dog?", Kind.PERMISSION, "Dogs are not allowed.", "The lawn was sown in spring."),
        ("Who repairs it?", Kind.PERSON, "Ask Rashid Amin.", "it takes a week."),
    ],
)
def test_a_sentence_has_what_such_a_question_asks_for(
    question: str, kind: Kind, answer: str, other: str
) -> None:
    assert kind_of(question) == kind
    assert has_answer(kind, answer)
    assert not has_answer(kind, other)


def test_a_question_about_nothing_of_the_kind_has_no_such_signs() -> None:
    assert kind_of("Tell me about the tour") == Kind.OTHER
    assert not has_answer(Kind.OTHER, "It costs 20 euros.")


def test_the_sentence_with_the_subject_and_the_figure_comes_first() -> None:
    hire = candidate("An electric bike costs 29 euros a day.", "Prices")
    deposit = candidate("For an electric bike we take a deposit of 250 euros.", "Deposit")
    hours = candidate("We are open until 18:30.", "Opening hours")

    found = scores(["How much deposit do I pay for an electric bike?"], [hire, deposit, hours])

    assert found[1] > found[0] > found[2]


def test_meaning_decides_where_no_word_is_shared() -> None:
    near, far = (
        candidate("Filming is ruled out.", similarity=0.9),
        candidate("Tea is served.", similarity=0.8),
    )

    first, second = scores(["录像可以吗"], [near, far])

    assert first > second


def test_a_question_that_leans_on_the_one_before_counts_as_much_alone_as_with_it() -> None:
    rooms = [candidate("Small room: 45 yuan."), candidate("Large room: 260 yuan.")]
    together, alone = "How much is the small room?\nAnd the large one?", "And the large one?"

    both = scores([together, alone], rooms)

    means = [
        (first + second) / 2
        for first, second in zip(scores([together], rooms), scores([alone], rooms), strict=True)
    ]
    assert both == pytest.approx(means)


def test_of_nothing_found_there_is_nothing_to_rank() -> None:
    assert scores(["Why?"], []) == []


def test_the_more_relevant_a_sentence_reads_the_likelier_it_answers() -> None:
    def chance(relevance: float) -> float:
        candidates = [
            candidate("For an electric bike we take a deposit of 250 euros.", relevance=relevance),
            candidate("We are open until 18:30.", rank=1, relevance=-6.0),
        ]
        question = "How much deposit do I pay for an electric bike?"
        return decision.chance(question, candidates, scores([question], candidates))

    assert chance(-5.0) < chance(0.0) < chance(5.0)


def test_of_nothing_found_nothing_answers() -> None:
    assert decision.chance("Why?", [], []) == 0.0
    assert decision.verdict(0.0) is decision.Verdict.NOT_FOUND
    assert decision.verdict(1.0) is decision.Verdict.ANSWER


def test_many_candidates_of_many_passages_are_read_in_a_moment() -> None:
    candidates = [
        candidate(f"Sentence {number} says what holds for parcel {number}.", rank=number // 8)
        for number in range(48)
    ]

    numbers = decision.features("What holds for parcel 7?", candidates, [0.0] * 48)

    assert numbers.shape == (len(decision.FEATURES),)
