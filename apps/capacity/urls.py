from django.urls import path

from apps.capacity import views

app_name = "capacity"
urlpatterns = [
    path("", views.plan, name="plan"),
    path("own/", views.own_config, name="own_config"),
]
