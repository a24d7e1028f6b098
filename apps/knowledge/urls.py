from django.urls import path

from apps.knowledge import views

app_name = "knowledge"
urlpatterns = [
    path("", views.documents, name="documents"),
    path("search/", views.search, name="search"),
    path("collections/new/", views.create_collection, name="create_collection"),
    path("collections/<uuid:collection_id>/", views.collection, name="collection"),
    path("collections/<uuid:collection_id>/who/", views.COLLECTION_ACCESS.page(), name="who_sees_collection"),
    path("collections/<uuid:collection_id>/upload/", views.upload, name="upload"),
    path("collections/<uuid:collection_id>/export/", views.export_documents, name="export_documents"),
    path("collections/<uuid:collection_id>/retry-failed/", views.retry_failed, name="retry_failed"),
    path("collections/<uuid:collection_id>/delete/", views.delete_collection, name="delete_collection"),
    path("documents/<uuid:document_id>/", views.document, name="document"),
    path("documents/<uuid:document_id>/who/", views.DOCUMENT_ACCESS.page(), name="who_sees_document"),
    path("documents/<uuid:document_id>/retry/", views.retry_document, name="retry_document"),
    path("documents/<uuid:document_id>/delete/", views.delete_document, name="delete_document"),
]
