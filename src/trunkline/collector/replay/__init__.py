"""Trying dead letters again after a fix, by the vocabulary and the rules of today."""
