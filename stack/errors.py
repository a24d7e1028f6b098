class StackError(Exception):
    """Something the person at the terminal has to know, with what to do about it."""
