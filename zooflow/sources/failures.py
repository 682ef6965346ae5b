"""What goes wrong with the hub: which failures may pass, and what each means in one sentence."""

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ..errors import BadInput, SourceUnavailable, UnknownName, ZooflowError
from .address import Hub
from .near import repositories, revisions

PASSING = {408, 425, 429, 500, 502, 503, 504}  # HTTP status


def is_passing(error: Exception) -> bool:
    """Tell failures that may pass from those that stay."""
    from huggingface_hub import errors

    if isinstance(error, errors.HfHubHTTPError):
        return error.response.status_code in PASSING
    if isinstance(error, errors.OfflineModeIsEnabled):
        return False
    # httpx's in client 1, httpx2's in client 2
    transport = errors.HTTPError  # pyright: ignore[reportPrivateImportUsage]
    return isinstance(error, transport | ConnectionError | json.JSONDecodeError)


def wait_asked(error: Exception) -> float:
    """Say for how many seconds the hub asks to be left alone; 0 where it does not."""
    response = getattr(error, "response", None)
    if response is None or response.status_code not in (429, 503):
        return 0.0
    said = response.headers.get("Retry-After", "").strip()
    if said.isdigit():
        return float(said)
    if used_up := re.search(r";r=0;t=(\d+)", response.headers.get("RateLimit", "")):
        return float(used_up[1])
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # no date, or one without its zone
        return 0.0


def told(error: BaseException, place: Hub) -> ZooflowError:
    """Say in one sentence what the hub client's error means."""
    from huggingface_hub import errors

    if isinstance(error, errors.LocalEntryNotFoundError) and error.__cause__:
        return told(error.__cause__, place)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return SourceUnavailable(
            f"{place.source} is not here and HF_HUB_OFFLINE forbids to fetch it",
            hint=f"unset HF_HUB_OFFLINE once and run: zooflow download {place.source}",
        )
    if isinstance(error, errors.GatedRepoError):
        return SourceUnavailable(
            f"{place.repo} is gated: its owner asks for terms to be accepted first",
            hint="accept them on its page at the hub, then: hf auth login (or set HF_TOKEN)",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return UnknownName(
            f"revision of {place.repo}",
            place.revision,
            revisions(place),
            hint="a branch, a tag or a commit",
        )
    if isinstance(error, errors.HFValidationError):
        return BadInput(f"{place.repo!r} cannot be a repository: {first_line(error)}")
    if isinstance(error, errors.HfHubHTTPError):
        status = error.response.status_code
        if "Invalid credentials" in error.response.headers.get("X-Error-Message", ""):
            return SourceUnavailable(
                "the hub refuses the token", hint="hf auth login, or set another HF_TOKEN"
            )
        if status in (
            401,
            404,
        ):  # the hub says 401 of what is missing as well as of what is private
            return UnknownName(
                "repository",
                place.repo,
                repositories(place),
                hint="check owner and name; if it is private: hf auth login, or set HF_TOKEN",
            )
        if wanted := wait_asked(error):
            return SourceUnavailable(
                f"the hub answered {status} for {place.source} and asks to wait {wanted:,.0f} s",
                hint="it lets those ask more often who are logged in: hf auth login",
            )
        hint = "try again later" if status in PASSING else "may this account and token read it?"
        why = error.response.headers.get("X-Error-Message", "").strip().rstrip(".")
        why = f": {first_line(ValueError(why))}" if why else ""
        return SourceUnavailable(f"the hub answered {status} for {place.source}{why}", hint)
    if isinstance(error, OSError) and not isinstance(error, ConnectionError):
        return SourceUnavailable(
            f"{place.source} cannot be written to the cache: {error.strerror or error}",
            hint="make room, or let HF_HOME name another folder",
        )
    return SourceUnavailable(
        f"the hub cannot be reached for {place.source}: {first_line(error)}",
        hint="check the connection and the proxy; what was fetched before works without a network",
    )


def first_line(error: BaseException) -> str:
    """Keep what fits in a sentence."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
