"""What the platform measures about itself; `/metrics` shows it. Labels never hold an account, a key or a name (those of the
pipeline, in `trunkline.platform.data_access.pipeline_measures`, hold a bounded number of accounts)."""

from prometheus_client import Counter, Histogram

REQUESTS = Counter("trunkline_requests_total", "Requests answered.", ["route", "method", "status"])
REQUEST_SECONDS = Histogram("trunkline_request_seconds", "Time until the answer began.", ["route"])
REFUSED_SIGNATURES = Counter("trunkline_refused_signatures_total", "Requests answered with 401.", ["problem"])
DOWNLOADED_BYTES = Counter("trunkline_downloaded_bytes_total", "Bytes of data files whose sending began.")
