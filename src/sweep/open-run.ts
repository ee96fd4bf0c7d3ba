import { DEFAULT_MAX_OPERAND } from '../config/sweep-fields.js';
import { layerIndex } from '../domain/ids.js';
import { isOperator, OPERATORS, type Operator } from '../domain/operator.js';
import { UsageError } from '../errors/errors.js';
import { compileHeuristics } from '../heuristics/plan.js';
import { askReference } from './reference/ask-reference.js';
import { readTokenizer, type RunPlan } from './sources/checkpoints.js';
import { Deferred } from './reference/deferred.js';
import type { Machine } from './machine.js';
import { measuresOf } from './measures/measures.js';
import { buildUniverses } from './prompt-sets.js';
import type { SweepRequest } from './request.js';
import { exactNeuronsOf, type PlannedRun, type RunContext } from './run-context.js';

/**
 * Finds out what decides the units of a run: tokenizer, universes, and what has to be asked of the reference checkpoint
 * (analysis prompts, first heuristic layer), unless it was asked before.
 * @param open starts the engine, where the reference checkpoint has to be asked
 * @throws what reading and asking the reference checkpoint throw; UsageError when the first layer is none of the model's
 */
export async function planRun(
  request: SweepRequest,
  plan: RunPlan,
  open: () => Promise<Machine>,
): Promise<PlannedRun> {
  const { suite, config, signal } = request;
  const maxOperand = config.maxOperand ?? suite.manifest.maxOperand ?? DEFAULT_MAX_OPERAND;
  const tokenizer = await readTokenizer(suite, plan, maxOperand, signal);
  const model = await plan.reference.source.modelConfig(signal);
  const universes = buildUniverses(
    selectedOperators(config.operators),
    maxOperand,
    tokenizer.tokens.maxSingleToken,
    suite.manifest.split,
  );
  const referenceHash = await plan.reference.source.weightsHash(signal);
  const wanted = config.firstLayer ?? suite.manifest.firstHeuristicLayer ?? 'half';
  const wantProbe = wanted === 'probe';
  const stated = layerIndex(
    wanted === 'half' ? Math.ceil(model.nLayers / 2) : wantProbe ? 0 : Number(wanted),
  );
  if (stated >= model.nLayers)
    throw new UsageError(
      `first layer ${stated} of a model with ${model.nLayers} layers`,
      `Give --first-layer a number below ${model.nLayers}.`,
    );
  const asked = { request, plan, tokenizer, universes, referenceHash, wantProbe };
  const { sets, probeLayer } = await askReference(asked, open);
  const firstLayer = probeLayer ?? stated;
  const neurons = config.neurons ?? 'top';
  return {
    ...{ request, plan, tokenizer, universes, maxOperand, model, firstLayer, neurons, sets, referenceHash },
    measures: measuresOf(config, neurons),
    exactNeurons: exactNeuronsOf(config, (model.nLayers - firstLayer) * model.dMlp),
    reference: new Deferred(),
  };
}

/** A run with what computes it: the batch that fits, and compiled heuristics. */
export function openRun(run: PlannedRun, { pool, batch, mapBytes }: Machine): RunContext {
  const { request, universes } = run;
  const compiled = universes.operators.map(({ universe }) =>
    universe.count === 0 ? [] : request.presets.map((preset) => compileHeuristics({ preset, universe })),
  );
  return {
    ...run,
    ...{ engine: pool.engine, mapBytes, heuristics: compiled },
    request: { ...request, config: { ...request.config, batch } },
  };
}

function selectedOperators(names: readonly string[]): Operator[] {
  const wanted = names.filter(isOperator);
  return OPERATORS.filter((operator) => wanted.includes(operator));
}
