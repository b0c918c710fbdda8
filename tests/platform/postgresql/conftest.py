"""What only PostgreSQL can do. Run beside one (tests/with-postgres); without it there is nothing here to collect."""

import os

if not os.environ.get("TRUNKLINE_TEST_POSTGRES"):
    collect_ignore_glob = ["test_*"]
