"""Reference activations of Hugging Face transformers (eager attention, float32) for the parity tests.

    python -m venv .venv && .venv/bin/pip install -r scripts/requirements.txt
    .venv/bin/python scripts/make_transformers_fixtures.py

Writes test/fixtures/gpt-neox/<name>/{config.json,model.safetensors,activations.safetensors}: small random models whose
biases, gains and rotary fractions are all non-trivial, and the activations of the embedded suite's last checkpoint.
Names of activations are those of src/model/hooks.ts, with `.{layer}` behind them.
"""

import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from transformers import AutoTokenizer, GPTNeoXConfig, GPTNeoXForCausalLM  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "test" / "fixtures" / "gpt-neox"
EMBEDDED = ROOT / "checkpoints" / "embedded" / "seed0"

SHAPES = {
    "heads3-rotary-half": dict(layers=2, heads=3, d_head=8, d_mlp=40, rotary=0.5, vocab=37),
    "heads2-rotary-quarter": dict(layers=3, heads=2, d_head=16, d_mlp=64, rotary=0.25, vocab=50),
    "heads4-rotary-full": dict(layers=1, heads=4, d_head=10, d_mlp=24, rotary=1.0, vocab=29),
}


def random_model(layers, heads, d_head, d_mlp, rotary, vocab):
    config = GPTNeoXConfig(
        hidden_size=heads * d_head,
        intermediate_size=d_mlp,
        num_attention_heads=heads,
        num_hidden_layers=layers,
        vocab_size=vocab,
        rotary_pct=rotary,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": rotary},
        max_position_embeddings=64,
        hidden_act="gelu",
        use_parallel_residual=True,
        tie_word_embeddings=False,
        bos_token_id=0,
        eos_token_id=0,
    )
    model = GPTNeoXForCausalLM(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn_like(parameter)
            parameter.copy_(1 + 0.3 * noise if "norm" in name and name.endswith("weight") else 0.3 * noise)
    return model


def record(model, tokens):
    """Runs the model and returns every hook point's value."""
    values = {}
    heads = model.config.num_attention_heads
    hooks = []

    def keep(name, tensor):
        values[name] = tensor.detach().clone().contiguous()

    def split_heads(tensor):
        batch, pos, width = tensor.shape
        return tensor.view(batch, pos, heads, width // heads)

    def on_qkv(layer):
        def hook(_module, _inputs, output):
            q, k, v = split_heads(output).chunk(3, dim=-1)
            for name, part in (("q", q), ("k", k), ("v", v)):
                keep(f"{name}.{layer}", part)

        return hook

    def on_input(name, reshape=lambda x: x):
        return lambda _module, inputs: keep(name, reshape(inputs[0]))

    def on_output(name):
        return lambda _module, _inputs, output: keep(name, output)

    body = model.gpt_neox
    hooks.append(body.embed_in.register_forward_hook(on_output("embed")))
    hooks.append(body.final_layer_norm.register_forward_hook(on_output("ln_final")))
    for layer, block in enumerate(body.layers):
        hooks.append(block.input_layernorm.register_forward_pre_hook(on_input(f"resid_pre.{layer}")))
        hooks.append(block.attention.query_key_value.register_forward_hook(on_qkv(layer)))
        hooks.append(block.attention.dense.register_forward_pre_hook(on_input(f"z.{layer}", split_heads)))
        hooks.append(block.attention.dense.register_forward_hook(on_output(f"attn_out.{layer}")))
        hooks.append(block.mlp.dense_4h_to_h.register_forward_pre_hook(on_input(f"mlp_post.{layer}")))
        hooks.append(block.mlp.register_forward_hook(on_output(f"mlp_out.{layer}")))
    with torch.no_grad():
        output = model(tokens, output_attentions=True)
    for hook in hooks:
        hook.remove()
    for layer, pattern in enumerate(output.attentions):
        keep(f"pattern.{layer}", pattern)
    keep("logits", output.logits)
    values["tokens"] = tokens.float()
    return values


def main():
    torch.manual_seed(20260101)
    torch.set_num_threads(1)
    for name, shape in SHAPES.items():
        folder = FIXTURES / name
        model = random_model(**shape).eval()
        model.set_attn_implementation("eager")
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        save_file(record(model, torch.randint(0, shape["vocab"], (3, 9))), folder / "activations.safetensors")
    steps = sorted(EMBEDDED.glob("step*"), key=lambda path: int(path.name[4:]))
    if steps:
        tokenizer = AutoTokenizer.from_pretrained(steps[-1])
        model = GPTNeoXForCausalLM.from_pretrained(steps[-1], dtype=torch.float32, attn_implementation="eager").eval()
        prompts = ["12+7=", "99-98=", "6*9=", "96/8=", "50+49=", "0*77="]
        tokens = tokenizer(prompts, return_tensors="pt")["input_ids"]
        folder = FIXTURES / "embedded-last"
        folder.mkdir(parents=True, exist_ok=True)
        save_file(record(model, tokens), folder / "activations.safetensors")
        source = {"checkpoint": str(steps[-1].relative_to(ROOT)), "prompts": prompts}
        (folder / "source.json").write_text(json.dumps(source, indent=2) + "\n")


if __name__ == "__main__":
    main()
