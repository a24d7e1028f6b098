"""Pages without a text layer: their text, tables and boxes, by optical character recognition."""
