"""The two centres of the demonstration."""

from dataclasses import replace

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


def centre_of(
    account: str,
    *,
    time_zone: str = "",
    agents: int | None = None,
    visits: int | None = None,
    seed: int | None = None,
    heartbeat_minutes: int | None = None,
) -> Centre:
    """The demonstration's centre of an account, or a new one, with the fields that are given."""
    centre = CENTRES.get(account) or Centre(account=account, time_zone="UTC", agents=60)
    return replace(
        centre,
        time_zone=time_zone or centre.time_zone,
        agents=centre.agents if agents is None else agents,
        visits=centre.visits if visits is None else visits,
        seed=centre.seed if seed is None else seed,
        console=replace(centre.console, heartbeat_minutes=heartbeat_minutes),
    )
