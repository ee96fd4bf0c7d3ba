"""Reference effects of components and neurons, by TransformerLens with whole passes and hooks, in float64.

    .venv-lens/bin/python scripts/make_transformer_lens_fixtures.py     (see lens_models.py for the environment)

Writes test/fixtures/transformer-lens/<name>.json: prompt pairs, logits at the last position, effects of patching each
component at positions 1 to 4, attribution and exact patching of every STRIDE-th neuron at the last position.
E (paper, Eq. 1) is taken from probabilities, and attribution is the gradient of E itself at the clean run, so that
neither shares a shortcut with the program.
"""

import json

import torch
from lens_models import ROOT, VERSIONS, load_lens_model

FIXTURES = ROOT / "test" / "fixtures" / "transformer-lens"

EMBEDDED_TOKENS = dict(
    bos=204, numbers=list(range(199)), operators={"+": 199, "-": 200, "*": 201, "/": 202}, equals=203
)
EMBEDDED_PAIRS = [
    [(38, "+", 45, 83), (71, "-", 26, 45)],
    [(12, "*", 9, 108), (63, "/", 7, 9)],
    [(96, "-", 19, 77), (50, "+", 31, 81)],
    [(88, "/", 3, 29), (6, "*", 17, 102)],
]
RANDOM_PAIRS = [
    [(3, "+", 4, 7), (9, "+", 6, 15)],
    [(12, "-", 2, 10), (2, "*", 7, 14)],
    [(5, "*", 3, 15), (16, "/", 5, 3)],
    [(14, "/", 7, 2), (13, "-", 4, 9)],
]


def random_tokens(vocabulary):
    """Five tokens for the rest, and numbers in no telling order on the others."""
    numbers = [5 + (n * 7 + 3) % 17 for n in range(17)]
    assert max(numbers) < vocabulary
    return dict(bos=1, numbers=numbers, operators={"+": 4, "-": 0, "*": 3, "/": 2}, equals=22)


MODELS = {
    "embedded-step512": ("checkpoints/embedded/seed0/step512", EMBEDDED_TOKENS, EMBEDDED_PAIRS, 11),
    "embedded-step4000": ("checkpoints/embedded/seed0/step4000", EMBEDDED_TOKENS, EMBEDDED_PAIRS, 11),
    "gpt-neox-heads3": ("test/fixtures/gpt-neox/heads3-rotary-half", random_tokens(37), RANDOM_PAIRS, 3),
    "llama-heads6-kv2": ("test/fixtures/llama/heads6-kv2-llama3", random_tokens(31), RANDOM_PAIRS, 3),
}


def effects(model, tokens, pairs, stride):
    ids = {side: torch.tensor([encode(tokens, pair[i]) for pair in pairs]) for i, side in enumerate(("clean", "corrupted"))}
    answers = [[tokens["numbers"][prompt[3]] for prompt in pair] for pair in pairs]
    r, other = (torch.tensor([pair[i] for pair in answers]) for i in (0, 1))
    rows = torch.arange(len(pairs))
    with torch.no_grad():
        clean, cache = model.run_with_cache(ids["clean"])
        corrupted, source = model.run_with_cache(ids["corrupted"])
    clean, corrupted = clean[:, -1], corrupted[:, -1]
    before = clean.softmax(-1)

    def paper(logits):
        after = logits.softmax(-1)
        gained = (after[rows, other] - before[rows, other]) / before[rows, other]
        lost = (before[rows, r] - after[rows, r]) / after[rows, r]
        return (gained + lost) / 2

    def bounded(logits):
        return ((logits[rows, other] - clean[rows, other]) - (logits[rows, r] - clean[rows, r])) / 2

    def patched(point, position, part):
        def hook(value, hook):
            at = (slice(None), position) if part is None else (slice(None), position, part)
            value[at] = source[point][at]
            return value

        with torch.no_grad():
            logits = model.run_with_hooks(ids["clean"], fwd_hooks=[(point, hook)])[:, -1]
        return bounded(logits), paper(logits)

    def table(kinds):
        both = [patched(*kind) for kind in kinds]
        return {"logit": [figures(x) for x, _ in both], "E": [figures(x) for _, x in both]}

    heads = range(model.cfg.n_heads)
    layers = range(model.cfg.n_layers)
    neurons = range(0, model.cfg.d_mlp, stride)
    components = [
        site
        for layer in layers
        for position in range(1, 5)
        for site in [(f"blocks.{layer}.mlp.hook_post", position, None)]
        + [(f"blocks.{layer}.attn.hook_z", position, head) for head in heads]
    ]
    return {
        "logits": {"clean": figures(clean[0]), "corrupted": figures(corrupted[0])},
        "components": table(components),
        "neurons": list(neurons),
        "attribution": attribution(model, ids["clean"], paper, (cache, source), neurons),
        "exact": table([(f"blocks.{layer}.mlp.hook_post", 4, n) for layer in layers for n in neurons]),
    }


def attribution(model, ids, effect, caches, neurons):
    """(a' - a) dE/da at the clean run, prompt by prompt: [layers x neurons][pairs]."""
    kept = []

    def hook(value, hook):
        value.retain_grad()
        kept.append(value)

    names = [f"blocks.{layer}.mlp.hook_post" for layer in range(model.cfg.n_layers)]
    logits = model.run_with_hooks(ids, fwd_hooks=[(name, hook) for name in names])[:, -1]
    effect(logits).sum().backward()
    rows = []
    for name, value in zip(names, kept):
        change = caches[1][name][:, -1] - caches[0][name][:, -1]
        rows += [figures((change * value.grad[:, -1])[:, n]) for n in neurons]
    return rows


def encode(tokens, prompt):
    op1, operator, op2, _ = prompt
    numbers = tokens["numbers"]
    return [tokens["bos"], numbers[op1], tokens["operators"][operator], numbers[op2], tokens["equals"]]


def figures(tensor):
    return [float(f"{x:.8g}") for x in tensor.tolist()]


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for name, (folder, tokens, pairs, stride) in MODELS.items():
        model = load_lens_model(ROOT / folder)
        named = [
            {side: dict(zip(("op1", "operator", "op2", "answer"), prompt)) for side, prompt in zip(("clean", "corrupted"), pair)}
            for pair in pairs
        ]
        fixture = {
            "source": {"checkpoint": folder, **VERSIONS},
            "tokens": tokens,
            "pairs": named,
            **effects(model, tokens, pairs, stride),
        }
        path = FIXTURES / f"{name}.json"
        path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
