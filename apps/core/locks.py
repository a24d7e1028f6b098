from django.db import connection


def lock_until_commit(name: str) -> None:
    """Waits until no other transaction holds this name and holds it until this one ends. For what has no row yet that
    could be locked.
    """
    with connection.cursor() as cursor:
        # Two names with one 64-bit hash would only wait for each other. Outside of a transaction it would lock nothing.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
