"""Styles: what a booth offers, and what an administrator makes of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import Style
from app.db.unit import Unit, reading, unit
from app.domain.access import Principal
from app.domain.chain import Step, checked, other_styles, resolved
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.session import is_one_line
from app.domain.workflow import PARAM, check_params, with_workflow
from app.ports import Ports
from app.services import in_use
from app.services.editing import mark_of, unchanged

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True)
class StyleView:
    """A style as people see it."""

    id: str
    name_en: str
    name_id: str
    provider: str
    enabled: bool
    position: int
    chain: Sequence[Any] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    mark: str = ""


def view(style: Style) -> StyleView:
    """The row as people see it."""
    return StyleView(
        style.id,
        style.name_en,
        style.name_id,
        style.provider,
        style.enabled,
        style.position,
        style.chain,
        value_of(style, "params"),
        mark_of(style.name_en, style.name_id, style.enabled, style.position, style.chain, style.params),
    )


async def usable(db: AsyncSession, style_id: str) -> Style:
    """The style, if it may be used. Raises NotFound `STYLE_NOT_FOUND`, Conflict `STYLE_DISABLED`."""
    style = await db.get(Style, style_id)
    if style is None:
        raise NotFound("STYLE_NOT_FOUND", "There is no such style.")
    if not style.enabled:
        raise Conflict("STYLE_DISABLED", "This style is switched off.")
    return style


async def chain_of(db: AsyncSession, style: Style) -> list[Step]:
    """Who makes a style, in order."""
    others = await db.scalars(select(Style).where(Style.id.in_(other_styles(style))))
    return resolved(style, {other.id: other for other in others})


async def list_all(ports: Ports, *, enabled_only: bool = False) -> Sequence[StyleView]:
    """Styles in the order to show them."""
    query = select(Style).order_by(Style.position, Style.id)
    if enabled_only:
        query = query.where(Style.enabled)
    async with reading(ports) as db:
        return [view(style) for style in await db.scalars(query)]


def _check(ports: Ports, provider: str | None, names: Sequence[str | None]) -> None:
    if provider is not None and provider not in ports.providers:
        raise Invalid("PROVIDER_UNKNOWN", "There is no such provider here.", field="provider")
    given = [name.strip() for name in names if name is not None]
    if not all(1 <= len(name) <= 60 and is_one_line(name) for name in given):
        raise Invalid("NAME_INVALID", "A style's name has 1 to 60 characters in one line.", field="name")


def _check_params(ports: Ports, provider: str, params: Mapping[str, Any], *, at: str = "") -> None:
    """What the provider would refuse later is refused now; `at` is the entry of a chain it is about."""
    if provider not in ports.checks:
        return
    try:
        ports.checks[provider].check(params)
    except Invalid as error:
        raise Invalid(
            error.code, error.message, **{**error.extra, "field": f"{at}{error.extra.get('field', 'params')}"}
        ) from None


def _checked_chain(ports: Ports, chain: Sequence[Any]) -> list[dict[str, Any]]:
    entries = checked(chain, ports.providers)
    for number, entry in enumerate(entries):
        if "provider" in entry:
            _check_params(ports, entry["provider"], entry["params"], at=f"chain.{number}.")
    return entries


def checked_new(ports: Ports, style_id: str, provider: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a style to be made, as they are kept. Raises Invalid with the field."""
    if not _ID.fullmatch(style_id):
        raise Invalid(
            "STYLE_ID_INVALID", "A style's id has 1 to 40 of a-z, 0-9 and inner hyphens.", field="id"
        )
    _check(ports, provider, (values["name_en"], values["name_id"]))
    check_params(values["params"])
    _check_params(ports, provider, values["params"])
    return {
        **values,
        "name_en": values["name_en"].strip(),
        "name_id": values["name_id"].strip(),
        "params": dict(values["params"]),
        "chain": _checked_chain(ports, values["chain"]),
    }


async def create(
    ports: Ports, principal: Principal, style_id: str, provider: str, values: Mapping[str, Any]
) -> StyleView:
    """Make a style of name_en, name_id, params, chain and position.

    Raises NotAllowed, Invalid, Conflict `STYLE_EXISTS`.
    """
    principal.require_house()
    checked_values = checked_new(ports, style_id, provider, values)
    async with unit(ports) as work:
        made = await work.db.scalar(
            insert(Style)
            .values(id=style_id, provider=provider, **checked_values)
            .on_conflict_do_nothing(index_elements=["id"])
            .returning(Style)
        )
        if made is None:
            raise Conflict("STYLE_EXISTS", "There is already a style with this id.", field="id")
        work.audit(principal.username, "style_created", style_id)
        return view(made)


async def change(
    ports: Ports,
    principal: Principal,
    style_id: str,
    values: Mapping[str, Any],
    *,
    expected: str | None = None,
    anyway: bool = False,
) -> StyleView:
    """Change name_en, name_id, params, chain, enabled or position. Raises NotAllowed, NotFound, Invalid.

    Switched off, it finishes the jobs under way. Raises Conflict `STYLE_IN_USE` while a booth's guest is to
    get it, unless `anyway`; `STYLE_LAST` for the only one left; `CHANGED_MEANWHILE`.
    """
    principal.require_house()
    async with unit(ports) as work:
        return view(await put(work, ports, principal, style_id, values, expected=expected, anyway=anyway))


async def put(
    work: Unit,
    ports: Ports,
    principal: Principal,
    style_id: str,
    values: Mapping[str, Any],
    *,
    expected: str | None = None,
    anyway: bool = False,
) -> Style:
    """As `change`, within a unit of work of the caller's."""
    _check(ports, None, (values.get("name_en"), values.get("name_id")))
    check_params(values.get("params", {}))
    before = await work.db.get(Style, style_id, with_for_update=True)
    if before is None:
        raise NotFound("STYLE_NOT_FOUND", "There is no such style.")
    await unchanged(work.db, style_id, view(before).mark, expected)
    if "params" in values:
        values = {**values, "params": with_workflow(values["params"], before.params.get(PARAM))}
        _check_params(ports, before.provider, values["params"])
    if "chain" in values:
        values = {**values, "chain": _checked_chain(ports, values["chain"])}
    if before.enabled and values.get("enabled") is False:
        await _may_end(work.db, ports, style_id, anyway)
    if values:
        await work.db.execute(update(Style).where(Style.id == style_id).values(**values))
        told = {"enabled": values["enabled"]} if "enabled" in values else {}
        work.audit(principal.username, "style_changed", style_id, fields=sorted(values), **told)
    return await work.db.get_one(Style, style_id, populate_existing=True)


def value_of(style: Style, field: str) -> Any:
    """What people set of a style; its workflow is a file and not one of them."""
    value = getattr(style, field)
    return {name: one for name, one in value.items() if name != PARAM} if field == "params" else value


async def _may_end(db: AsyncSession, ports: Ports, style_id: str, anyway: bool) -> None:
    """Raise Conflict when switching this style off would leave a booth with nothing to offer."""
    if await db.scalar(select(Style.id).where(Style.enabled, Style.id != style_id).limit(1)) is None:
        raise Conflict("STYLE_LAST", "This is the only style that is switched on.")
    if not anyway:
        use = await in_use.of_style(db, style_id, ports.clock.now())
        use.refuse("STYLE_IN_USE", "A booth's guest is to get this style.")


async def reorder(ports: Ports, principal: Principal, order: Sequence[str]) -> Sequence[StyleView]:
    """Put the styles into this order; those not named come after, as they were. Raises NotAllowed."""
    principal.require_house()
    async with unit(ports) as work:
        rows = await work.db.scalars(select(Style).order_by(Style.position, Style.id).with_for_update())
        place = {style_id: number for number, style_id in enumerate(order)}
        styles = sorted(rows, key=lambda style: place.get(style.id, len(place)))
        for number, style in enumerate(styles):
            style.position = number
        work.audit(principal.username, "styles_ordered", "styles")
        return [view(style) for style in styles]
