"""Alembic's entry: always run by router.store.engine.migrate, which brings the connection."""

from alembic import context

from router.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can't alter most things in place.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
