"""A contact centre that behaves: people, shifts, breaks, demand, and what all that sends over a network with faults.

Everything is drawn from a seed. What an agent does on a day depends on (seed, account, agent, day) alone, so the same
period gives the same events with the same ids wherever a simulation begins: history and the live run meet without a
gap or a double.
"""
