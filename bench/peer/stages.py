"""Stages of one checkpoint, each timed on a slice; what the slice stands for is stated with it."""

import random
import time

import heuristics
import torch
from prompts import OPERATORS
from runs import (
    HEADS,
    NEURONS,
    ablated_logits,
    attribution,
    cached,
    component_effect,
    components,
    last_logits,
    mean_activations,
    neuron_effect,
)

BATCH = 128


class Clock:
    """Collects stages: seconds of a slice, its size, and the size of the whole in the same unit."""

    def __init__(self):
        self.stages = []

    def time(self, name, unit, timed, whole, work):
        started = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - started
        self.stages.append(dict(name=name, unit=unit, timed=timed, whole=whole, seconds=seconds))
        return result


def time_stages(model, arithmetic, request):
    counts, slices = request["counts"], request["slices"]
    rng = random.Random(0)
    universes = {operator: arithmetic.universe(operator) for operator in OPERATORS}
    every = [prompt for universe in universes.values() for prompt in universe]
    some = rng.sample(every, min(slices["prompts"], len(every)))
    last_logits(model, arithmetic.ids(some[:BATCH]))  # warm
    layers = range(request["firstLayer"], model.cfg.n_layers)
    clock = Clock()
    only = request["stages"]
    parts = [
        ("passes", lambda: time_passes(clock, model, arithmetic, layers, some, len(every))),
        ("patching", lambda: time_patching(clock, model, arithmetic, layers, some, counts, slices)),
        ("maps", lambda: time_maps(clock, universes, len(every), layers, counts, slices)),
        ("circuits", lambda: time_circuits(clock, model, arithmetic, layers, some, counts, slices)),
    ]
    for name, part in parts:
        if not only or name in only:
            part()
    return clock.stages


def batches(prompts):
    return (prompts[i : i + BATCH] for i in range(0, len(prompts), BATCH))


def time_passes(clock, model, arithmetic, layers, some, universe):
    """Separate passes over all five tokens, with the logits of all five."""

    def accuracy():
        for batch in batches(some):
            (last_logits(model, arithmetic.ids(batch)).argmax(-1) == arithmetic.answers(batch)).tolist()

    def maps():
        for batch in batches(some):
            run = cached(model, arithmetic.ids(batch), [f"blocks.{l}.{NEURONS}" for l in layers])[1]
            [run[f"blocks.{l}.{NEURONS}"][:, -1].clone() for l in layers]

    def means():
        for batch in batches(some):
            mean_activations(model, arithmetic.ids(batch))

    n = len(some)
    clock.time("accuracy over the universe", "prompts", n, universe, accuracy)
    clock.time("finding the right prompts", "prompts", n, universe, accuracy)
    clock.time("mean activations", "prompts", n, len(OPERATORS) * arithmetic.max_operand**2, means)
    clock.time("maps of the universe, for K and for KV", "prompts", n, 2 * universe, maps)


def pairs_of(arithmetic, some, count):
    clean = some[:count]
    other = [next(p for p in some[count + i :] if p[3] != prompt[3]) for i, prompt in enumerate(clean)]
    return dict(
        clean=arithmetic.ids(clean),
        corrupted=arithmetic.ids(other),
        r=arithmetic.answers(clean),
        r_other=arithmetic.answers(other),
    )


def time_patching(clock, model, arithmetic, layers, some, counts, slices):
    pairs = pairs_of(arithmetic, some, counts["pairs"])
    sites = components(model)
    chosen = sites[:: max(1, len(sites) // slices["patches"])]

    names = [f"blocks.{l}.{h}" for l in range(model.cfg.n_layers) for h in (HEADS, NEURONS)]

    def both():
        return last_logits(model, pairs["clean"]), cached(model, pairs["corrupted"], names)[1]

    sets = len(OPERATORS) * counts["seeds"]
    before, run = clock.time("runs that are patched from and into", "sets of pairs", 1, sets, both)
    clock.time(
        "activation patching of heads and MLPs",
        "patched forwards",
        len(chosen),
        sets * len(sites),
        lambda: [component_effect(model, pairs, before, run, site) for site in chosen],
    )
    clock.time("neuron attribution", "operators", 1, len(OPERATORS), lambda: attribution(model, pairs, layers))
    some_neurons = [(layers[n % len(layers)], n) for n in range(slices["exactNeurons"])]
    clock.time(
        "exact neuron patching (not in the sum)",
        "neurons",
        len(some_neurons),
        len(OPERATORS) * len(layers) * model.cfg.d_mlp,
        lambda: [neuron_effect(model, pairs, before, run, layer, neuron) for layer, neuron in some_neurons],
    )


def time_maps(clock, universes, every, layers, counts, slices):
    """Ranking and classification of one operator's neurons; the other operators by their number of prompts."""
    operator = slices["mapsOf"]
    prompts = universes[operator]
    generator = torch.Generator().manual_seed(0)
    n = slices["neurons"]
    k, kv = torch.randn(2, n, len(prompts), generator=generator)
    neurons = len(layers) * counts["neuronsPerLayer"]
    whole = round(neurons * every / len(prompts))
    orders = clock.time(
        "ranking, K and KV",
        f"neurons ({operator})",
        n,
        whole,
        lambda: [[heuristics.ranked(v) for v in values] for values in (k, kv)],
    )
    lists = clock.time(
        "results of prompts as lists, K and KV",
        f"neurons ({operator})",
        n,
        whole,
        lambda: [[heuristics.results_in_order(order, prompts) for order in part] for part in orders],
    )
    sets = clock.time(
        "prompts of each heuristic, K and KV",
        f"prompts ({operator})",
        len(prompts),
        every,
        lambda: heuristics.associated_sets(prompts),
    )

    def classify():
        """Every heuristic on both maps, as the released code does, which then keeps one map's score of each."""
        for i in range(n):
            for part in orders:
                heuristics.scores(part[i], sets, heuristics.TARGETS)
            heuristics.covering_results(lists[1][i])

    clock.time("classification, K and KV", f"neurons ({operator})", n, whole, classify)


def time_circuits(clock, model, arithmetic, layers, some, counts, slices):
    prompts = some[: counts["pairs"]]
    ids = arithmetic.ids(prompts)
    means = {name: total / len(prompts) for name, total in mean_activations(model, ids).items()}
    every = dict(heads="all", neurons="all")
    circuit = [dict(every, heads=[0, 1]) for _ in range(model.cfg.n_layers)]

    def circuits():
        for _ in range(slices["circuits"]):
            ablated_logits(model, ids, means, circuit)

    whole = len(OPERATORS) * counts["circuits"]
    clock.time("faithfulness", "circuits", slices["circuits"], whole, circuits)

    few = prompts[: slices["knockouts"]]
    rng = random.Random(0)
    chosen = {l: sorted(rng.sample(range(model.cfg.d_mlp), counts["knockedOut"])) for l in layers}

    def knock_out():
        for prompt in few:
            without = [
                (f"blocks.{l}.{NEURONS}", lambda post, hook, own=own: post.index_fill(-1, torch.tensor(own), 0.0))
                for l, own in chosen.items()
            ]
            last_logits(model, arithmetic.ids([prompt]), without).argmax(-1).item()

    trials = len(OPERATORS) * counts["knockoutLimits"] * counts["knockoutMaps"] * counts["knockoutPrompts"]
    clock.time("prompt knock-outs", "prompts", len(few), trials, knock_out)
