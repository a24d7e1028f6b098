from django.urls import path

from apps.resources.pages import routes
from apps.translation import pages
from apps.translation.resources import GLOSSARY

app_name = "translation"
urlpatterns = [
    path("", pages.text, name="text"),
    path("documents/", pages.documents, name="documents"),
    path("<uuid:translation_id>/", pages.translation, name="translation"),
    path("<uuid:translation_id>/export/", pages.export, name="export"),
    path("<uuid:translation_id>/delete/", pages.delete, name="delete"),
    path("segments/<uuid:translation_segment_id>/", pages.segment, name="segment"),
    *routes(GLOSSARY, "glossary/"),
    path("figures/", pages.figures, name="figures"),
]
