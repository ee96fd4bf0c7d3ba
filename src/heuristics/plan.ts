import { FAMILIES, TARGETS, type Heuristic, type Target } from '../domain/heuristic.js';
import type { PromptUniverse } from '../domain/prompt.js';
import { isRangePattern, predicatesOf, sizeOfTop, type StaticSpec } from './candidates.js';
import { extentOf, occurring, takeCensus, type Census, type Extent } from './census.js';
import { predicateKey, type Predicate } from './predicate.js';
import type { HeuristicPreset, HeuristicSelector, MultiSpec } from './preset.js';
import { buildSweepTable, type SweepTable } from './sweep-table.js';

/** Patterns of one target of which only the most frequent count. */
export interface FrequentGroup {
  /** Slots of the patterns, those that win a tie first. */
  readonly slots: Uint32Array;
  readonly k: number;
  readonly most: number;
  /** Hits below this do not count. */
  readonly least: number;
}

/** The heuristic in `slot` scores 0 where the first `k` prompts of its map all have the answer. */
export interface Void {
  readonly slot: number;
  readonly answer: number;
  readonly k: number;
}

/** A preset compiled for one operator's universe: plain data, may be sent to a worker. */
export interface Plan {
  readonly preset: HeuristicPreset;
  readonly universe: PromptUniverse;
  /** [universe.count] 1 where the preset keeps the prompt; null when it keeps all */
  readonly included: Uint8Array | null;
  /** Prompts kept. */
  readonly count: number;
  /** Heuristics in the slots 0, 1, ...; multi-result ones are found per neuron and not among them. */
  readonly heuristics: readonly Heuristic[];
  /** Slots of scores: the heuristics, then patterns that only compete. */
  readonly slots: number;
  /** [heuristics] index into TARGETS x FAMILIES, see {@link groupOf} */
  readonly group: Uint8Array;
  /** Heuristics on operands, matched on the K map. */
  readonly operands: MapPlan;
  /** Heuristics on the result, matched on the KV map. */
  readonly results: MapPlan;
  /** [slots] 1 where the bottom of the K map is tried too in a gated model */
  readonly twoSided: Uint8Array;
  readonly multi: MultiSpec | null;
  /** [maxAnswer + 1] kept prompts by result */
  readonly answerCounts: Uint32Array;
}

/** What is scored on one of the two maps. */
export interface MapPlan {
  readonly table: SweepTable;
  readonly frequent: readonly FrequentGroup[];
  readonly voids: readonly Void[];
  /** Prompts from the top of the map that are looked at. */
  readonly depth: number;
}

/** Number of a (target, family) among TARGETS x FAMILIES. */
export function groupOf(heuristic: Pick<Heuristic, 'target' | 'family'>): number {
  return TARGETS.indexOf(heuristic.target) * FAMILIES.length + FAMILIES.indexOf(heuristic.family);
}

interface Candidate {
  readonly predicate: Predicate;
  readonly heuristic: Heuristic;
  readonly extent: Extent;
  readonly topOnly: boolean;
  /** One of those patterns of which only the most frequent count. */
  readonly frequent: boolean;
}

function candidatesOf(census: Census, spec: StaticSpec): Candidate[] {
  const { universe, count } = census;
  return spec.targets.flatMap((target) => {
    const values = occurring(census, target);
    return predicatesOf(spec, target, values, universe).map((predicate): Candidate => {
      const extent = extentOf(census, predicate, values);
      const { associated } = extent;
      const modulus = predicate.family === 'mod' ? predicate.modulus : 1;
      const k = sizeOfTop(spec.k, universe, count, modulus, associated);
      return {
        predicate,
        heuristic: {
          operator: universe.operator,
          target: predicate.target,
          family: predicate.family,
          key: predicateKey(predicate),
          associated,
          baseRate: associated / count,
          k,
        },
        extent,
        topOnly: spec.topOnly ?? false,
        frequent: spec.family === 'pattern' && spec.frequent !== undefined,
      };
    });
  });
}

function selects(selector: HeuristicSelector, heuristic: Heuristic): boolean {
  return (
    selector.operators.includes(heuristic.operator) &&
    (selector.targets?.includes(heuristic.target) ?? true) &&
    (selector.families?.includes(heuristic.family) ?? true) &&
    (selector.keys?.includes(heuristic.key) ?? true)
  );
}

/** Whether a preset wants a heuristic at all; one that holds for every prompt says nothing. */
export function wanted(preset: HeuristicPreset, heuristic: Heuristic): boolean {
  return (
    heuristic.associated > 0 &&
    heuristic.baseRate < 1 &&
    heuristic.baseRate <= (preset.largestBaseRate ?? 1) &&
    heuristic.k >= (preset.smallestK ?? 1) &&
    !(preset.drop ?? []).some((selector) => selects(selector, heuristic))
  );
}

/** The first of those with the same target, prompts and k; patterns that compete for frequency all stay. */
function withoutTwins(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ heuristic, extent, frequent }) => {
    if (frequent) return true;
    const name = `${heuristic.target}|${heuristic.k}|${extent.name}`;
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

/** @param candidates in the order in which they were stated: of equally frequent patterns the earlier wins */
function frequentGroups(
  specs: readonly StaticSpec[],
  candidates: readonly Candidate[],
  placed: readonly Candidate[],
  targets: readonly Target[],
): FrequentGroup[] {
  const slotOf = new Map(placed.map((candidate, slot) => [candidate, slot]));
  return specs.flatMap((spec) => {
    if (spec.family !== 'pattern' || spec.frequent === undefined) return [];
    const { most, leastDivisor } = spec.frequent;
    return spec.targets
      .filter((target) => targets.includes(target))
      .map((target): FrequentGroup => {
        const rivals = candidates.filter((one) => one.frequent && one.predicate.target === target);
        const slots = rivals.map((one) => slotOf.get(one)).filter((slot) => slot !== undefined);
        const k = rivals[0]?.heuristic.k ?? 0;
        return { slots: Uint32Array.from(slots), k, most, least: Math.floor(k / leastDivisor) };
      });
  });
}

/** Where scores go: those of `kept` first. */
interface Placement {
  /** All that the preset states, in its order. */
  readonly candidates: readonly Candidate[];
  /** Those that are heuristics of the plan. */
  readonly kept: readonly Candidate[];
  /** Those that are scored, by slot: `kept` and the patterns that only compete. */
  readonly placed: readonly Candidate[];
}

/** Everything that is scored on the map of some targets. */
function mapPlan(
  preset: HeuristicPreset,
  census: Census,
  specs: readonly StaticSpec[],
  { candidates, placed, kept }: Placement,
  targets: readonly Target[],
): MapPlan {
  const { universe, count } = census;
  const mine = [...placed.entries()].filter(([, { predicate }]) => targets.includes(predicate.target));
  const entries = mine.map(([slot, { heuristic, extent }]) => ({ slot, k: heuristic.k, ...extent }));
  const valueCells = targets.includes('result') ? universe.maxAnswer + 1 : 2 * universe.maxOperand;
  const table = buildSweepTable(universe, entries, valueCells);
  const voids = (preset.voids ?? []).flatMap((rule) => {
    const ruleK = rule.k === 'own' ? undefined : sizeOfTop(rule.k, universe, count);
    return mine
      .filter(([slot, { heuristic }]) => slot < kept.length && selects(rule, heuristic))
      .map(([slot, { heuristic }]): Void => ({ slot, answer: rule.answer, k: ruleK ?? heuristic.k }));
  });
  return {
    table,
    frequent: frequentGroups(specs, candidates, placed, targets),
    voids,
    depth: Math.max(table.depth, ...voids.map(({ k }) => k)),
  };
}

/**
 * Lays out every heuristic of a preset over the prompts of one operator (method section 7).
 * Left out are heuristics that hold for no prompt or for every prompt, and twins: of two of one target with the
 * same prompts and the same k, the one listed first in the preset stays (`op1 ~ .0.` is `op1 in [0,10)` below 100).
 * @returns the plan, plain data
 */
export function compileHeuristics({
  preset,
  universe,
}: {
  readonly preset: HeuristicPreset;
  readonly universe: PromptUniverse;
}): Plan {
  const census = takeCensus(preset, universe);
  const specs = preset.families.filter((spec) => spec.operators.includes(universe.operator));
  const fixed = specs.filter((spec) => spec.family !== 'multi');
  const candidates = fixed.flatMap((spec) => candidatesOf(census, spec));
  const kept = withoutTwins(
    candidates.filter(({ predicate, heuristic }) => wanted(preset, heuristic) && !isRangePattern(predicate)),
  );
  const chosen = new Set(kept);
  const rivals = candidates.filter((one) => one.frequent && one.heuristic.k > 0 && !chosen.has(one));
  const placed = [...kept, ...rivals];
  const placement = { candidates, kept, placed };
  const heuristics = kept.map(({ heuristic }) => heuristic);
  return {
    preset,
    universe,
    included: census.included,
    count: census.count,
    heuristics,
    slots: placed.length,
    group: Uint8Array.from(heuristics, groupOf),
    operands: mapPlan(preset, census, fixed, placement, ['op1', 'op2', 'operands']),
    results: mapPlan(preset, census, fixed, placement, ['result']),
    twoSided: Uint8Array.from(placed, (one) => (one.topOnly || one.predicate.target === 'result' ? 0 : 1)),
    multi: specs.find((spec) => spec.family === 'multi') ?? null,
    answerCounts: census.answer,
  };
}
