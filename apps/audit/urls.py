from django.urls import path

from apps.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.entries, name="entries"),
    path("verify/", views.verify, name="verify"),
    path("export/<slug:file_type>/", views.export, name="export"),
]
