import pytest
from tests.pipeline.catalogue_contract import NORTHWIND, TYPE, CatalogueContract, RetentionContract

from trunkline.pipeline.catalogue import Catalogue, SessionRules
from trunkline.pipeline.memory import MemoryCatalogue


class TestMemoryCatalogue(CatalogueContract, RetentionContract):
    @pytest.fixture
    def catalogue(self) -> Catalogue:
        return MemoryCatalogue({TYPE: {NORTHWIND: SessionRules()}})
