"""How the reader of `domain/text/answer_sentences` is trained: examples, the encoder in torch, the steps."""
