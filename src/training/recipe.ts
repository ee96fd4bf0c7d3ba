import { z } from 'zod';
import { SuiteName } from '../config/suite-name.js';
import { PartialConfigSchema } from '../config/sweep-config.js';
import { validatedJson } from '../config/validated-json.js';
import { OPERATORS } from '../domain/operator.js';
import { sha256 } from '../weights/safetensors.js';
import { ConfigError } from '../errors/errors.js';

const natural = z.int().positive();
const share = z.number().gt(0).lt(1);

const Run = z
  .object({
    seed: z.int().min(0).describe('seed of initialisation and batches'),
    checkpoints: z.array(z.int().min(0)).min(1).describe('training steps at which weights are saved'),
  })
  .strict();

/** How a suite of small models is trained: everything that its weights depend on. */
const RecipeSchema = z
  .object({
    $schema: z.string().optional(),
    name: SuiteName.describe('name of the suite'),
    maxOperand: natural.max(1000).describe('operands are 0 .. maxOperand - 1'),
    maxAnswer: natural
      .max(9999)
      .describe('S: largest number with a token of its own; larger results are left out'),
    model: z
      .object({
        nLayers: natural,
        dModel: natural,
        nHeads: natural,
        dMlp: natural,
        rotaryFraction: share.or(z.literal(1)).describe('share of each head that is rotated'),
        layerNormEps: z.number().positive(),
      })
      .strict(),
    firstHeuristicLayer: z.int().min(0).describe('first layer whose neurons are classified'),
    largestBaseRate: z.number().gt(0).max(1).optional().describe('passed on to the manifest'),
    settings: PartialConfigSchema.optional().describe('passed on to the manifest'),
    initStandardDeviation: z.number().positive().describe('of all matrices; biases 0, gains 1'),
    optimiser: z
      .object({
        learningRate: z.number().positive().describe('peak, per step'),
        warmupSteps: z.int().min(0),
        finalShare: z
          .number()
          .min(0)
          .max(1)
          .describe('learning rate at the end as a share of the peak (cosine)'),
        beta1: share,
        beta2: share,
        epsilon: z.number().positive(),
        weightDecay: z.number().min(0).describe('decoupled, on matrices only'),
        clipNorm: z.number().positive().describe('largest norm of the whole gradient'),
      })
      .strict(),
    batch: z
      .object({ '+': natural, '-': natural, '*': natural, '/': natural })
      .strict()
      .describe('prompts per step and operator, drawn with replacement from the training split'),
    split: z
      .object({
        trainShare: share,
        seed: z.int().min(0),
        by: z.enum(['prompt', 'unordered_pair']).describe('what is held out; see docs'),
      })
      .strict(),
    steps: natural.describe('optimiser updates in all'),
    runs: z.array(Run).min(1),
  })
  .strict()
  .refine((r) => r.maxOperand - 1 <= r.maxAnswer, 'maxOperand - 1 must not exceed maxAnswer')
  .refine((r) => r.model.dModel % r.model.nHeads === 0, 'dModel must be a multiple of nHeads')
  .refine((r) => r.firstHeuristicLayer < r.model.nLayers, 'firstHeuristicLayer must be below nLayers')
  .refine(
    (r) => Math.floor((r.model.dModel / r.model.nHeads) * r.model.rotaryFraction) % 2 === 0,
    'rotaryFraction gives an odd number of rotary dimensions',
  )
  .refine(
    (r) => r.runs.every((run) => run.checkpoints.every((s) => s <= r.steps)),
    'a checkpoint lies behind steps',
  );

export type Recipe = z.infer<typeof RecipeSchema>;

/** JSON schema of a recipe, for editors; published as docs/recipe.schema.json. */
export function recipeJsonSchema(): object {
  return { title: 'heuristrace training recipe', ...z.toJSONSchema(RecipeSchema, { io: 'input' }) };
}

/**
 * Parses a recipe file.
 * @param path named in errors
 * @throws ConfigError naming each field that is wrong
 */
export function parseRecipe(path: string, text: string): Recipe {
  return validatedJson(RecipeSchema, text, (problems) => {
    throw new ConfigError(path, problems);
  });
}

const LEAVES_WEIGHTS_ALONE: ReadonlySet<string> = new Set([
  '$schema',
  'name',
  'runs',
  'largestBaseRate',
  'settings',
]);

/** Identity of all that shapes the weights; which steps are saved does not. */
export function recipeHash(recipe: Recipe): string {
  const shaping = Object.entries(recipe).filter(([field]) => !LEAVES_WEIGHTS_ALONE.has(field));
  return sha256(JSON.stringify(Object.fromEntries(shaping)));
}

/** Prompts in one batch, all operators together. */
export function batchSize(recipe: Recipe): number {
  return OPERATORS.reduce((sum, operator) => sum + recipe.batch[operator], 0);
}
