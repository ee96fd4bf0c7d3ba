"""Checkpoint folders of this project as TransformerLens models, for the scripts that write reference values.

Needs transformer_lens 2.9.1, which works with transformers 4.46 (the other fixtures need a newer transformers):

    python -m venv .venv-lens && .venv-lens/bin/pip install -r scripts/requirements-lens.txt
"""

import importlib.metadata
import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from transformer_lens import HookedTransformer, HookedTransformerConfig  # noqa: E402
from transformer_lens.pretrained.weight_conversions import (  # noqa: E402
    convert_llama_weights,
    convert_neox_weights,
)
from transformers import (  # noqa: E402
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
)

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = {name: importlib.metadata.version(name) for name in ("transformer-lens", "torch", "transformers")}


def load_lens_model(folder, dtype=torch.float64):
    """HookedTransformer of config.json and model.safetensors, norms folded, writing weights and unembedding centred.

    Where norms do not centre (RMSNorm), writing weights are left alone.
    """
    folder = Path(folder)
    config = json.loads((folder / "config.json").read_text())
    kind = {"gpt_neox": neox, "llama": llama}[config["model_type"]]
    hf_model, cfg, convert = kind(config, dtype)
    hf_model = hf_model.to(dtype)
    weights = {name: tensor.to(dtype) for name, tensor in load_file(folder / "model.safetensors").items()}
    missing, unexpected = hf_model.load_state_dict(weights, strict=False)
    assert all("rotary" in name or "masked_bias" in name for name in missing), missing
    assert not unexpected, unexpected
    model = HookedTransformer(cfg)
    with torch.no_grad():
        model.load_and_process_state_dict(
            convert(hf_model, cfg),
            fold_ln=True,
            center_writing_weights=cfg.normalization_type.startswith("LN"),
            center_unembed=True,
        )
        model.eval()
        agree(model, hf_model, config)
    return model


def agree(model, hf_model, config):
    """The converted model must say what the original says, or no value of it is a reference."""
    tokens = torch.randint(0, config["vocab_size"], (3, 5), generator=torch.Generator().manual_seed(0))
    ours = model(tokens).log_softmax(-1)
    theirs = hf_model(tokens).logits.log_softmax(-1)
    assert torch.allclose(ours, theirs, atol=1e-4), (ours - theirs).abs().max()


def neox(config, dtype):
    rope = config.get("rope_parameters", {})
    rotary = rope.get("partial_rotary_factor", config.get("rotary_pct"))
    base = rope.get("rope_theta", config.get("rotary_emb_base"))
    heads, width = config["num_attention_heads"], config["hidden_size"]
    shape = {key: value for key, value in config.items() if key not in ("dtype", "torch_dtype", "rope_parameters")}
    hf = GPTNeoXConfig(**{**shape, "rotary_pct": rotary, "rotary_emb_base": base})
    cfg = HookedTransformerConfig(
        **common(config, dtype),
        n_heads=heads,
        d_head=width // heads,
        act_fn=config["hidden_act"],
        normalization_type="LN",
        eps=config["layer_norm_eps"],
        parallel_attn_mlp=True,
        rotary_dim=int(rotary * (width // heads)),
        rotary_base=int(base),
    )
    return GPTNeoXForCausalLM._from_config(hf, attn_implementation="eager"), cfg, convert_neox_weights


def llama(config, dtype):
    rope = config.get("rope_parameters", {})
    base = rope.get("rope_theta", config.get("rope_theta"))
    heads, width = config["num_attention_heads"], config["hidden_size"]
    d_head = config.get("head_dim") or width // heads
    shape = {key: value for key, value in config.items() if key not in ("dtype", "torch_dtype", "rope_parameters")}
    scaled = rope.get("rope_type") == "llama3"
    scaling = {key: value for key, value in rope.items() if key != "rope_theta"} if scaled else None
    hf = LlamaConfig(**{**shape, "rope_theta": base, "rope_scaling": scaling})
    cfg = HookedTransformerConfig(
        **{**common(config, dtype), **(stretched(rope) if scaled else {})},
        n_heads=heads,
        n_key_value_heads=config["num_key_value_heads"],
        d_head=d_head,
        act_fn=config["hidden_act"],
        normalization_type="RMS",
        final_rms=True,
        gated_mlp=True,
        eps=config["rms_norm_eps"],
        rotary_dim=d_head,
        rotary_base=int(base),
    )
    return LlamaForCausalLM._from_config(hf, attn_implementation="eager"), cfg, convert_llama_weights


def stretched(rope):
    return dict(
        use_NTK_by_parts_rope=True,
        NTK_by_parts_low_freq_factor=rope["low_freq_factor"],
        NTK_by_parts_high_freq_factor=rope["high_freq_factor"],
        NTK_by_parts_factor=rope["factor"],
        # This version takes the length of the original training from n_ctx.
        n_ctx=rope["original_max_position_embeddings"],
    )


def common(config, dtype):
    return dict(
        n_layers=config["num_hidden_layers"],
        d_model=config["hidden_size"],
        d_mlp=config["intermediate_size"],
        d_vocab=config["vocab_size"],
        n_ctx=config["max_position_embeddings"],
        positional_embedding_type="rotary",
        rotary_adjacent_pairs=False,
        dtype=dtype,
        device="cpu",
        original_architecture=config["architectures"][0],
    )
