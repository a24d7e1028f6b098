from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.knowledge import acts, pages
from apps.knowledge.resources import COLLECTIONS
from apps.resources.pages import list_route

app_name = "knowledge"
urlpatterns = [
    list_route(COLLECTIONS, ""),
    path("search/", pages.search, name="search"),
    path("collections/new/", pages.create_collection, name="create_collection"),
    path("collections/<uuid:collection_id>/", pages.collection, name="collection"),
    path("collections/<uuid:collection_id>/who/", pages.COLLECTION_ACCESS.page(), name="who_sees_collection"),
    path("collections/<uuid:collection_id>/upload/", pages.upload, name="upload"),
    path("collections/<uuid:collection_id>/export/", pages.export_documents, name="export_documents"),
    path("collections/<uuid:collection_id>/access/", pages.collection_access, name="collection_access"),
    path("documents/<uuid:document_id>/access/", pages.document_access, name="document_access"),
    *act_routes(acts),
    path("documents/<uuid:document_id>/", pages.document, name="document"),
    path("documents/<uuid:document_id>/pages/<int:number>/", pages.document_page, name="document_page"),
    path("passages/<uuid:passage_id>/", pages.passage, name="passage"),
    path("passages/<uuid:passage_id>/edit/", pages.edit_passage, name="edit_passage"),
    path("documents/<uuid:document_id>/who/", pages.DOCUMENT_ACCESS.page(), name="who_sees_document"),
]
