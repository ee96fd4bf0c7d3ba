import type { LayerIndex } from '../domain/ids.js';
import { UsageError } from '../errors/errors.js';
import { firstProbeLayer } from '../patching/first-probe-layer.js';
import type { CheckpointFolder } from '../weights/checkpoint.js';
import type { RunTokenizer } from './checkpoints.js';
import { modelPass } from './model-pass.js';
import { probeOperators } from './measure-probe.js';
import { drawPromptSets, type PromptSets, type Universes } from './prompt-sets.js';
import type { SweepRequest } from './request.js';
import type { PooledModel, TaskPool } from './tasks/task-pool.js';

/** What has to be known of the reference checkpoint before any checkpoint is analysed. */
export interface ReferenceAnswers {
  /** null where each checkpoint draws its own (`correct`). */
  readonly sets: PromptSets | null;
  /** First layer from which a probe reads the answer; null unless asked for. */
  readonly probeLayer: LayerIndex | null;
}

/**
 * Draws the analysis prompts, which takes a pass of the reference checkpoint where they are `reference-correct`, and
 * finds the first heuristic layer by probes where that is asked for.
 * @throws what loading the checkpoint throws; UsageError when no probe reads the answer
 */
export async function askReference(
  { request, pool }: { readonly request: SweepRequest; readonly pool: TaskPool },
  reference: CheckpointFolder,
  tokenizer: RunTokenizer,
  universes: Universes,
  wantProbe: boolean,
): Promise<ReferenceAnswers> {
  const { config } = request;
  const options = { size: config.analysisPrompts, seed: config.seed };
  const needsPass = config.promptSet === 'reference-correct';
  const withoutModel = config.promptSet === 'all' ? drawPromptSets(universes, [], options) : null;
  if (!needsPass && !wantProbe) return { sets: withoutModel, probeLayer: null };
  const model = await pool.open(reference);
  try {
    return {
      sets: needsPass ? await correctSets(model) : withoutModel,
      probeLayer: wantProbe ? await probeLayer(model) : null,
    };
  } finally {
    await model.dispose();
  }

  async function correctSets(model: PooledModel): Promise<PromptSets> {
    const { tokens } = tokenizer;
    const pass = await modelPass(model, {
      tokens,
      universes,
      layers: [],
      recorded: null,
      wantMeans: false,
      batch: config.batch,
    });
    return drawPromptSets(
      universes,
      pass.operators.map(({ correct }) => correct),
      options,
    );
  }

  async function probeLayer(model: PooledModel): Promise<LayerIndex> {
    const results = await probeOperators(model, { tokens: tokenizer.tokens, universes, config });
    const layer = firstProbeLayer(results.flatMap(({ probes }) => probes));
    if (layer === null)
      throw new UsageError(
        'no linear probe of the reference checkpoint reads the answer better than chance',
        'Give --first-layer half or a number.',
      );
    return layer;
  }
}
