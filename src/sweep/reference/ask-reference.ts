import type { SweepConfig } from '../../config/sweep-fields.js';
import type { LayerIndex } from '../../domain/ids.js';
import { UsageError } from '../../errors/errors.js';
import { firstProbeLayer } from '../../patching/first-probe-layer.js';
import type { RunPlan, RunTokenizer } from '../sources/checkpoints.js';
import type { Machine } from '../machine.js';
import { probeOperators } from '../measures/measure-probe.js';
import { modelPass } from '../measures/model-pass.js';
import { drawPromptSets, type PromptSets, type Universes } from '../prompt-sets.js';
import { rememberAnswers, rememberedAnswers, type Question, type ReferenceAnswers } from './remembered.js';
import { spoolOf, type SweepRequest } from '../request.js';
import type { PooledModel } from '../tasks/task-pool.js';

/** What the reference checkpoint is asked about. */
interface Asked {
  readonly request: SweepRequest;
  readonly plan: RunPlan;
  readonly tokenizer: RunTokenizer;
  readonly universes: Universes;
  readonly referenceHash: string;
  /** Whether probes find the first heuristic layer. */
  readonly wantProbe: boolean;
}

/**
 * Draws the analysis prompts, which takes a pass of the reference checkpoint where they are `reference-correct`, and
 * finds the first heuristic layer by probes where that is asked for. What was answered once is remembered in the spool.
 * @param open starts the engine
 * @throws what loading the checkpoint throws; UsageError when no probe reads the answer
 */
export async function askReference(asked: Asked, open: () => Promise<Machine>): Promise<ReferenceAnswers> {
  const { request, plan, universes, wantProbe } = asked;
  const { config, signal } = request;
  const needsPass = config.promptSet === 'reference-correct';
  if (!needsPass && !wantProbe)
    return {
      sets: config.promptSet === 'all' ? drawPromptSets(universes, [], drawOptions(config)) : null,
      probeLayer: null,
    };
  const question = questionOf(asked, asked.referenceHash);
  const remembered = await rememberedAnswers(question);
  if (remembered !== null) return remembered;
  const { pool, batch } = await open();
  try {
    const model = await pool.open(await plan.reference.source.fetch(signal));
    try {
      const answers = await askModel(model, asked, batch);
      if (request.readOnly !== true) await rememberAnswers(question, answers);
      return answers;
    } finally {
      await model.dispose();
    }
  } finally {
    // It may be evicted until it is analysed: holding one for each run could use a disk budget up.
    await plan.reference.source.release();
  }
}

async function askModel(
  model: PooledModel,
  { request: { config }, tokenizer: { tokens }, universes, wantProbe }: Asked,
  batch: number,
): Promise<ReferenceAnswers> {
  const sets =
    config.promptSet === 'reference-correct'
      ? await correctSets()
      : config.promptSet === 'all'
        ? drawPromptSets(universes, [], drawOptions(config))
        : null;
  return { sets, probeLayer: wantProbe ? await probeLayer() : null };

  async function correctSets(): Promise<PromptSets> {
    const nothing = { layers: [], recorded: null, wantMeans: false };
    const pass = await modelPass(model, { tokens, universes, batch, ...nothing });
    const correct = pass.operators.map((operator) => operator.correct);
    return drawPromptSets(universes, correct, drawOptions(config));
  }

  async function probeLayer(): Promise<LayerIndex> {
    const fitted = { ...config, batch };
    const results = await probeOperators(model, { tokens, universes, config: fitted });
    const layer = firstProbeLayer(results.flatMap(({ probes }) => probes));
    if (layer === null)
      throw new UsageError(
        'no linear probe of the reference checkpoint reads the answer better than chance',
        'Give --first-layer half or a number.',
      );
    return layer;
  }
}

/** How analysis prompts are drawn. */
export function drawOptions({ analysisPrompts, seed }: SweepConfig): { size: number; seed: number } {
  return { size: analysisPrompts, seed };
}

/**
 * What a model is asked before its units have names: which prompts it completes, from which layer probes read the answer.
 * @param weights hash of the model that is asked
 */
export function questionOf(
  {
    request,
    tokenizer,
    universes,
    wantProbe = false,
  }: Pick<Asked, 'request' | 'tokenizer' | 'universes'> & { readonly wantProbe?: boolean },
  weights: string,
): Question {
  const { config, suite } = request;
  const { promptSet, probePrompts, probeSplit, probeEpochs, probeBatch, probeLearningRate } = config;
  const probe = { probePrompts, probeSplit, probeEpochs, probeBatch, probeLearningRate };
  return {
    spool: spoolOf(request),
    universes,
    identity: {
      ...{ weights, tokenizer: tokenizer.hash, promptSet, draw: drawOptions(config) },
      ...{ split: suite.manifest.split ?? null, probe: wantProbe ? probe : null },
    },
  };
}
