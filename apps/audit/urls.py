from django.urls import path

from apps.audit import pages

app_name = "audit"
urlpatterns = [
    path("", pages.entries, name="entries"),
    path("verify/", pages.verify, name="verify"),
    path("export/<slug:file_type>/", pages.export, name="export"),
]
