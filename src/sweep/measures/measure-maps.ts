import { groupMeans, mapGrid, type MapGrid } from '../../analysis/group-means.js';
import { quantise, valueRange } from '../../analysis/quantise.js';
import type { NeuronId } from '../../domain/ids.js';
import type { PromptUniverse } from '../../domain/prompt.js';
import type { FactOf } from '../../store/schema/tables.js';
import type { ModelPass } from './model-pass.js';
import { mapReader, neuronKey } from './neuron-maps.js';
import type { ReferenceResults } from '../reference/reference-results.js';
import type { RunContext } from '../run-context.js';
import type { Stopwatch } from './stopwatch.js';
import type { PooledModel } from '../tasks/task-pool.js';

type Row = FactOf<'neuron_maps'>;
type Picture = Omit<Row, 'operator' | 'layer' | 'neuron' | 'rank' | 'ranked_by' | 'side' | 'cell_operands'>;

export interface MapsInput {
  readonly context: RunContext;
  readonly model: PooledModel;
  readonly pass: Pick<ModelPass, 'operators'>;
  readonly reference: ReferenceResults;
  readonly watch: Stopwatch;
}

/**
 * Coarse maps of the neurons that the reference checkpoint names (method section 4, 7). Cost: none beyond the universe
 * pass where that recorded them, else a pass of their own without logits.
 */
export async function measureMaps({ context, model, pass, reference, watch }: MapsInput): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [i, { universe }] of context.universes.operators.entries()) {
    const { operator, count, maxOperand } = universe;
    const grid = mapGrid(maxOperand, context.request.config.mapCells);
    const base = { operator, side: grid.side, cell_operands: grid.cellOperands };
    const mapped = reference.get(operator)?.mapped ?? [];
    if (mapped.length === 0) {
      const none = { layer: null, neuron: null, rank: null, ranked_by: null };
      rows.push({ ...base, ...none, ...noPicture(count === 0 ? 'too_few_prompts' : 'no_reference') });
      continue;
    }
    const neurons = [...mapped].sort((a, b) => a.layer - b.layer || a.neuron - b.neuron);
    const rankOf = new Map(mapped.map((id, rank) => [neuronKey(id), rank]));
    const groups = groupsOf(universe, grid);
    await eachMap({ context, model, universe, pass: pass.operators[i], neurons }, (row, map) => {
      const own = neurons[row];
      if (own === undefined) return;
      const place = { layer: own.layer, neuron: own.neuron, ranked_by: own.rankedBy };
      const picture = watch.time('maps', () => pictureOf(map, groups));
      rows.push({ ...base, ...place, rank: rankOf.get(neuronKey(own)) ?? null, ...picture });
    });
  }
  return rows;
}

async function eachMap(
  input: Parameters<typeof mapReader>[0] & { readonly neurons: readonly NeuronId[] },
  use: (row: number, map: Float32Array) => void,
): Promise<void> {
  const { count } = input.universe;
  const { neurons, together, read } = mapReader(input);
  for (let first = 0; first < neurons.length; first += together) {
    const last = Math.min(neurons.length, first + together);
    const maps = await read(first, last);
    for (let row = first; row < last; row++)
      use(row, maps.subarray((row - first) * count, (row - first + 1) * count));
  }
}

/** Numbers of the group that each prompt belongs to, and how many groups there are. */
interface Grouping {
  readonly groups: Uint32Array;
  readonly size: number;
}

interface MapGroups {
  readonly cells: Grouping;
  /** By op1, by op2, by result. */
  readonly profiles: readonly [Grouping, Grouping, Grouping];
}

function groupsOf(
  { op1, op2, answer, maxOperand }: PromptUniverse,
  { side, cellOperands }: MapGrid,
): MapGroups {
  const cellOf = (operand: number): number => Math.floor(operand / cellOperands);
  const cells = Uint32Array.from(op1, (a, p) => cellOf(a) * side + cellOf(op2[p] ?? 0));
  const results = 1 + answer.reduce((most, value) => Math.max(most, value), 0);
  return {
    cells: { groups: cells, size: side * side },
    profiles: [
      { groups: Uint32Array.from(op1), size: maxOperand },
      { groups: Uint32Array.from(op2), size: maxOperand },
      { groups: Uint32Array.from(answer), size: results },
    ],
  };
}

/** @param map [prompts] */
function pictureOf(map: Float32Array, { cells, profiles }: MapGroups): Picture {
  if (!map.every(Number.isFinite)) return noPicture('not_finite');
  const meansOf = ({ groups, size }: Grouping): Float64Array => groupMeans(map, groups, size);
  const means = meansOf(cells);
  const [op1, op2, result] = [meansOf(profiles[0]), meansOf(profiles[1]), meansOf(profiles[2])];
  const range = valueRange([means]);
  const profile = valueRange([op1, op2, result]);
  if (range === null || profile === null) return noPicture('too_few_prompts');
  return {
    ...range,
    cells: quantise(means, range),
    profile_low: profile.low,
    profile_high: profile.high,
    op1_profile: quantise(op1, profile),
    op2_profile: quantise(op2, profile),
    result_profile: quantise(result, profile),
    null_reason: null,
  };
}

function noPicture(reason: NonNullable<Row['null_reason']>): Picture {
  return {
    ...{ low: null, high: null, cells: null, profile_low: null, profile_high: null },
    ...{ op1_profile: null, op2_profile: null, result_profile: null, null_reason: reason },
  };
}
