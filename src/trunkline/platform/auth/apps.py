from django.apps import AppConfig


class Auth(AppConfig):
    name = "trunkline.platform.auth"
    label = "api_auth"
