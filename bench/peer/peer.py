"""The peer of the benchmark: the method as a Python program on TransformerLens does it, stage by stage.

    python -m venv .venv-lens && .venv-lens/bin/pip install -r bench/peer/requirements.txt
    HEURISTRACE_PEER_PYTHON=.venv-lens/bin/python npm run bench -- step

Reads one JSON request from standard input and writes one JSON answer to standard output (bench/peer.ts has both
shapes). `task` is `time` (stages on slices) or `values` (results to hold against ours).
"""

import json
import os
import platform
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import torch  # noqa: E402
from lens_models import VERSIONS, load_lens_model  # noqa: E402
from prompts import Arithmetic  # noqa: E402
from stages import time_stages  # noqa: E402
from values import values_of  # noqa: E402


def main():
    request = json.load(sys.stdin)
    torch.set_num_threads(request["threads"])
    model = load_lens_model(request["checkpoint"], torch.float32)
    arithmetic = Arithmetic(request["tokens"], request["maxOperand"], request["maxAnswer"])
    work = {"time": time_stages, "values": values_of}[request["task"]]
    answer = work(model, arithmetic, request)
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    versions = {"python": platform.python_version(), **VERSIONS}
    json.dump({"versions": versions, "threads": torch.get_num_threads(), "peak": peak, "answer": answer}, sys.stdout)


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
