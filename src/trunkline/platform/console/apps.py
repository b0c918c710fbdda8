from django.apps import AppConfig


class Console(AppConfig):
    name = "trunkline.platform.console"
    label = "console"
