"""Tests of flags and reviews."""
