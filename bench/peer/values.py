"""Results of a few prompts, to be held against ours."""

import heuristics
import torch
from runs import (
    HEADS,
    NEURONS,
    ablated_logits,
    attribution,
    cached,
    components,
    last_logits,
    logit_effects,
    mean_activations,
    neuron_logits,
    paper_effects,
    patched,
)


def values_of(model, arithmetic, request):
    """Every list is flat and row-major; see bench/parity.ts for the shapes."""
    prompts = [tuple(p) for p in request["prompts"]]
    ids = arithmetic.ids(prompts)
    layers = range(request["firstLayer"], model.cfg.n_layers)
    clean, corrupted = ([tuple(pair[i]) for pair in request["pairs"]] for i in (0, 1))
    pairs = dict(
        clean=arithmetic.ids(clean),
        corrupted=arithmetic.ids(corrupted),
        r=arithmetic.answers(clean),
        r_other=arithmetic.answers(corrupted),
    )
    names = [f"blocks.{l}.{h}" for l in range(model.cfg.n_layers) for h in (HEADS, NEURONS)]
    before = last_logits(model, pairs["clean"])
    run = cached(model, pairs["corrupted"], names)[1]
    after = [patched(model, pairs, run, site) for site in components(model)]
    exact = [logit_effects(pairs, before, neuron_logits(model, pairs, run, *n)) for n in request["neurons"]]
    logits = last_logits(model, ids)
    means = {name: total / len(prompts) for name, total in mean_activations(model, ids).items()}
    return dict(
        logits=flat(logits),
        logitEffects=flat(torch.stack([logit_effects(pairs, before, own) for own in after])),
        paperEffects=flat(torch.stack([paper_effects(pairs, before, own) for own in after])),
        attribution=flat(torch.stack(list(attribution(model, pairs, layers).values()))),
        exactEffects=flat(torch.stack(exact)),
        nl=flat(torch.stack([nl(ablated_logits(model, ids, means, c), arithmetic, prompts) for c in request["circuits"]])),
        **maps(model, arithmetic, request),
    )


def nl(logits, arithmetic, prompts):
    """Logit of the answer / largest logit, both centred (method section 5)."""
    centred = logits - logits.mean(-1, keepdim=True)
    return centred[torch.arange(len(prompts)), arithmetic.answers(prompts)] / centred.max(-1).values


def maps(model, arithmetic, request):
    """K maps and direct logits of some neurons over one operator's universe, and scores from our maps.

    Scores are held against ours on the same maps: where a GELU is all but 0, rounding decides the order.
    """
    universe = arithmetic.universe(request["mapsOf"])
    neurons = request["neurons"]
    names = sorted({f"blocks.{layer}.{NEURONS}" for layer, _ in neurons})
    parts = []
    for start in range(0, len(universe), 512):
        run = cached(model, arithmetic.ids(universe[start : start + 512]), names, return_type=None)[1]
        parts.append(torch.stack([run[f"blocks.{l}.{NEURONS}"][:, -1, n] for l, n in neurons]))
    k = torch.cat(parts, 1)
    answers = torch.tensor(arithmetic.tokens["numbers"][: arithmetic.max_answer + 1])
    direct = torch.stack([model.blocks[l].mlp.W_out[n] @ model.W_U[:, answers] for l, n in neurons]).detach()
    results = torch.tensor([answer for *_, answer in universe])
    given = torch.tensor(request["maps"]).view_as(k)
    kv = given * torch.tensor(request["directLogits"]).view_as(direct)[:, results]
    sets = heuristics.associated_sets(universe)
    scored = [
        {
            **heuristics.scores(heuristics.ranked(given[i]), sets, ("op1", "op2", "operands")),
            **heuristics.scores(heuristics.ranked(kv[i]), sets, ("result",)),
        }
        for i in range(len(neurons))
    ]
    scores = [{key: dict(score=own, k=len(sets[key][1])) for key, own in neuron.items()} for neuron in scored]
    return dict(maps=flat(k), directLogits=flat(direct), scores=scores)


def flat(tensor):
    return tensor.detach().flatten().tolist()
