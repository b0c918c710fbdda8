"""Every address of the platform."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
