"""Reference values of mean ablation from TransformerLens (float64) for the embedded suite's checkpoints.

    .venv-lens/bin/python scripts/make_ablation_fixtures.py      (see lens_models.py)

Writes test/fixtures/ablation/cases.json (prompts, circuits, faithfulness) and one safetensors file a checkpoint:
`z.{l}` and `mlp_post.{l}`, means over the prompts of `means` at every position, `logits` [circuit, prompt, d_vocab] at
the last position, centred over the vocabulary, and `nl` [circuit, prompt].

Centring the writing weights and folding the norms change neither mlp_post nor the value that a head writes, but
load_and_process_state_dict also moves the value biases into b_O: `z` is less by them, and they are added again here.
"""

import json
import random

import torch
from lens_models import ROOT, load_lens_model
from safetensors.torch import load_file, save_file
from transformers import PreTrainedTokenizerFast

FOLDER = ROOT / "test" / "fixtures" / "ablation"
SUITE = ROOT / "checkpoints" / "embedded" / "seed0"
STEPS = (512, 4000)
MAX_OPERAND, MAX_ANSWER = 100, 198
LAYERS, HEADS, D_HEAD, D_MLP = 3, 4, 16, 256

ANSWER = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b if b else -1,
}


def draw_prompts(rng):
    """Some of all operand pairs for the means; for the circuits, some whose answer is in the vocabulary."""
    pairs = [(a, b) for a in range(MAX_OPERAND) for b in range(MAX_OPERAND)]
    means, evaluated = [], []
    for operator, answer in ANSWER.items():
        means += [dict(operator=operator, op1=a, op2=b) for a, b in rng.sample(pairs, 9)]
        valid = [(a, b) for a, b in pairs if a > 5 and b > 5 and 2 < answer(a, b) <= MAX_ANSWER]
        evaluated += [
            dict(operator=operator, op1=a, op2=b, answer=answer(a, b)) for a, b in rng.sample(valid, 3)
        ]
    return means, evaluated


def draw_circuits(rng):
    """Per layer the heads and neurons kept, or `all`."""

    def some(layers):
        return [sorted(rng.sample(range(D_MLP), 60)) if layer in layers else "all" for layer in range(LAYERS)]

    every, nothing = ["all"] * LAYERS, [[] for _ in range(LAYERS)]
    few = [[0, 2], [1], [0, 3]]
    table = {
        "model": (every, every),
        "none": (nothing, nothing),
        "few heads": (few, every),
        "all MLPs, no head": (nothing, every),
        "all heads, no MLP": (every, nothing),
        "few heads, some neurons": (few, some({1, 2})),
        "all heads, some neurons": (every, some({1, 2})),
        "first MLP gone": (["all", [3], "all"], [[], "all", some({2})[2]]),
    }
    return [
        dict(name=name, layers=[dict(heads=h, neurons=n) for h, n in zip(*parts)]) for name, parts in table.items()
    ]


def value_biases(folder):
    """What the first norm's bias and the value bias add to z, by layer: [head, d_head]."""
    weights = {name: tensor.double() for name, tensor in load_file(folder / "model.safetensors").items()}
    found = []
    for layer in range(LAYERS):
        block = f"gpt_neox.layers.{layer}."
        fused = block + "attention.query_key_value."
        w = weights[fused + "weight"].view(HEADS, 3, D_HEAD, -1)[:, 2]
        b = weights[fused + "bias"].view(HEADS, 3, D_HEAD)[:, 2]
        found.append(w @ weights[block + "input_layernorm.bias"] + b)
    return found


def keep_mask(kept, count):
    mask = torch.zeros(count, dtype=torch.bool)
    mask[slice(None) if kept == "all" else torch.tensor(kept, dtype=torch.long)] = True
    return mask


def ablated_logits(model, tokens, means, circuit):
    def replace(name, mask):
        mean = means[name]
        return name, lambda value, hook: torch.where(mask, value, mean)

    hooks = []
    for layer, kept in enumerate(circuit["layers"]):
        hooks.append(replace(f"blocks.{layer}.attn.hook_z", keep_mask(kept["heads"], HEADS)[:, None]))
        hooks.append(replace(f"blocks.{layer}.mlp.hook_post", keep_mask(kept["neurons"], D_MLP)))
    return model.run_with_hooks(tokens, fwd_hooks=hooks)[:, -1]


def record(folder, prompts, evaluated, circuits):
    model = load_lens_model(folder)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    bos = tokenizer.convert_tokens_to_ids("<|endoftext|>")

    def encode(prompt):
        text = f"{prompt['op1']}{prompt['operator']}{prompt['op2']}="
        return [bos, *tokenizer.encode(text, add_special_tokens=False)]

    tokens = torch.tensor([encode(p) for p in prompts])
    assert tokens.shape[1] == 5
    names = [f"blocks.{l}.{part}" for l in range(LAYERS) for part in ("attn.hook_z", "mlp.hook_post")]
    _, cache = model.run_with_cache(tokens, names_filter=lambda name: name in names)
    means = {name: cache[name].mean(0) for name in names}
    run = torch.tensor([encode(p) for p in evaluated])
    answers = torch.tensor([tokenizer.encode(str(p["answer"]), add_special_tokens=False) for p in evaluated])
    logits = torch.stack([ablated_logits(model, run, means, circuit) for circuit in circuits])
    assert torch.allclose(logits.mean(-1), torch.zeros(()).double(), atol=1e-9)
    nl = logits.gather(-1, answers.expand(len(circuits), -1, -1))[..., 0] / logits.max(-1).values
    biases = value_biases(folder)
    values = {"logits": logits, "nl": nl}
    for layer in range(LAYERS):
        values[f"z.{layer}"] = means[f"blocks.{layer}.attn.hook_z"] + biases[layer]
        values[f"mlp_post.{layer}"] = means[f"blocks.{layer}.mlp.hook_post"]
    return values


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    rng = random.Random(20260305)
    prompts, evaluated = draw_prompts(rng)
    circuits = draw_circuits(rng)
    FOLDER.mkdir(parents=True, exist_ok=True)
    cases = dict(means=prompts, evaluated=evaluated, circuits=circuits, checkpoints=[])
    for step in STEPS:
        folder = SUITE / f"step{step}"
        values = record(folder, prompts, evaluated, circuits)
        nl = values["nl"]
        full, none = nl[0], nl[1]
        cases["checkpoints"].append(
            dict(
                checkpoint=str(folder.relative_to(ROOT)),
                values=f"step{step}.safetensors",
                faithfulness=((nl - none) / (full - none)).mean(1).tolist(),
                ratio_of_means=((nl.mean(1) - none.mean()) / (full.mean() - none.mean())).tolist(),
            )
        )
        values = {name: tensor.float().contiguous() for name, tensor in values.items()}
        save_file(values, FOLDER / f"step{step}.safetensors")
    (FOLDER / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
