"""The posts that people hold are the posts that policies speak of."""

from app.policy import vocabulary
from app.postings.models import Post


def test_the_vocabulary_names_every_post_and_no_other() -> None:
    assert list(vocabulary.posts()) == [kind.value for kind in Post]


def test_no_two_posts_and_no_organisation_share_a_name() -> None:
    terms = [*vocabulary.posts().values(), *vocabulary.subjects().values()]
    names = [name for term in terms for name in (term.id, term.zh, *term.also)]
    assert len(names) == len(set(names))


def test_whatever_is_written_has_writers_that_exist() -> None:
    known = {*vocabulary.posts(), *vocabulary.subjects()}
    for terms in (vocabulary.submissions(), vocabulary.activities(), vocabulary.figures()):
        for term in terms.values():
            assert set(term.writers) <= known, term.id
