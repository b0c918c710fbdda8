from django.apps import AppConfig


class DataAccess(AppConfig):
    name = "trunkline.platform.data_access"
    label = "data_access"
