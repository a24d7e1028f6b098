from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.connectors import acts, pages
from apps.connectors.resources import DOCUMENT_SOURCES
from apps.resources.pages import list_route

app_name = "connectors"
urlpatterns = [
    list_route(DOCUMENT_SOURCES, "sources/"),
    path("sources/new/", pages.new_source, name="new_source"),
    path("sources/<uuid:document_source_id>/", pages.document_source, name="document_source"),
    *act_routes(acts),
]
