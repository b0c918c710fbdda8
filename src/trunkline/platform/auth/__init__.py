"""Who is calling: signatures, log-ins, access tokens; how each is proven, counted and ended."""
