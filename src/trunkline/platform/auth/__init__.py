"""Who is calling: signed requests and the nonces that make each of them count once."""
