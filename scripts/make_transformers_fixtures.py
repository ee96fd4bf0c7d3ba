"""Reference activations of Hugging Face transformers (eager attention, float32) for the parity tests.

    python -m venv .venv && .venv/bin/pip install -r scripts/requirements.txt
    .venv/bin/python scripts/make_transformers_fixtures.py

Writes test/fixtures/{gpt-neox,llama}/<name>/{config.json,model.safetensors,activations.safetensors}: small random models
whose biases, gains and rotary settings are all non-trivial, and the activations of the embedded suite's last checkpoint.
Names of activations are those of src/model/hooks.ts, with `.{layer}` behind them.
"""

import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from transformers import (  # noqa: E402
    AutoTokenizer,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
)
from transformers.models.llama import modeling_llama  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "test" / "fixtures" / "gpt-neox"
LLAMA_FIXTURES = ROOT / "test" / "fixtures" / "llama"
EMBEDDED = ROOT / "checkpoints" / "embedded" / "seed0"

SHAPES = {
    "heads3-rotary-half": dict(layers=2, heads=3, d_head=8, d_mlp=40, rotary=0.5, vocab=37),
    "heads2-rotary-quarter": dict(layers=3, heads=2, d_head=16, d_mlp=64, rotary=0.25, vocab=50),
    "heads4-rotary-full": dict(layers=1, heads=4, d_head=10, d_mlp=24, rotary=1.0, vocab=29),
}

# With these settings the first frequency is left alone, some are blended and the last is divided by the factor.
LLAMA3_ROPE = dict(
    rope_type="llama3",
    rope_theta=20.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=32,
)

LLAMA_SHAPES = {
    "heads6-kv2-llama3": dict(
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=2,
        hidden_size=24,
        head_dim=8,
        intermediate_size=20,
        vocab_size=31,
        rope_parameters=LLAMA3_ROPE,
    ),
    "heads5-kv1-tied": dict(
        num_hidden_layers=3,
        num_attention_heads=5,
        num_key_value_heads=1,
        hidden_size=20,
        intermediate_size=26,
        vocab_size=29,
        rms_norm_eps=0.01,
        tie_word_embeddings=True,
        rope_parameters=dict(rope_type="default", rope_theta=500000.0),
    ),
    "heads5-kv5-biases": dict(
        num_hidden_layers=1,
        num_attention_heads=5,
        num_key_value_heads=5,
        hidden_size=20,
        head_dim=6,
        intermediate_size=24,
        vocab_size=37,
        attention_bias=True,
        mlp_bias=True,
        rope_parameters=dict(rope_type="default", rope_theta=10000.0),
    ),
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
    return randomised(GPTNeoXForCausalLM(config))


def random_llama(**shape):
    return randomised(LlamaForCausalLM(LlamaConfig(max_position_embeddings=64, **shape)))


def randomised(model):
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


def record_llama(model, tokens):
    """Runs a Llama and returns the value of every hook point but `attn_scores`, whose softmax is `pattern`."""
    values = {}
    d_head = model.config.head_dim
    hooks = []

    def keep(name, tensor):
        values[name] = tensor.detach().clone().contiguous()

    def split_heads(tensor):
        return tensor.view(*tensor.shape[:2], -1, d_head)

    def on_input(module, name, reshape=lambda x: x):
        hooks.append(module.register_forward_pre_hook(lambda _module, inputs: keep(name, reshape(inputs[0]))))

    def on_output(module, name, reshape=lambda x: x):
        def hook(_module, _inputs, output):
            keep(name, reshape(output[0] if isinstance(output, tuple) else output))

        hooks.append(module.register_forward_hook(hook))

    body = model.model
    on_output(body.embed_tokens, "embed")
    on_output(body.norm, "ln_final")
    for layer, block in enumerate(body.layers):
        attention, mlp = block.self_attn, block.mlp
        on_input(block.input_layernorm, f"resid_pre.{layer}")
        on_output(attention.q_proj, f"q.{layer}", split_heads)
        on_output(attention.k_proj, f"k.{layer}", split_heads)
        on_output(attention.v_proj, f"v.{layer}", split_heads)
        on_input(attention.o_proj, f"z.{layer}", split_heads)
        on_output(attention.o_proj, f"attn_out.{layer}")
        on_input(block.post_attention_layernorm, f"resid_mid.{layer}")
        on_output(mlp.gate_proj, f"mlp_pre.{layer}")
        on_output(mlp.up_proj, f"mlp_pre_linear.{layer}")
        on_input(mlp.down_proj, f"mlp_post.{layer}")
        on_output(mlp, f"mlp_out.{layer}")
        on_output(block, f"resid_post.{layer}")

    plain = modeling_llama.apply_rotary_pos_emb
    rotated = []

    def recording(*arguments, **options):
        rotated.append(plain(*arguments, **options))
        return rotated[-1]

    modeling_llama.apply_rotary_pos_emb = recording
    with torch.no_grad():
        output = model(tokens, output_attentions=True)
    modeling_llama.apply_rotary_pos_emb = plain
    for hook in hooks:
        hook.remove()
    for layer, (query, key) in enumerate(rotated):
        keep(f"rot_q.{layer}", query.transpose(1, 2))
        keep(f"rot_k.{layer}", key.transpose(1, 2))
    for layer, pattern in enumerate(output.attentions):
        keep(f"pattern.{layer}", pattern)
    keep("logits", output.logits)
    values["tokens"] = tokens.float()
    return values


def write_llamas():
    torch.manual_seed(20260102)
    for name, shape in LLAMA_SHAPES.items():
        folder = LLAMA_FIXTURES / name
        model = random_llama(**shape).eval()
        model.set_attn_implementation("eager")
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        tokens = torch.randint(0, shape["vocab_size"], (2, 9))
        save_file(record_llama(model, tokens), folder / "activations.safetensors")


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
    write_llamas()


if __name__ == "__main__":
    main()
