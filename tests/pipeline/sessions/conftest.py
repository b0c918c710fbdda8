"""What the tests of the session rules share: a pipeline without files, and the oracle run beside it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
