import { resolveConfig } from '../../src/config/sweep-config.js';
import type { Measure } from '../../src/domain/measure.js';
import { OPERATORS } from '../../src/domain/operator.js';
import { randomStream } from '../../src/domain/random.js';
import { compileHeuristics, type Plan } from '../../src/heuristics/plan.js';
import { PRESETS } from '../../src/heuristics/presets.js';
import type { StepBatch, UnitBatch } from '../../src/store/encode-batch.js';
import type { RowOf } from '../../src/store/schema/tables.js';
import { configurationOf } from '../../src/sweep/measures/configurations.js';
import { identityOf } from '../../src/sweep/identity.js';
import { buildUniverses, drawPromptSets, promptRows } from '../../src/sweep/prompt-sets.js';
import { accuracyRows, componentRows, faithfulnessRows, probeRows } from './model-rows.js';
import {
  attributionRows,
  classificationRows,
  failureRows,
  knockoutRows,
  type OperatorStep,
} from './neuron-rows.js';
import type { ScaleShape } from './shape.js';
import { progressOf, trajectory } from './trajectory.js';

/** Tokens per training step of Pythia. */
const TOKENS_PER_STEP = 2_097_152;
const EXACT_NEURONS = 512;
const HASH = 'made-up';

type Facts = UnitBatch['facts'];

/** Facts of each measure: those of one operator at one step. */
const FACTS = {
  accuracy: (at) => ({ accuracy: accuracyRows(at) }),
  components: (at, shape) => ({ component_effects: componentRows(at, shape) }),
  attribution: (at, { top }) => attributionRows(at, { top, exact: EXACT_NEURONS }),
  probe: (at, shape) => ({ probe_accuracy: probeRows(at, shape) }),
  classification: (at) => classificationRows(at),
  faithfulness: (at) => ({ faithfulness: faithfulnessRows(at) }),
  knockouts: (at, _, least) => knockoutRows(at, least),
  failures: (at) => ({ failure_modes: failureRows(at) }),
} as const satisfies {
  readonly [M in Measure]?: (at: OperatorStep, shape: ScaleShape, least: number) => Facts;
};

type MadeUp = keyof typeof FACTS;
const isMadeUp = (name: string): name is MadeUp => name in FACTS;
const MADE_UP = Object.keys(FACTS).filter(isMadeUp);

/** Rows of all operators in one record. */
function joined(parts: readonly Facts[]): Facts {
  const rows: Record<string, unknown[]> = {};
  for (const part of parts)
    for (const [table, own] of Object.entries(part)) rows[table] = [...(rows[table] ?? []), ...own];
  return rows;
}

/**
 * A sweep that never ran: what it would store at each step, as large as told and with the same rows every time.
 * Heuristics are those of the preset `paper` on the real prompts.
 * @yields the batch of one step, in the order of training
 */
export function* madeUpSweep(shape: ScaleShape): Generator<StepBatch> {
  const preset = PRESETS['paper'];
  if (preset === undefined) throw new Error('the preset paper is gone');
  const config = resolveConfig('the benchmark', { promptSet: 'all' });
  const universes = buildUniverses(OPERATORS, shape.maxOperand, shape.maxAnswer, undefined);
  const sets = drawPromptSets(
    universes,
    OPERATORS.map(() => null),
    { size: 50, seed: 0 },
  );
  const plans = universes.operators.map(({ universe }): Plan => compileHeuristics({ preset, universe }));
  const scope = {
    ...{ promptsHash: sets.hash, maxOperand: shape.maxOperand, maxAnswer: shape.maxAnswer },
    ...{ firstLayer: shape.firstLayer, nLayers: shape.nLayers },
    ...{ neurons: 'top' as const, exactNeurons: EXACT_NEURONS },
  };
  const configurations = new Map(
    MADE_UP.map((measure) => [measure, configurationOf(measure, config, scope, preset)]),
  );
  const classification = configurations.get('classification')?.configuration_id ?? '';
  const runs = OPERATORS.map((operator, i) => ({
    operator,
    states: trajectory({ shape, operator, heuristics: plans[i]?.heuristics ?? [] }),
  }));
  const heuristics = OPERATORS.flatMap((operator, i) =>
    (plans[i]?.heuristics ?? []).map(({ key, target, family, associated, baseRate, k }) => ({
      ...{ configuration_id: classification, operator, heuristic: key, target, family },
      ...{ associated, base_rate: baseRate, k },
    })),
  );
  for (const [index, step] of shape.steps.entries()) {
    const states = runs.map(({ operator, states: run }): OperatorStep => {
      const next = run.next();
      const random = randomStream(0, 'rows', operator, step);
      const neurons = next.done === true ? [] : next.value;
      return { operator, progress: progressOf(shape, step), neurons, random };
    });
    const weights = identityOf({ made: 'up', step });
    const unit = (measure: MadeUp): RowOf<'units'> => ({
      ...{ unit_id: identityOf({ suite: shape.suite, step, measure }), suite: shape.suite, seed: 0, step },
      ...{ measure, configuration_id: configurations.get(measure)?.configuration_id ?? '' },
      ...{ measure_version: 1, weights_hash: weights, tokenizer_hash: HASH, prompts_hash: sets.hash },
      ...{ engine: 'none', engine_version: '0', program_version: '0', state: 'done' },
      ...{ started_at: new Date(Date.UTC(2026, 0, 1) + index * 3_600_000), seconds: 100 + index },
      ...{ bytes_read: 13_716_840_559, peak_memory_bytes: 20_000_000_000, error_kind: null, error: null },
    });
    yield {
      dimensions: {
        suites: [suiteRow(shape)],
        checkpoints: [checkpointRow(shape, step, weights)],
        configurations: [...configurations.values()],
        prompts: index === 0 ? promptRows(shape.suite, sets) : [],
        heuristics,
      },
      units: MADE_UP.map((measure) => {
        const least = config.knockoutLeastNeurons;
        return { unit: unit(measure), facts: joined(states.map((at) => FACTS[measure](at, shape, least))) };
      }),
    };
  }
}

function suiteRow({ suite, nLayers, dModel, nHeads, dMlp, dVocab }: ScaleShape): RowOf<'suites'> {
  return {
    ...{ suite, architecture: 'gpt_neox', source: 'nowhere', n_layers: nLayers, d_model: dModel },
    ...{ n_heads: nHeads, d_mlp: dMlp, d_vocab: dVocab, tokens_per_step: TOKENS_PER_STEP },
  };
}

function checkpointRow({ suite }: ScaleShape, step: number, weights: string): RowOf<'checkpoints'> {
  return {
    ...{ suite, seed: 0, step, revision: `step${step}`, commit: null, weights_hash: weights },
    ...{ tokenizer_hash: HASH, format: 'pytorch', dtype: 'F16', bytes: 13_716_840_559 },
    tokens: TOKENS_PER_STEP * step,
  };
}
