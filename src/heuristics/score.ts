import type { Heuristic } from '../domain/heuristic.js';
import { predicateKey } from './predicate.js';
import { wanted, type MapPlan, type Plan } from './plan.js';
import { applyVoids, coveringResults, keepMostFrequent, sweep, type SweepColumns } from './sweep.js';

/** Scores of one neuron under one plan; the arrays are overwritten by the next neuron. */
export interface Scores {
  /** [plan.slots] share of the top k prompts that are associated, in [0, 1] */
  readonly score: Float64Array;
  /** [plan.slots] -1 where the bottom of the map scored better */
  readonly sign: Int8Array;
  /** The multi-result heuristic found on this map, if any. */
  multi: { readonly heuristic: Heuristic; readonly score: number } | null;
}

/** Scores maps under one plan; the buffers are reused. */
export interface Scorer {
  readonly plan: Plan;
  /**
   * Scores a neuron from its two ranked maps.
   * @param kOrder [prompts] prompts of the whole universe, largest activation first
   * @param kvOrder [prompts] the same by activation x direct logit
   * @param gated whether the bottom of the K map is tried as well
   */
  score(kOrder: Uint32Array, kvOrder: Uint32Array, gated: boolean): Scores;
}

/** The first `depth` prompts that a plan keeps, from the top or from the bottom; `order` itself where that is the same. */
function head(
  plan: Plan,
  order: Uint32Array,
  depth: number,
  fromBottom: boolean,
  out: Uint32Array,
): Uint32Array {
  const { included } = plan;
  if (included === null && !fromBottom) return order;
  const last = order.length - 1;
  let taken = 0;
  for (let i = 0; i <= last && taken < depth; i++) {
    const p = order[fromBottom ? last - i : i] ?? 0;
    if (included !== null && included[p] === 0) continue;
    out[taken++] = p;
  }
  return out;
}

/** Opens a scorer with buffers of its own. */
export function openScorer(plan: Plan): Scorer {
  const { universe, operands, results } = plan;
  const onOperands: SweepColumns = {
    first: universe.op1,
    second: universe.op2,
    secondCell: universe.maxOperand,
  };
  const onResults: SweepColumns = { first: universe.answer, secondCell: 0 };
  const sizes = { answers: universe.answer, count: plan.count, maxAnswer: universe.maxAnswer };
  const cells = new Uint32Array(Math.max(operands.table.cells, results.table.cells));
  const order = new Uint32Array(plan.count);
  const bottom = new Float64Array(plan.slots);
  const scores: Scores = {
    score: new Float64Array(plan.slots),
    sign: new Int8Array(plan.slots),
    multi: null,
  };
  const resultDepth = Math.max(results.depth, plan.multi?.top ?? 0);

  function scoreMap(map: MapPlan, columns: SweepColumns, prompts: Uint32Array, into: Float64Array): void {
    sweep(map.table, columns, prompts, cells, into);
    for (const group of map.frequent) keepMostFrequent(group, into);
    applyVoids(map.voids, universe.answer, prompts, into);
  }

  function findMulti(prompts: Uint32Array): Scores['multi'] {
    if (plan.multi === null) return null;
    const found = coveringResults(plan.multi, sizes, prompts, cells);
    if (found === null) return null;
    const associated = found.results.reduce((sum, result) => sum + (plan.answerCounts[result] ?? 0), 0);
    const heuristic: Heuristic = {
      operator: universe.operator,
      target: 'result',
      family: 'multi',
      key: predicateKey({ family: 'multi', target: 'result', values: found.results }),
      associated,
      baseRate: associated / plan.count,
      k: found.k,
    };
    return wanted(plan.preset, heuristic) ? { heuristic, score: found.score } : null;
  }

  return {
    plan,
    score(kOrder, kvOrder, gated) {
      scores.sign.fill(1);
      scoreMap(operands, onOperands, head(plan, kOrder, operands.depth, false, order), scores.score);
      if (gated) {
        scoreMap(operands, onOperands, head(plan, kOrder, operands.depth, true, order), bottom);
        for (let slot = 0; slot < plan.slots; slot++) {
          const other = bottom[slot] ?? 0;
          if (plan.twoSided[slot] === 0 || other <= (scores.score[slot] ?? 0)) continue;
          scores.score[slot] = other;
          scores.sign[slot] = -1;
        }
      }
      const top = head(plan, kvOrder, resultDepth, false, order);
      scoreMap(results, onResults, top, scores.score);
      scores.multi = findMulti(top);
      return scores;
    },
  };
}
