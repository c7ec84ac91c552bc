"""Evidence packs 证据包: what is held about one person and period, provable without the house."""
