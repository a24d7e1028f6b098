"""What was said, by whom and when: utterances with their places, corrections of what was heard, and who speaks."""
