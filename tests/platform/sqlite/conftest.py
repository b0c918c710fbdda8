"""What happens to the files of SQLite. Beside a PostgreSQL there is nothing here to collect: its own server keeps its files."""

import os

if os.environ.get("TRUNKLINE_TEST_POSTGRES"):
    collect_ignore_glob = ["test_*"]
