"""ETags: what a client has already is not sent again."""

import hashlib

import falcon

FORMAT = "1"
"""Grows when the same stored state is shown differently, so that no old answer is kept."""

REVALIDATE = "private, no-cache"
"""For one client alone, which may keep the answer but must ask each time whether it still holds."""


def unchanged(req: falcon.Request, resp: falcon.Response, state: str | bytes) -> bool:
    """Name the state of what is shown; True, with 304 set, when the client has it already.

    A text is a version, bytes are the answer itself. The tag is weak, because the same state may
    be sent compressed or not.
    """
    if isinstance(state, bytes):
        state = hashlib.blake2b(state, digest_size=12).hexdigest()
    tag = falcon.ETag(f"{FORMAT}-{state}")
    tag.is_weak = True
    resp.set_header("ETag", tag.dumps())
    resp.set_header("Cache-Control", REVALIDATE)
    if not any(known in ("*", tag) for known in _known(req)):
        return False
    resp.status = falcon.HTTP_304
    resp.delete_header("Content-Type")
    return True


def _known(req: falcon.Request) -> list[str]:
    """Return the tags that a client says it has; none if it says so in a way nobody understands."""
    try:
        return list(req.if_none_match or [])
    except (ValueError, falcon.HTTPError):
        return []
