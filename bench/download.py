"""Fetches a snapshot from the stand-in Hub with huggingface_hub and prints the seconds that it took."""

import os
import sys
import time

os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["HF_HUB_DISABLE_XET"] = "1"

from huggingface_hub import snapshot_download  # noqa: E402

start = time.perf_counter()
snapshot_download("bench/model", endpoint=sys.argv[1], cache_dir=sys.argv[2], token=False)
print(time.perf_counter() - start)
