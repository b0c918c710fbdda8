"""The web console: pages over the platform's verbs. It decides nothing."""
