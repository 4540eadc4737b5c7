"""Styles: what a booth offers, and what an administrator makes of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.tables import Style
from app.db.unit import reading, unit
from app.domain.access import Principal
from app.domain.chain import Step, checked, other_styles, resolved
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.session import is_one_line
from app.domain.workflow import PARAM, check_params, with_workflow
from app.ports import Ports

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


async def create(
    ports: Ports,
    principal: Principal,
    *,
    style_id: str,
    name_en: str,
    name_id: str,
    provider: str,
    params: Mapping[str, Any],
    position: int,
    chain: Sequence[Any] = (),
) -> StyleView:
    """Make a style. Raises NotAllowed, Invalid, Conflict `STYLE_EXISTS`."""
    principal.require_role("admin")
    if not _ID.fullmatch(style_id):
        raise Invalid(
            "STYLE_ID_INVALID", "A style's id has 1 to 40 of a-z, 0-9 and inner hyphens.", field="id"
        )
    _check(ports, provider, (name_en, name_id))
    check_params(params)
    _check_params(ports, provider, params)
    async with unit(ports) as work:
        made = await work.db.scalar(
            insert(Style)
            .values(
                id=style_id,
                name_en=name_en.strip(),
                name_id=name_id.strip(),
                provider=provider,
                params=dict(params),
                position=position,
                chain=_checked_chain(ports, chain),
            )
            .on_conflict_do_nothing(index_elements=["id"])
            .returning(Style)
        )
        if made is None:
            raise Conflict("STYLE_EXISTS", "There is already a style with this id.")
        work.audit(principal.username, "style_created", style_id)
        return view(made)


async def change(ports: Ports, principal: Principal, style_id: str, values: Mapping[str, Any]) -> StyleView:
    """Change name_en, name_id, params, chain, enabled or position. Raises NotAllowed, NotFound, Invalid."""
    principal.require_role("admin")
    _check(ports, None, (values.get("name_en"), values.get("name_id")))
    check_params(values.get("params", {}))
    async with unit(ports) as work:
        before = await work.db.get(Style, style_id, with_for_update=True)
        if before is not None and "params" in values:
            values = {**values, "params": with_workflow(values["params"], before.params.get(PARAM))}
        if before is not None and "params" in values:
            _check_params(ports, before.provider, values["params"])
        if "chain" in values:
            values = {**values, "chain": _checked_chain(ports, values["chain"])}
        if values:
            await work.db.execute(update(Style).where(Style.id == style_id).values(**values))
            work.audit(principal.username, "style_changed", style_id, fields=sorted(values))
        style = await work.db.get(Style, style_id, populate_existing=True)
        if style is None:
            raise NotFound("STYLE_NOT_FOUND", "There is no such style.")
        return view(style)
