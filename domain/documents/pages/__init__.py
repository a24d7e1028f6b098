"""Pages of text with its places → blocks in reading order. Knows nothing of how the text was found."""
