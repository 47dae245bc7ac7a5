"""The OpenAPI document at /v1/openapi.json: what the framework knows, with our own errors in it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from control_api.problems import MEDIA_TYPE, ProblemBody

PATH: Final = "/v1/openapi.json"
VERSION: Final = "1"

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_PROBLEM: Final = "#/components/schemas/ProblemBody"


class _Document(JsonRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, with_problems(openapi_schema))


def with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """The document with one answer for all that is refused, in place of the framework's."""
    _, schemas = msgspec.json.schema_components(
        [ProblemBody], ref_template="#/components/schemas/{name}"
    )
    refusal = {
        "description": "Refused; `code` says why (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": _PROBLEM}}},
    }
    paths: dict[str, Any] = {}
    for path, item in document["paths"].items():
        paths[path] = dict(item)
        for method in _METHODS:
            if (operation := item.get(method)) is None:
                continue
            answers = {
                status: answer
                for status, answer in operation["responses"].items()
                if not status.startswith("4")
            }
            paths[path][method] = {**operation, "responses": {**answers, "default": refusal}}
    components = document["components"]
    known = components.get("schemas", {})
    return {
        **document,
        "paths": paths,
        "components": {**components, "schemas": {**known, **schemas}},
    }


def config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Mediacore control API",
        version=VERSION,
        path=PATH,
        render_plugins=[_Document(path="/")],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="A token, or the API key for an integrator's server.",
                )
            }
        ),
        security=[{"bearer": []}],
    )
