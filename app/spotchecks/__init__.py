"""Spot checks 抽查: a random sample of stay days, drawn so that anyone can repeat the draw."""
