from django.apps import AppConfig


class Audit(AppConfig):
    name = "trunkline.platform.audit"
    label = "audit"
