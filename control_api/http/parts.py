"""What every handler is given: who asks, and the server's services."""

from __future__ import annotations

from typing import Any, TypeAlias

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from control_api.auth import Principal
from control_api.compose import Services

PrincipalOf: TypeAlias = SkipValidation[NamedDependency[Principal]]
ServicesOf: TypeAlias = SkipValidation[NamedDependency[Services]]


def services_of(state: State) -> Services:
    services: Services = state.services
    return services


def principal_of(request: Request[Any, Any, Any], services: ServicesOf) -> Principal:
    """Raises Problem: token_invalid, token_expired."""
    return services.keys.authenticate(request.headers.get("authorization"))


DEPENDENCIES = {
    "services": Provide(services_of, sync_to_thread=False),
    "principal": Provide(principal_of, sync_to_thread=False),
}
