from django import template

from apps.customer_service.answering import curated_selectors

register = template.Library()
register.filter("expires_soon", curated_selectors.expires_soon)
