"""The demo shop: a small shop on an origin of its own whose visitors are recorded by the browser tag, as on any site."""
