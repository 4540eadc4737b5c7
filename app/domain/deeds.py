"""What an entry of the audit log says, as words to look up: once, for the page and for the file."""

from collections.abc import Mapping
from typing import Any

from pydantic.alias_generators import to_camel

from app.domain.wire import Wire

_FORMS = {"event_changed": "event", "style_changed": "style", "user_changed": "user"}
SHORT = 6


class Phrase(Wire):
    """The first of `keys` that there are words for, filled with `values` and with `words`.

    Each of `words` is a list of such first-of lists; the last of one is said as it is when none is known.
    """

    keys: list[str]
    values: dict[str, str]
    words: dict[str, list[list[str]]]


def phrase(action: str, kind: str, subject: str, name: str, data: Mapping[str, Any]) -> Phrase:
    """The sentence of a deed."""
    called = name or (subject[-SHORT:] if kind == "job" else subject)
    values = {key: str(value) for key, value in data.items() if not isinstance(value, dict | list)}
    words = {"fields": [_field(action, str(field)) for field in data.get("fields", ())]}
    if action == "setup_step":
        words |= {"to": [[f"guide.state.{data.get('to')}"]], "name": [[f"guide.{subject.partition(':')[0]}"]]}
    plain = {
        "to": "",
        "ended": values.get("count", ""),
        **values,
        "name": called,
        "action": action.replace("_", " "),
    }
    return Phrase(keys=[f"audit.{action}", "audit.other"], values=plain, words=words)


def _field(action: str, name: str) -> list[str]:
    """A changed field by the name its form has."""
    return [f"form.{_FORMS.get(action)}.{to_camel(name)}", f"admin.field.{name}", name]
