import type { FactOf } from '../../src/store/schema/tables.js';
import type { Op, WholeStep } from './whole-example.js';

/** Of +: layer, neuron, rank. */
const MAPPED = [
  [1, 0, 1],
  [2, 0, 0],
] as const;
/** 2 x 2 cells of 5 operands; no prompt falls in the last. */
const SIDE = 2;

/** Maps of two neurons for +, at step 0 of one alone; for * the reference checkpoint names none. */
export function mapFacts(operator: Op, step: WholeStep): FactOf<'neuron_maps'>[] {
  const base = { operator, side: SIDE, cell_operands: 5 };
  const nothing = {
    ...{ low: null, high: null, cells: null, profile_low: null, profile_high: null },
    ...{ op1_profile: null, op2_profile: null, result_profile: null },
  };
  if (operator === '*')
    return [
      {
        ...base,
        ...{ layer: null, neuron: null, rank: null, ranked_by: null },
        ...nothing,
        null_reason: 'no_reference',
      },
    ];
  return MAPPED.map(([layer, neuron, rank]) => {
    const place = { ...base, layer, neuron, rank, ranked_by: 'exact_effect' as const };
    if (step === 0 && layer === 1) return { ...place, ...nothing, null_reason: 'not_finite' };
    return {
      ...place,
      low: -0.25,
      high: layer + step / 1000,
      cells: Uint8Array.of(0, 254, 127, 255),
      profile_low: -0.5,
      profile_high: 2 * layer,
      op1_profile: Uint8Array.of(0, 50, 100, 150, 200, 254, 0, 50, 100, 150),
      op2_profile: Uint8Array.of(254, 0, 254, 0, 254, 0, 254, 0, 254, 0),
      result_profile: Uint8Array.of(0, 254, 255, 127),
      null_reason: null,
    };
  });
}
