"""The demonstration county 示范县: a real county, invented people, every state of a standing."""
