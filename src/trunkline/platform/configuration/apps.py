from django.apps import AppConfig


class Configuration(AppConfig):
    name = "trunkline.platform.configuration"
    label = "configuration"
