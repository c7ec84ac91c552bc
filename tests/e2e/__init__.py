"""The app in a real browser against the real service: what a person on a bad line lives through."""
