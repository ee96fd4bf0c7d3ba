import { z } from 'zod';
import { UsageError } from '../errors/errors.js';
import { parsePattern } from './revision-pattern.js';
import { inSteps, listSteps } from './step-selection.js';

const natural = z.int().min(0);
const count = z.int().min(1);
const repo = z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'is no owner/name of the Hub');

/** What can be wrong with a published checkpoint. */
const FAULT_KINDS = ['missing', 'final_weights', 'other_step_shard', 'duplicate', 'unrelated_run'] as const;

const fault = z.strictObject({
  kind: z
    .enum(FAULT_KINDS)
    .describe(
      'missing: the revision or its files are not there; final_weights: weights of the end of the training; other_step_shard: one shard of another step; duplicate: the weights of another revision; unrelated_run: does not descend from the first steps of its run',
    ),
  steps: z
    .string()
    .refine(
      readable((text) => inSteps(text, 0)),
      'names no steps by number',
    )
    .nullable()
    .describe('steps it concerns, as in `0,512,1000..53000:1000`; null where the report lists none'),
  seeds: z.array(natural).min(1).optional().describe('seeds of the runs it concerns; default all'),
  state: z
    .enum(['present', 'claimed', 'repaired'])
    .default('present')
    .describe(
      'present: reported with evidence; claimed: reported without; repaired: uploaded anew, so that only old copies have it',
    ),
  expected: z
    .boolean()
    .default(false)
    .describe(
      'whether it is as it should be, e.g. step 0 = step 1 where the first update has learning rate 0',
    ),
  note: z.string().min(1).describe('what was seen, in a sentence'),
  report: z.url().describe('where it is reported'),
});

/** Fields that only a suite on the Hub has. */
export const HUB_FIELDS = {
  kind: z.literal('hub').describe('a suite on the Hub of Hugging Face'),
  hub: z.strictObject({
    revision: z
      .string()
      .refine((text) => parsePattern(text) !== null, 'has no {step} or {checkpoint}, or more than one')
      .describe(
        'name of the branches: text around {step} or {checkpoint} (index of a checkpoint, from 0); {step:6} is padded with zeros to 6 digits; * is a part that the step does not decide',
      ),
    checkpoints: z
      .strictObject({
        first: natural.describe('step of checkpoint 0, in optimiser updates'),
        stride: count.describe('optimiser updates from one checkpoint to the next'),
      })
      .optional()
      .describe('steps of the checkpoints, where the names count checkpoints'),
    steps: z
      .string()
      .refine(readable(listSteps), 'lists no steps by number')
      .nullable()
      .describe(
        'steps that there should be, as in `0,512,1000..143000:1000`; null where the branches alone say',
      ),
    tokenizer: z
      .strictObject({
        repo: repo.optional().describe('where it is; default the repo of each run'),
        revision: z.string().min(1).describe('the one revision whose tokenizer serves all steps'),
        largestNumber: natural
          .nullable()
          .describe('largest n for which 0 .. n are single tokens, as far as known; a sweep finds it itself'),
      })
      .describe('early branches of some suites lack tokens, so one revision serves the whole sweep'),
    weights: z.strictObject({
      formats: z
        .array(z.enum(['safetensors', 'bin']))
        .min(1)
        .describe('formats to look for, the first that is there is taken'),
      dtype: z
        .enum(['F32', 'F16', 'BF16'])
        .nullable()
        .describe(
          'type of the values on disk; null where it is not known or changes. Forecasts use it, nothing else',
        ),
      bytes: count
        .nullable()
        .describe(
          'bytes of the weights of a checkpoint as the Hub lists them; null: parameters times the size of dtype',
        ),
    }),
  }),
  model: z
    .strictObject({
      nLayers: count,
      dModel: count,
      nHeads: count,
      nKvHeads: count.optional().describe('default nHeads'),
      dMlp: count,
      dVocab: count.describe('rows of the embedding, padding included'),
      tied: z.boolean().optional().describe('whether the unembedding is the embedding; default false'),
    })
    .describe('shape, for forecasts; a sweep reads config.json'),
  runs: z
    .array(z.strictObject({ seed: natural, repo: repo.describe('owner/name on the Hub') }))
    .min(1)
    .describe('training runs of the same model'),
  faults: z.array(fault).describe('what is known to be wrong, or to look so'),
  unverified: z
    .array(z.string().min(1))
    .describe('what was not compared with the repo when this was written, each in a sentence'),
};

/** Whether a reader takes the text without an error of usage. */
function readable(read: (text: string) => unknown): (text: string) => boolean {
  return (text) => {
    try {
      read(text);
      return true;
    } catch (error) {
      if (error instanceof UsageError) return false;
      throw error;
    }
  };
}
