"""The vocabulary 词汇表: kinds of posts, organisations, submissions, activities and figures, once.

The words are data (``vocabulary.yaml``); packs, cases, tables and pages take them from here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from app.policy.reading import Item, read_file

List = Literal["posts", "subjects", "submissions", "activities", "figures"]
LISTS: tuple[List, ...] = get_args(List)
_KEYS = ("zh", "en", "unit", "writers", "accepted", "measure", "also")


@dataclass(frozen=True, slots=True)
class Term:
    """One word: identifier, Chinese and English name, and what the lists say about it.

    ``unit``: a subject addressed by an administrative unit's code. ``writers``: kinds of posts and
    subjects that write it. ``accepted``: counts once a reviewer accepted it (M49). ``measure``:
    the Chinese measure of a figure. ``also``: other words for it in case files.
    """

    id: str
    zh: str
    en: str
    unit: bool = False
    writers: tuple[str, ...] = ()
    accepted: bool = False
    measure: str = ""
    also: tuple[str, ...] = ()


def terms(of: List) -> Mapping[str, Term]:
    """The words of one list by identifier, in the order written."""
    return _load()[of]


def posts() -> Mapping[str, Term]:
    """Kinds of posts of persons 岗位; the same as `app.postings.models.Post`."""
    return terms("posts")


def subjects() -> Mapping[str, Term]:
    """Kinds of organisations that owe something 责任主体."""
    return terms("subjects")


def submissions() -> Mapping[str, Term]:
    """Kinds of submissions 报送."""
    return terms("submissions")


def activities() -> Mapping[str, Term]:
    """Kinds of activities 活动."""
    return terms("activities")


def figures() -> Mapping[str, Term]:
    """Names of figures 上报数据."""
    return terms("figures")


def named(of: List, word: str) -> Term | None:
    """The term of this identifier, Chinese name or other word; None when there is none."""
    found = terms(of).get(word)
    return found or next((t for t in terms(of).values() if word == t.zh or word in t.also), None)


def read_kind(item: Item, what: str, of: List) -> str:
    """The identifier a clerk means; raises `Fault`."""
    found = named(of, item.text(what))
    if found is not None:
        return found.id
    known = terms(of).values()
    words = [word for term in known for word in (term.id, term.zh, *term.also)]
    raise item.unknown(what, words, told(known))


def called(word: str) -> str:
    """An identifier of any list with its Chinese name."""
    term = next(found for of in LISTS if (found := terms(of).get(word)) is not None)
    return f"{term.id} {term.zh}"


def told(known: Iterable[Term]) -> str:
    """The words a clerk may choose from, each with its Chinese name."""
    return "、".join(f"{term.id} {term.zh}" for term in known)


@cache
def _load() -> Mapping[List, Mapping[str, Term]]:
    root = read_file(Path(__file__).with_name("vocabulary.yaml"), "vocabulary.yaml")
    lists = root.fields("词汇表", LISTS, LISTS)
    return {
        name: {word: _term(word, item) for word, item in lists[name].fields(name).items()}
        for name in LISTS
    }


def _term(word: str, item: Item) -> Term:
    fields = item.fields(word, _KEYS, ("zh", "en"))
    return Term(
        word,
        fields["zh"].text("zh"),
        fields["en"].text("en"),
        unit="unit" in fields and fields["unit"].scalar("unit") is True,
        writers=_texts(fields, "writers"),
        accepted="accepted" in fields and fields["accepted"].scalar("accepted") is True,
        measure=fields["measure"].text("measure") if "measure" in fields else "",
        also=_texts(fields, "also"),
    )


def _texts(fields: Mapping[str, Item], key: str) -> tuple[str, ...]:
    return tuple(item.text(key) for item in fields[key].items(key)) if key in fields else ()
