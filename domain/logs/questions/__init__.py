"""A question about logs in plain words, English or Chinese: what it says of times, days, counts and terms, by rules."""
