class PreparationError(Exception):
    """The engine or a checkpoint cannot be made ready; the message tells the person at the terminal what to do."""
