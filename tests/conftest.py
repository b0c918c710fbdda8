"""What every test may count on: no setting of the developer's own machine reaches a test."""

import os

for name in [
    name for name in os.environ if name.startswith("TRUNKLINE_") and not name.startswith("TRUNKLINE_TEST")
]:
    del os.environ[name]
os.environ.pop("DATABASE_URL", None)
os.environ["TRUNKLINE_MODE"] = "development"
