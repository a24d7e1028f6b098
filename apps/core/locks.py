from django.db import connection


def lock_until_commit(name: str) -> None:
    """Waits until no other transaction holds this name and holds it until this one ends. For what has no row yet that
    could be locked.
    """
    with connection.cursor() as cursor:
        # Two names with one 64-bit hash would only wait for each other. Outside of a transaction it would lock nothing.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def try_lock_until_commit(name: str) -> bool:
    """The same without waiting; False where another transaction holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        (is_ours,) = cursor.fetchone()
    return bool(is_ours)
