from django.apps import AppConfig


class Accounts(AppConfig):
    name = "trunkline.platform.accounts"
    label = "accounts"
