from django.db import connection


def lock_until_commit(name: str) -> None:
    """Of all transactions that name the same, one goes on at a time; for what has no row yet that could be locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
