from django.urls import include, path

from apps.accounts.act_declaration import act_routes
from apps.analytics.pages import urls as report_urls
from apps.evaluation import urls as evaluation
from apps.resources.pages import routes
from apps.translation import acts, pages
from apps.translation.evaluation_adapter import ADAPTER
from apps.translation.report import REPORT
from apps.translation.resources import GLOSSARY

app_name = "translation"
urlpatterns = [
    path("", pages.text, name="text"),
    path("documents/", pages.documents, name="documents"),
    path("<uuid:translation_id>/", pages.translation, name="translation"),
    path("<uuid:translation_id>/export/", pages.export, name="export"),
    path("segments/<uuid:translation_segment_id>/", pages.segment, name="segment"),
    *act_routes(acts),
    *routes(GLOSSARY, "glossary/"),
    path("evaluation/", include(evaluation.patterns(ADAPTER))),
    *report_urls(REPORT),
]
