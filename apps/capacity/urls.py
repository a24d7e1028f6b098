from django.urls import path

from apps.capacity import pages

app_name = "capacity"
urlpatterns = [
    path("", pages.plan, name="plan"),
    path("own/", pages.own_config, name="own_config"),
]
