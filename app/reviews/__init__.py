"""Flags 疑点 on records, the author's answers, reviewers' decisions, appeals, silenced checks."""
