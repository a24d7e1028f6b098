"""How passwords are stored."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id with the parameters that OWASP's password storage cheat sheet names first: 19 MiB, two passes, one lane.

    Django's own (100 MiB, eight lanes) would take 1.4 GB and every core where a web process's threads all sign somebody in.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
