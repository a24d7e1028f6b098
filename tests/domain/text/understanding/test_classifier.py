import io

import numpy as np
import pytest

from domain.text.understanding.classifier import Classifier, Verdict
from domain.text.understanding.examples import Examples, of_names
from domain.text.understanding.validation import (
    OUT_OF_SCOPE,
    Validation,
    cross_validated,
    folds,
    tuned_threshold,
)

TOPICS = {
    "refund": ["I want my money back", "please refund my order", "退款什么时候到账", "我要退钱"],
    "delivery": ["where is my parcel", "when will it arrive", "快递到哪里了", "什么时候送到"],
    "invoice": ["send me an invoice", "I need a receipt", "可以开发票吗", "发票抬头怎么填"],
}


def examples(*, noise: float = 0.2) -> Examples:
    """Vectors that point to their topic, with something of their own."""
    numbers = np.random.default_rng(0)
    labels = [topic for topic, texts in TOPICS.items() for _ in texts]
    axes = {topic: np.eye(8)[place] for place, topic in enumerate(TOPICS)}
    vectors = np.array([axes[label] + noise * numbers.normal(size=8) for label in labels], dtype=np.float32)
    return Examples([text for texts in TOPICS.values() for text in texts], vectors, labels)


def test_it_names_what_it_was_taught():
    taught = examples()
    classifier = Classifier.trained(taught)

    verdicts = classifier.verdicts(taught.texts, taught.vectors)

    assert [verdict.label for verdict in verdicts] == taught.labels
    assert all(0 < verdict.confidence <= 1 for verdict in verdicts)


def test_words_decide_where_embeddings_say_nothing():
    taught = examples(noise=0)
    blind = Examples(taught.texts, np.zeros_like(taught.vectors), taught.labels)

    verdicts = Classifier.trained(blind).verdicts(["a refund please"], np.zeros((1, 8), dtype=np.float32))

    assert verdicts[0].label == "refund"


def test_two_classes_share_to_one():
    taught = examples().subset(range(8))

    shares = Classifier.trained(taught).shares(taught.texts, taught.vectors)

    assert shares.shape == (8, 2)
    assert np.allclose(shares.sum(axis=1), 1)


def test_it_is_the_same_after_it_was_stored():
    taught = examples()
    classifier = Classifier.trained(taught)

    restored = Classifier.from_bytes(classifier.to_bytes())

    before, after = (each.shares(taught.texts, taught.vectors) for each in (classifier, restored))
    assert restored.labels == classifier.labels
    assert np.allclose(before, after, atol=0.01)


def test_pickled_objects_are_not_read():
    file = io.BytesIO()
    np.savez(file, head=np.array([object()], dtype=object))

    with pytest.raises(ValueError, match="allow_pickle"):
        Classifier.from_bytes(file.getvalue())


def test_one_class_is_nothing_to_choose_from():
    with pytest.raises(ValueError, match="two classes"):
        Classifier.trained(examples().subset(range(4)))


def test_the_name_of_a_class_is_an_example_of_it():
    named = of_names(["card_arrival"], np.zeros((1, 8), dtype=np.float32))

    assert (named.texts, named.labels) == (["card arrival"], ["card_arrival"])


def test_every_example_is_held_out_once_and_classes_are_spread():
    labels = ["often"] * 10 + ["seldom"] * 5 + ["once"]

    places = folds(labels)

    assert sorted(places[:10]) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert sorted(places[10:15]) == [0, 1, 2, 3, 4]
    assert places[15] == -1


def test_cross_validation_asks_about_each_example_without_having_seen_it():
    validation = cross_validated(examples())

    assert len(validation.verdicts) == 12
    assert validation.accuracy > 0.9
    table = validation.confusion(sorted(TOPICS))
    assert sum(map(sum, table)) == 12


def validation_of(rows: list[tuple[str, str, float]]) -> Validation:
    return Validation([row[0] for row in rows], [Verdict(label, sure) for _, label, sure in rows])


def test_the_threshold_stands_between_what_belongs_and_what_does_not():
    validation = validation_of(
        [("refund", "refund", 0.8 + place / 100) for place in range(10)]
        + [(OUT_OF_SCOPE, "refund", 0.2 + place / 100) for place in range(10)]
    )

    assert 0.29 < tuned_threshold(validation) <= 0.8


def test_without_strangers_the_threshold_loses_few_right_answers():
    validation = validation_of([("refund", "refund", place / 100) for place in range(1, 101)])

    lost = sum(verdict.confidence < tuned_threshold(validation) for verdict in validation.verdicts)

    assert 1 <= lost <= 3
