"""What desks learn about recordings that belong to them."""

from django.dispatch import Signal

# Sent with `recording`, in the transaction that stores what was heard.
transcript_stored = Signal()
