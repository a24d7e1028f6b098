"""How the reader of `llm_backend/answer_sentences` is trained: examples, the encoder in torch, the steps."""
