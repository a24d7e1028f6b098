"""ROUGE as the papers of the clinical sets measure it."""

from rouge_score.rouge_scorer import RougeScorer

from llm_backend.sentences import sentences

ROUGES = {"rouge1": "rouge1", "rouge2": "rouge2", "rougeL": "rougeLsum"}
SCORER = RougeScorer(list(ROUGES.values()))


def rouges(wanted: str, written: str) -> dict[str, float]:
    """Without stemming. The longest common part is taken per sentence, as in the paper of aci_bench."""
    scores = SCORER.score(_a_sentence_a_line(wanted), _a_sentence_a_line(written))
    return {key: scores[name].fmeasure for key, name in ROUGES.items()}


def _a_sentence_a_line(text: str) -> str:
    return "\n".join(each.text for each in sentences(text))
