"""The two centres of the demonstration."""

from trunkline.simulator.agent_day import Console
from trunkline.simulator.centre import Centre

NORTHWIND = Centre(account="75555851", time_zone="Europe/Amsterdam", agents=60, domain="northwind.example")
CONTOSO = Centre(
    account="28045150",
    time_zone="America/New_York",
    agents=25,
    domain="contoso.example",
    # An older console: what was before must be derived, and session ids be made, by the pipeline.
    console=Console(session_ids=False, previous_values=False),
)
CENTRES = {centre.account: centre for centre in (NORTHWIND, CONTOSO)}
