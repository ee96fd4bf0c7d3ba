"""Weight files by their real writers, for the tests of src/weights: torch.save, safetensors, transformers.

    python -m venv .venv && .venv/bin/pip install -r scripts/requirements.txt
    .venv/bin/python scripts/make_weight_fixtures.py

Writes test/fixtures/weights/:
    torch/{fp32,fp16,bf16}.bin      a state dict with views, shared storages, buffers; what torch reads from it is
    torch/{fp32,fp16,bf16}.safetensors
    torch/tiny.bin                  for mutations
    torch/{legacy,module,nested,expanded,double,negative}.bin: what is refused
    single-torch, sharded-safetensors, sharded-torch: the model of test/fixtures/gpt-neox/heads4-rotary-full again
"""

import collections
import json
import os
import shutil
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from transformers import GPTNeoXForCausalLM  # noqa: E402

FIXTURES = Path(__file__).resolve().parent.parent / "test" / "fixtures"
WEIGHTS = FIXTURES / "weights"
MODEL = FIXTURES / "gpt-neox" / "heads4-rotary-full"
DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
INTEGERS = {
    "mask": torch.tril(torch.ones(1, 1, 3, 3, dtype=torch.uint8)),
    "bool": torch.tensor([True, False]),
    "i8": torch.tensor([-3], dtype=torch.int8),
    "i16": torch.tensor([-300], dtype=torch.int16),
    "i32": torch.tensor([70000], dtype=torch.int32),
    "i64": torch.tensor([-(2**40)], dtype=torch.int64),
}


def views(dtype):
    """Every kind of view that a weight may be of its storage, beside buffers that no model needs."""
    layer = torch.nn.Linear(3, 2).to(dtype)  # its state dict carries _metadata, and parameters come as tensors
    state = layer.state_dict()
    base = torch.randn(6, 5).to(dtype)
    state["parameter"] = torch.nn.Parameter(torch.randn(4).to(dtype))
    state["transposed"] = base.t()
    state["rows"] = base[2:5]
    state["columns"] = base[:, 1:4]
    state["steps"] = base[1::2, ::3]
    state["same"] = base
    state["tied"] = state["weight"]
    state["cube"] = torch.randn(2, 3, 4).to(dtype).permute(2, 0, 1)
    state["scalar"] = torch.tensor(-1e4).to(dtype)
    state["empty"] = torch.zeros(0, 3).to(dtype)
    state["extremes"] = torch.tensor([float("inf"), -0.0, 6e-8, 65504.0, 1 / 3]).to(dtype)
    state.update(INTEGERS)
    return state


def write_views():
    folder = WEIGHTS / "torch"
    folder.mkdir(parents=True)
    for name, dtype in DTYPES.items():
        torch.save(views(dtype), folder / f"{name}.bin")
        read = torch.load(folder / f"{name}.bin", weights_only=True)
        values = {key: value.float().contiguous().clone() for key, value in read.items() if key not in INTEGERS}
        save_file(values, folder / f"{name}.safetensors")
    small = {"a": torch.randn(2, 3)}
    base = torch.randn(3, 2, dtype=torch.float16)
    torch.save({**small, "half": base, "view": base.t(), "mask": INTEGERS["mask"]}, folder / "tiny.bin")
    torch.save(small, folder / "legacy.bin", _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Linear(2, 1), folder / "module.bin")
    torch.save({"state_dict": small, "epoch": 3}, folder / "nested.bin")
    torch.save({"a": torch.ones(1).expand(1000, 1000)}, folder / "expanded.bin")
    torch.save({"a": torch.randn(2, dtype=torch.float64)}, folder / "double.bin")
    torch.save({"a": torch._neg_view(torch.randn(2))}, folder / "negative.bin")


def buffers(config):
    """What older versions of transformers kept in GPT-NeoX's files."""
    for layer in range(config.num_hidden_layers):
        attention = f"gpt_neox.layers.{layer}.attention"
        yield f"{attention}.bias", torch.tril(torch.ones(1, 1, 8, 8, dtype=torch.uint8))
        yield f"{attention}.masked_bias", torch.tensor(-1e9)
        yield f"{attention}.rotary_emb.inv_freq", 1.0 / (10000.0 ** (torch.arange(0, 10, 2) / 10))


def write_models():
    model = GPTNeoXForCausalLM.from_pretrained(MODEL, dtype=torch.float32)
    folders = {name: WEIGHTS / name for name in ("single-torch", "sharded-safetensors", "sharded-torch")}
    model.save_pretrained(folders["sharded-safetensors"], max_shard_size="16KB")
    (folders["sharded-safetensors"] / "generation_config.json").unlink(missing_ok=True)
    # by the names of Pythia's files; transformers 5 calls `embed_out` otherwise while it is in memory
    state = collections.OrderedDict(load_file(MODEL / "model.safetensors"))
    state.update(buffers(model.config))
    for name in ("single-torch", "sharded-torch"):
        folders[name].mkdir()
        shutil.copy(MODEL / "config.json", folders[name])
    torch.save(state, folders["single-torch"] / "pytorch_model.bin")
    # transformers 5 writes safetensors only: shards and their index as version 4 wrote them.
    names = list(state)
    third = -(-len(names) // 3)
    parts = [names[i : i + third] for i in range(0, len(names), third)]
    files = [f"pytorch_model-{i + 1:05d}-of-{len(parts):05d}.bin" for i in range(len(parts))]
    for file, part in zip(files, parts):
        torch.save({name: state[name].clone() for name in part}, folders["sharded-torch"] / file)
    index = {
        "metadata": {"total_size": sum(value.numel() * value.element_size() for value in state.values())},
        "weight_map": {name: file for file, part in zip(files, parts) for name in part},
    }
    (folders["sharded-torch"] / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")


def main():
    torch.manual_seed(20260103)
    torch.set_num_threads(1)
    shutil.rmtree(WEIGHTS, ignore_errors=True)
    write_views()
    write_models()


if __name__ == "__main__":
    main()
