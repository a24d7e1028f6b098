"""Comes last of the apps: what none of them has declared is listed too, with its times alone."""

from apps.accounts.admin_tables import register_rest

register_rest()
