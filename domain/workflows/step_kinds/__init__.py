"""The kinds of steps, each with its fields and the type of what it gives: one module a kind."""
