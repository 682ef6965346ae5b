"""Why the hub does not take a push, in one sentence."""

from typing import TYPE_CHECKING

from ..errors import BadInput, NotPublished, ZooflowError
from ..sources.address import Hub
from ..sources.failures import first_line, is_passing, wait_asked

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

LOGIN = "hf auth login, or set HF_TOKEN to a token that may write"


def refused(error: BaseException, place: Hub) -> ZooflowError:
    """Say in one sentence why the hub does not take a push."""
    from huggingface_hub import errors

    if isinstance(error, RuntimeError) and error.__cause__ and not isinstance(error, OSError):
        return refused(error.__cause__, place)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return NotPublished("HF_HUB_OFFLINE forbids to push", hint="unset HF_HUB_OFFLINE once")
    if isinstance(error, errors.HFValidationError):
        return BadInput(f"{place.repo!r} cannot be a repository: {first_line(error)}")
    if isinstance(error, errors.HfHubHTTPError):
        return _answered(error, place)
    if isinstance(error, ValueError) and "README.md" in str(error):
        why = str(error).strip().splitlines()[-1].removeprefix("- ")
        return BadInput(
            f"the hub does not take the head of README.md in {place.repo}: {why}",
            hint="mend it on its page at the hub, then push again",
        )
    return NotPublished(
        f"the hub cannot be reached for {place.repo}: {first_line(error)}",
        hint="check the connection and the proxy, then push again",
    )


def _answered(error: "HfHubHTTPError", place: Hub) -> ZooflowError:
    status = error.response.status_code
    said = error.response.headers.get("X-Error-Message", "").strip().rstrip(".")
    said = f": {said}" if said else ""
    if "Invalid credentials" in said:
        return NotPublished("the hub refuses the token", hint=LOGIN)
    if status in (401, 403, 404):
        owner = place.repo.partition("/")[0]
        return NotPublished(
            f"this token may not write to {place.repo}{said}",
            hint=f"is {owner} you, or an organisation of yours? {LOGIN}",
        )
    if status == 412:
        return NotPublished(f"{place.repo} has changed meanwhile{said}", hint="push again")
    if wanted := wait_asked(error):
        return NotPublished(
            f"the hub answered {status} for {place.repo} and asks to wait {wanted:,.0f} s",
            hint="push again then",
        )
    hint = "push again later" if is_passing(error) else "nothing was changed there"
    return NotPublished(f"the hub answered {status} for {place.repo}{said}", hint)
