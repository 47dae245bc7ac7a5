"""How a message's class names its JSON tag, the way serde's `rename_all = "snake_case"` does."""


def snake_case(name: str) -> str:
    """`AgentSignIn` -> `agent_sign_in`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
