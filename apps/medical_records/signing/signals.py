"""What the desk's other parts learn of records, inside the transaction of the signature."""

from django.dispatch import Signal

# Sent with `actor`, `record` and `version`. What must not undo the signature waits for the commit.
record_signed = Signal()
