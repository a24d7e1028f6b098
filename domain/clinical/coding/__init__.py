"""TermIndex of a catalogue proposed for what was written: found by shared characters, ranked, chosen. A person confirms."""
