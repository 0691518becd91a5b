"""Every verb of the rooms writes an entry into the history, and every entry has words for staff.

A verb is a function at the top of a module, not of a view, a command or the administration, that takes ``at`` and
``actor`` by keyword. That it *can* reach ``foundation.history`` is read in the source; that it does is said by its own
tests.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.history_words import knows_verb

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ["foundation", "accounts", "events", "pledges", "stocktaking"]
_NO_VERBS = {"tests", "migrations", "management", "admin", "views"}
RECORD = {"foundation.history.record", "foundation.history.record_many"}


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            if not _NO_VERBS & set(parts):
                yield ".".join(parts), ast.parse(file.read_text())


def _names(tree: ast.Module, module: str) -> dict[str, str]:
    """What the names at the top of a module stand for."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    own = {node.name: f"{module}.{node.name}" for node in tree.body if isinstance(node, ast.FunctionDef)}
    return names | own


def _called(function: ast.FunctionDef, names: dict[str, str]) -> set[str]:
    """All functions that are named in it, called there or handed on."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            found.add(names.get(node.id, node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{names.get(node.value.id, node.value.id)}.{node.attr}")
    return found


def _is_verb(function: ast.FunctionDef) -> bool:
    keywords = {argument.arg for argument in function.args.kwonlyargs}
    return not function.name.startswith("_") and {"at", "actor"} <= keywords


def _read() -> tuple[dict[str, set[str]], list[str]]:
    calls, verbs = {}, []
    for module, tree in _modules():
        names = _names(tree, module)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                calls[f"{module}.{node.name}"] = _called(node, names)
                # The techniques left of all rooms hold rows for a while and write the entries themselves.
                if _is_verb(node) and not module.startswith("foundation."):
                    verbs.append(f"{module}.{node.name}")
    return calls, verbs


CALLS, VERBS = _read()


def _reaches(name: str, wanted: set[str], seen: set[str]) -> bool:
    if name in seen:
        return False
    seen.add(name)
    called = CALLS.get(name, set())
    return bool(wanted & called) or any(_reaches(each, wanted, seen) for each in called if each in CALLS)


# What takes ``at`` and ``actor`` and changes nothing: with the reason.
CHANGES_NOTHING = {
    # Mails to colleagues; the verb that calls them writes the entry.
    "accounts.mails.tell_that_somebody_left",
    "accounts.mails.tell_that_a_role_changed",
}


@pytest.mark.parametrize("verb", sorted(set(VERBS) - CHANGES_NOTHING))
def test_a_verb_writes_history(verb: str) -> None:
    assert _reaches(verb, RECORD, set())


def test_the_verbs_that_matter_are_looked_at() -> None:
    assert {
        "accounts.workflow.invite",
        "accounts.colleagues.hand_over",
        "accounts.membership_workflow.end_membership",
        "accounts.merging.merge_stakeholders",
        "pledges.pledge_workflow.revise_pledge",
        "pledges.workflow.submit",
        "pledges.review.accept",
        "pledges.proposals.submit_proposal",
        "pledges.proposal_review.publish_new",
        "events.workflow.save_event",
    } <= set(VERBS)
    assert set(VERBS) >= CHANGES_NOTHING


def test_a_verb_that_writes_nothing_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CALLS, "pledges.workflow.forgetful", {"pledges.workflow.helper", "len"})
    monkeypatch.setitem(CALLS, "pledges.workflow.helper", set())

    assert not _reaches("pledges.workflow.forgetful", RECORD, set())


def _written() -> Iterator[str]:
    """The verbs that stand in the source as they are; those put together there are tried beside their functions."""
    for module, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from _verb_of(node, module)


def _verb_of(call: ast.Call, module: str) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    for keyword in call.keywords:
        if keyword.arg == "verb" and isinstance(keyword.value, ast.Constant):
            yield str(keyword.value.value)
    if module.startswith("accounts.") and name == "_record" and isinstance(call.args[2], ast.Constant):
        yield str(call.args[2].value)


@pytest.mark.parametrize("state", ["returned", "declined", "published"])
def test_the_decisions_on_proposals_have_words_too(state: str) -> None:
    """They are put together in ``pledges.proposal_review``."""
    assert knows_verb(f"proposal {state}")


def test_every_entry_has_words_for_staff() -> None:
    written = sorted(set(_written()))

    assert [verb for verb in written if not knows_verb(verb)] == []
    assert {"invited", "role changed", "pledge.revised", "draft saved"} <= set(written)
