"""Holds the stand-in Hub of the tests, and the caches that heuristrace writes, to huggingface_hub.

Usage: check_stand_in_hub.py protocol ENDPOINT CACHE    read everything over the wire
       check_stand_in_hub.py cache CACHE REPO REVISION  read a cache without a network
       check_stand_in_hub.py fetch ENDPOINT CACHE REPO REVISION  fill a cache, for others to read
Prints one JSON object. The repositories are those of test/hub/python.test.ts.
"""

import hashlib
import json
import os
import sys

os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
# The stand-in serves plain HTTP, as every Hub still does beside Xet.
os.environ["HF_HUB_DISABLE_XET"] = "1"

from huggingface_hub import HfApi, hf_hub_download, scan_cache_dir, snapshot_download  # noqa: E402


def digests(folder):
    """sha256 of every file below a folder, by path."""
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


def name_of_failure(work):
    try:
        work()
    except Exception as error:
        return type(error).__name__
    return "none"


def protocol(endpoint, cache):
    repo, api = "someone/model-a", HfApi(endpoint=endpoint, token=False)
    refs = api.list_repo_refs(repo)

    def download(repo_id, path, token=False, **more):
        return hf_hub_download(repo_id, path, endpoint=endpoint, cache_dir=cache, token=token, **more)

    tree = list(api.list_repo_tree(repo, revision="step512", recursive=True))
    infos = api.get_paths_info(repo, ["model.safetensors", "config.json", "none"], revision="step512")
    url = f"{endpoint}/{repo}/resolve/step512/model.safetensors"
    from huggingface_hub import get_hf_file_metadata

    metadata = get_hf_file_metadata(url, token=False)
    return {
        "branches": {ref.name: ref.target_commit for ref in refs.branches},
        "tags": {ref.name: ref.target_commit for ref in refs.tags},
        "sha": api.model_info(repo, revision="step512").sha,
        "tree": {entry.path: getattr(entry, "size", None) for entry in tree},
        "lfs": {entry.path: entry.lfs.sha256 for entry in tree if getattr(entry, "lfs", None)},
        "pathsInfo": {entry.path: entry.blob_id for entry in infos},
        "metadata": {"etag": metadata.etag, "size": metadata.size, "commit": metadata.commit_hash},
        "one": os.path.relpath(download(repo, "nested/deep/vocab.txt", revision="v1"), cache),
        "snapshot": digests(snapshot_download(repo, revision="step512", endpoint=endpoint, cache_dir=cache, token=False)),
        "failures": {
            "repo": name_of_failure(lambda: download("someone/none", "config.json")),
            "revision": name_of_failure(lambda: download(repo, "config.json", revision="step3")),
            "file": name_of_failure(lambda: download(repo, "none.json")),
            "gated": name_of_failure(lambda: download("someone/gated", "config.json", token="hf_stand_in")),
            "private": name_of_failure(lambda: download("someone/private", "config.json")),
            "token": name_of_failure(lambda: download("someone/private", "config.json", token="hf_wrong")),
            "allowed": name_of_failure(lambda: download("someone/private", "model.safetensors", token="hf_stand_in")),
        },
    }


def cache(folder, repo, revision):
    report = scan_cache_dir(folder)
    return {
        "warnings": [str(warning) for warning in report.warnings],
        "repos": {
            found.repo_id: {
                revised.commit_hash: {"refs": sorted(revised.refs), "size": revised.size_on_disk}
                for revised in found.revisions
            }
            for found in report.repos
        },
        "snapshot": digests(snapshot_download(repo, revision=revision, cache_dir=folder, local_files_only=True)),
    }


def fetch(endpoint, folder, repo, revision):
    return {"snapshot": digests(snapshot_download(repo, revision=revision, endpoint=endpoint, cache_dir=folder, token=False))}


if __name__ == "__main__":
    modes = {"protocol": protocol, "cache": cache, "fetch": fetch}
    print(json.dumps(modes[sys.argv[1]](*sys.argv[2:])))
