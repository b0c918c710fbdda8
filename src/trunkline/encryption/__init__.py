"""OpenPGP: the gate for public keys, and encryption to them. Nothing else in the platform or the pipeline knows the library."""
