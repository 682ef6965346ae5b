"""Names on the hub that are near to one that it does not know."""

from .address import Hub, endpoint

MOST = 1000  # repositories of an owner that are looked through: one answer of the hub


def repositories(place: Hub) -> list[str]:
    """List the repositories of an owner; none where the hub does not say."""
    from huggingface_hub import HfApi

    try:
        owner = place.repo.partition("/")[0]
        return [each.id for each in HfApi(endpoint()).list_models(author=owner, limit=MOST)]
    except Exception:  # a suggestion less; what was asked for is told all the same
        return []


def revisions(place: Hub) -> list[str]:
    """List the branches and tags of a repository; none where the hub does not say."""
    from huggingface_hub import HfApi

    try:
        found = HfApi(endpoint()).list_repo_refs(place.repo)
        return [each.name for each in (*found.branches, *found.tags)]
    except Exception:  # as above
        return []
