"""Reference of scikit-learn, PyTorch and NumPy for the linear probe's tests.

    python -m venv .venv && .venv/bin/pip install -r scripts/requirements.txt
    .venv/bin/python scripts/make_probe_fixture.py

Writes test/fixtures/probe/{reference.json,reference.safetensors}: `resid_post` of a checkpoint of the embedded suite for 300
subtractions, by Hugging Face transformers; loss and gradient of given weights (NumPy, float64); weights after five
full-batch updates of Adam (PyTorch, float64); probabilities of a converged multinomial logistic regression with an L2
penalty (scikit-learn). Features are standardised by the training prompts; the last row of weights is the bias.
"""

import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402
from safetensors.numpy import save_file  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from transformers import AutoTokenizer, GPTNeoXForCausalLM  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "test" / "fixtures" / "probe"
STEP = 1216  # half learned: probabilities far from 0 and 1
CHECKPOINT = ROOT / "checkpoints" / "embedded" / "seed0" / f"step{STEP}"
LAYER, POSITION = 2, 4
# 241 is no multiple of 30: where a class is exactly average its first gradient is 0, of which Adam sees only rounding
PROMPTS, TRAIN, ANSWERS = 300, 241, 30
L2, ADAM_RATE, ADAM_UPDATES = 1e-2, 0.05, 5


def draw_prompts(rng):
    pairs = [(b + answer, b) for answer in range(ANSWERS) for b in range(100 - answer)]
    return np.array([pairs[i] for i in rng.permutation(len(pairs))[:PROMPTS]])


def residuals(prompts):
    """resid_post of LAYER at POSITION, [prompts, d_model]."""
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    model = GPTNeoXForCausalLM.from_pretrained(CHECKPOINT, attn_implementation="eager").float().eval()
    one = lambda text: tokenizer.encode(text, add_special_tokens=False)  # noqa: E731
    rows = [one("<|endoftext|>") + one(f"{a}-{b}=") for a, b in prompts]
    assert all(len(row) == 5 for row in rows)
    seen = []
    keep = lambda _module, _args, out: seen.append(out[0] if isinstance(out, tuple) else out)  # noqa: E731
    model.gpt_neox.layers[LAYER].register_forward_hook(keep)
    with torch.no_grad():
        model(torch.tensor(rows))
    return seen[0][:, POSITION].numpy()


def loss_and_gradient(weights, x, labels):
    logits = x @ weights
    logits -= logits.max(axis=1, keepdims=True)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = -np.log(shares[rows, labels]).mean()
    shares[rows, labels] -= 1
    return loss, x.T @ shares / len(labels)


def adam(x, labels, classes):
    weights = torch.zeros(x.shape[1], classes, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([weights], lr=ADAM_RATE)
    for _ in range(ADAM_UPDATES):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(torch.tensor(x) @ weights, torch.tensor(labels)).backward()
        optimiser.step()
    return weights.detach().numpy()


def main():
    rng = np.random.default_rng(7)
    prompts = draw_prompts(rng)
    answers = prompts[:, 0] - prompts[:, 1]
    values = residuals(prompts)
    classes, labels = np.unique(answers, return_inverse=True)
    assert set(answers[TRAIN:]) <= set(answers[:TRAIN]), "a test answer is missing in the training prompts"
    mean, deviation = values[:TRAIN].mean(axis=0, dtype=np.float64), values[:TRAIN].std(axis=0, dtype=np.float64)
    x = (values - mean) / deviation
    with_one = np.hstack([x, np.ones((PROMPTS, 1))])
    start = rng.normal(size=(with_one.shape[1], len(classes))) * 0.1
    loss, gradient = loss_and_gradient(start, with_one[:TRAIN], labels[:TRAIN])
    fitted = LogisticRegression(C=1 / (L2 * TRAIN), tol=1e-8, max_iter=20_000).fit(x[:TRAIN], labels[:TRAIN])
    probabilities = fitted.predict_proba(x[TRAIN:])
    own = probabilities[np.arange(PROMPTS - TRAIN), labels[TRAIN:]]
    FIXTURES.mkdir(parents=True, exist_ok=True)
    tensors = {
        "prompts": prompts,
        "residuals": values,
        "start": start,
        "gradient": gradient,
        "adam": adam(with_one[:TRAIN], labels[:TRAIN], len(classes)),
        "probabilities": probabilities,
    }
    save_file({k: np.ascontiguousarray(v, dtype=np.float32) for k, v in tensors.items()}, FIXTURES / "reference.safetensors")
    facts = {
        "operator": "-",
        "step": STEP,
        "layer": LAYER,
        "position": POSITION,
        "train": TRAIN,
        "classes": len(classes),
        "startLoss": loss,
        "adam": {"learningRate": ADAM_RATE, "updates": ADAM_UPDATES},
        "logisticRegression": {
            "l2": L2,
            "testAccuracy": fitted.score(x[TRAIN:], labels[TRAIN:]),
            "testLoss": -np.log(own).mean(),
        },
    }
    (FIXTURES / "reference.json").write_text(json.dumps(facts, indent=2) + "\n")
    print(facts)


main()
