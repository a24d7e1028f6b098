"""Which sentence of the passages that a search found answers the question (answer sentence selection)."""
