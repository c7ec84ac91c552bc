"""Civil days as people say them. Pure."""

from datetime import date


def in_words(day: date, on: date | None = None) -> str:
    """A day as people say it, 11月8日; with its year where ``on`` lies in another one."""
    year = f"{day.year}年" if on is not None and day.year != on.year else ""
    return f"{year}{day.month}月{day.day}日"
