from django.urls import URLPattern

app_name = "medical_records"

urlpatterns: list[URLPattern] = []
