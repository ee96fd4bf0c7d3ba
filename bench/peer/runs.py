"""Hooked runs of the model: all five tokens, the unembedding at all five."""

import torch

NEURONS, HEADS = "mlp.hook_post", "attn.hook_z"
POSITIONS = (1, 2, 3, 4)


def last_logits(model, ids, hooks=()):
    """[prompts, d_vocab] at the last position."""
    with torch.no_grad():
        return model.run_with_hooks(ids, return_type="logits", fwd_hooks=list(hooks))[:, -1]


def cached(model, ids, names, return_type="logits"):
    with torch.no_grad():
        return model.run_with_cache(ids, return_type=return_type, names_filter=lambda name: name in names)


def mean_activations(model, ids):
    """Sums over prompts of `z` and `mlp_post`, [pos, ...] each."""
    names = [f"blocks.{l}.{hook}" for l in range(model.cfg.n_layers) for hook in (HEADS, NEURONS)]
    run = cached(model, ids, names)[1]
    return {name: run[name].sum(0) for name in names}


def components(model):
    """(layer, head or None for the MLP, position)."""
    heads = [None, *range(model.cfg.n_heads)]
    return [(l, head, p) for l in range(model.cfg.n_layers) for p in POSITIONS for head in heads]


def paper_effects(pairs, before, after):
    """E of each pair, the paper's Eq. 1."""
    rows = torch.arange(len(before))
    p, q = before.softmax(-1), after.softmax(-1)
    r, other = pairs["r"], pairs["r_other"]
    gain = (q[rows, other] - p[rows, other]) / p[rows, other]
    loss = (p[rows, r] - q[rows, r]) / q[rows, r]
    return (gain + loss) / 2


def logit_effects(pairs, before, after):
    """The bounded companion, in logits (method section 3)."""
    rows = torch.arange(len(before))
    change = after - before
    return (change[rows, pairs["r_other"]] - change[rows, pairs["r"]]) / 2


def patched(model, pairs, run, site):
    """Logits with one component's activation of the corrupted run."""
    layer, head, position = site
    name = f"blocks.{layer}.{NEURONS if head is None else HEADS}"

    def patch(value, hook):
        if head is None:
            value[:, position] = run[name][:, position]
        else:
            value[:, position, head] = run[name][:, position, head]
        return value

    return last_logits(model, pairs["clean"], [(name, patch)])


def component_effect(model, pairs, before, run, site):
    return paper_effects(pairs, before, patched(model, pairs, run, site)).mean().item()


def neuron_logits(model, pairs, run, layer, neuron):
    name = f"blocks.{layer}.{NEURONS}"

    def patch(value, hook):
        value[:, -1, neuron] = run[name][:, -1, neuron]
        return value

    return last_logits(model, pairs["clean"], [(name, patch)])


def neuron_effect(model, pairs, before, run, layer, neuron):
    return paper_effects(pairs, before, neuron_logits(model, pairs, run, layer, neuron)).mean().item()


def attribution(model, pairs, layers):
    """{layer: [pairs, d_mlp]}: (a' - a) times the gradient of E at the clean run, for the last position."""
    names = [f"blocks.{l}.{NEURONS}" for l in layers]
    run = cached(model, pairs["corrupted"], names)[1]
    kept = {}

    def keep(value, hook):
        kept[hook.name] = value
        value.retain_grad()
        return value

    with torch.enable_grad():
        logits = model.run_with_hooks(pairs["clean"], fwd_hooks=[(name, keep) for name in names])[:, -1]
        paper_effects(pairs, logits.detach(), logits).sum().backward()
    model.zero_grad()
    return {
        layer: ((run[name] - kept[name]) * kept[name].grad)[:, -1].detach() for layer, name in zip(layers, names)
    }


def ablated_logits(model, ids, means, circuit):
    """[prompts, d_vocab] at the last position with all that a circuit does not keep at its mean (method section 5)."""
    hooks = []
    for layer, kept in enumerate(circuit):
        for hook, units, what in ((HEADS, model.cfg.n_heads, "heads"), (NEURONS, model.cfg.d_mlp, "neurons")):
            if kept[what] == "all":
                continue
            name = f"blocks.{layer}.{hook}"
            mask = torch.zeros(units, dtype=torch.bool)
            mask[kept[what]] = True
            mask = mask.view(units, 1) if hook == HEADS else mask

            def blend(value, hook, name=name, mask=mask):
                return torch.where(mask, value, means[name])

            hooks.append((name, blend))
    return last_logits(model, ids, hooks)
