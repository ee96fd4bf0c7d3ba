import * as tf from '@tensorflow/tfjs-core';
import { summarise } from '../analysis/summary.js';
import { layerIndex, type LayerIndex } from '../domain/ids.js';
import type { PromptPair } from '../domain/prompt.js';
import type { Model } from '../model/model.js';
import { POSITIONS, type PromptTokens } from '../model/prompt-tokens.js';
import { scoped } from '../model/scope.js';
import { cleanBase, logitEffects, paperEffects, type CleanBase, type EffectOptions } from './clean-base.js';
import { componentHooks, patchedResiduals, type PatchedParts } from './patched-residuals.js';
import { repeatRuns, runPatched } from './patched-run.js';

/** A component at one position, as patching sees it. */
export interface ComponentSite {
  readonly kind: 'mlp' | 'head';
  readonly layer: LayerIndex;
  /** Null for an MLP. */
  readonly head: number | null;
  /** 1 to 4. */
  readonly position: number;
}

/** How much a component at one position matters, over prompt pairs (method section 3). */
export interface ComponentEffect extends ComponentSite {
  /** Pairs. */
  readonly n: number;
  /** Pairs whose E overflowed; they are left out of its three figures. */
  readonly notFinite: number;
  /** E of the paper, Eq. 1; null where no pair is left, sd also where one is. */
  readonly meanE: number | null;
  readonly medianE: number | null;
  readonly sdE: number | null;
  /** The bounded companion, in logits. */
  readonly meanLogit: number | null;
  readonly medianLogit: number | null;
  readonly sdLogit: number | null;
}

/** Effects of every component on every pair. */
export interface PairEffects {
  readonly sites: readonly ComponentSite[];
  readonly pairs: number;
  /** [sites x pairs] row-major, in logits */
  readonly logit: Float64Array;
  /** [sites x pairs] row-major, E of the paper; infinite where it overflows */
  readonly paper: Float64Array;
}

const DEFAULT_BATCH = 1024;
/** Positions that differ between prompts (method section 3). */
const PATCHED_POSITIONS = [POSITIONS.op1, POSITIONS.operator, POSITIONS.op2, POSITIONS.equals] as const;

/**
 * Effect of each MLP and each attention head at positions 1 to 4, by activation patching: the component's `mlp_post` or
 * `z` of the clean run is replaced by that of the corrupted run (method section 3).
 * @returns layer by layer, position by position, the MLP before the heads
 * @throws RangeError when a number of a prompt is not a single token
 */
export async function componentEffects(
  model: Model,
  tokens: PromptTokens,
  pairs: readonly PromptPair[],
  options: EffectOptions = {},
): Promise<ComponentEffect[]> {
  const effects = await componentPairEffects(model, tokens, pairs, options);
  return effects.sites.map((site, row) => {
    const of = (values: Float64Array): Float64Array =>
      values.subarray(row * pairs.length, (row + 1) * pairs.length);
    const finite = of(effects.paper).filter((value) => Number.isFinite(value));
    const paper = summarise(finite);
    const logit = summarise(of(effects.logit));
    return {
      ...site,
      n: pairs.length,
      notFinite: pairs.length - finite.length,
      meanE: paper.mean,
      medianE: paper.median,
      sdE: paper.sd,
      meanLogit: logit.mean,
      medianLogit: logit.median,
      sdLogit: logit.sd,
    };
  });
}

/**
 * The effects that `componentEffects` summarises, pair by pair. A patched run starts in the layer above the patch, at
 * the patch's position, with the clean run's keys and values of earlier positions; in the last layer only the last
 * position has an effect, the others are 0 without being run.
 * Cost a pair: two full forward passes, and (heads + 1) x (layers - 1) more in patched runs, each with the unembedding
 * of one position; patching with full passes would take 4 x (heads + 1) x layers.
 */
export async function componentPairEffects(
  model: Model,
  tokens: PromptTokens,
  pairs: readonly PromptPair[],
  { batch = DEFAULT_BATCH, onBatch }: EffectOptions = {},
): Promise<PairEffects> {
  const parts = model.config.nHeads + 1;
  const sites = componentSites(model);
  const logit = new Float64Array(sites.length * pairs.length);
  const paper = new Float64Array(sites.length * pairs.length);
  for (let start = 0; start < pairs.length; start += batch) {
    await onBatch?.();
    const chunk = pairs.slice(start, start + batch);
    const perBatch = Math.max(1, Math.floor(batch / chunk.length));
    const base = cleanBase(model, tokens, chunk, componentHooks(model));
    try {
      for (let row = 0; row < sites.length; row += parts) {
        const site = sites[row];
        if (site === undefined || !reachesAnswer(model, site)) continue;
        for (let first = 0; first < parts; first += perBatch) {
          await onBatch?.();
          const end = Math.min(parts, first + perBatch);
          const effects = effectsAt(model, base, { ...site, first, end });
          for (let part = first; part < end; part++) {
            const own = [(part - first) * chunk.length, (part - first + 1) * chunk.length] as const;
            logit.set(effects.logit.subarray(...own), (row + part) * pairs.length + start);
            paper.set(effects.paper.subarray(...own), (row + part) * pairs.length + start);
          }
        }
      }
    } finally {
      tf.dispose([...base.tensors]);
    }
  }
  return { sites, pairs: pairs.length, logit, paper };
}

/** Layer by layer, position by position, the MLP before the heads. */
function componentSites({ config }: Model): ComponentSite[] {
  const kinds: Pick<ComponentSite, 'kind' | 'head'>[] = [
    { kind: 'mlp', head: null },
    ...Array.from({ length: config.nHeads }, (_, head) => ({ kind: 'head' as const, head })),
  ];
  return Array.from({ length: config.nLayers }, (_, layer) =>
    PATCHED_POSITIONS.flatMap((position) =>
      kinds.map((kind) => ({ ...kind, layer: layerIndex(layer), position })),
    ),
  ).flat();
}

/** What the last block writes at earlier positions is read by nothing. */
function reachesAnswer(model: Model, { layer, position }: ComponentSite): boolean {
  return layer < model.blocks.length - 1 || position === POSITIONS.equals;
}

/** Effects of some components of a layer at a position, each [parts x pairs]. */
function effectsAt(
  model: Model,
  base: CleanBase,
  parts: PatchedParts,
): { logit: Float32Array; paper: Float64Array } {
  const { clean } = base.runs;
  const { layer, position } = parts;
  const times = parts.end - parts.first;
  return scoped(
    () => {
      const patched = patchedResiduals(model, base.runs, parts); // (parts x pairs, 1, d_model)
      const later =
        position === POSITIONS.equals
          ? []
          : [repeatRuns(clean.from('resid_post', layer, position + 1), times)];
      const final = runPatched(model, {
        start: { layer: layerIndex(layer + 1), resid: tf.concat([patched, ...later], 1) },
        clean: clean.cache,
        position,
        times,
      });
      return { logit: logitEffects(model, base, final), paper: paperEffects(model, base, final) };
    },
    () => [],
  );
}
