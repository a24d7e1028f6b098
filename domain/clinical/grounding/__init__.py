"""What the words bear out: where something was said, what is said about it, and whether a wording goes beyond it."""
