from django import template

from apps.customer_service.saved_answers import selectors as saved_answers

register = template.Library()
register.filter("expires_soon", saved_answers.expires_soon)
