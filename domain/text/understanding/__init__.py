"""What a message says, in milliseconds on the CPU: intent, sentiment, urgency, entities. No language model."""
