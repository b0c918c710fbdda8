"""A contact centre that behaves: agents, visitors, what they say to each other, and a network with faults between.

Everything is drawn from a seed. What a team of agents does on a day, and the visitors who talk to them, depends on
(seed, account, team, day) alone, any other visitor on (seed, account, quarter of an hour, number). So the same period
gives the same events with the same ids wherever a simulation begins: history and the live run meet without a gap or a
double.
"""
