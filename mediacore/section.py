"""What all tables of mediacore.toml are made of."""

import msgspec

# Letter or digit first and last, as the contact centre wants it of every id.
SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table of the file."""
