from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.knowledge import acts, views

app_name = "knowledge"
urlpatterns = [
    path("", views.documents, name="documents"),
    path("search/", views.search, name="search"),
    path("collections/new/", views.create_collection, name="create_collection"),
    path("collections/<uuid:collection_id>/", views.collection, name="collection"),
    path("collections/<uuid:collection_id>/who/", views.COLLECTION_ACCESS.page(), name="who_sees_collection"),
    path("collections/<uuid:collection_id>/upload/", views.upload, name="upload"),
    path("collections/<uuid:collection_id>/export/", views.export_documents, name="export_documents"),
    *act_routes(acts),
    path("documents/<uuid:document_id>/", views.document, name="document"),
    path("documents/<uuid:document_id>/who/", views.DOCUMENT_ACCESS.page(), name="who_sees_document"),
]
