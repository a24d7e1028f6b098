from django.urls import path

from apps.analytics.pages import urls as report_urls
from apps.translation import pages
from apps.translation.report import REPORT

app_name = "translation"
urlpatterns = [
    path("", pages.text, name="text"),
    path("documents/", pages.documents, name="documents"),
    path("<uuid:translation_id>/", pages.translation, name="translation"),
    path("<uuid:translation_id>/export/", pages.export, name="export"),
    path("<uuid:translation_id>/delete/", pages.delete, name="delete"),
    path("segments/<uuid:translation_segment_id>/", pages.segment, name="segment"),
    path("glossary/", pages.glossary, name="glossary"),
    path("glossary/import/", pages.import_glossary, name="import_glossary"),
    path("glossary/export/", pages.export_glossary, name="export_glossary"),
    path("glossary/<uuid:glossary_term_id>/delete/", pages.delete_term, name="delete_term"),
    *report_urls(REPORT),
]
