import { z } from 'zod';
import { ARCHITECTURES } from '../domain/model-config.js';
import { ManifestError } from '../errors/errors.js';
import { PartialConfigSchema } from './sweep-config.js';
import { validatedJson } from './validated-json.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is no sha256 in lower-case hex');
const natural = z.int().min(0);

const Checkpoint = z
  .object({
    step: natural.describe('optimiser updates, 0 before the first'),
    folder: z.string().min(1).describe('folder in the layout of the Hub, relative to the manifest'),
    files: z.record(z.string(), sha256).describe('sha256 of each file that results depend on'),
  })
  .strict();

const Run = z
  .object({
    seed: natural,
    trained: z.string().optional().describe('program, engine and seconds that made the weights'),
    checkpoints: z.array(Checkpoint).min(1),
  })
  .strict();

/** A suite: one model trained once or more, and the checkpoints kept of each run. */
const SuiteManifestSchema = z
  .object({
    $schema: z.string().optional(),
    name: z.string().regex(/^[\w.-]+$/, 'may hold letters, digits, `_`, `.` and `-`'),
    description: z.string(),
    architecture: z.enum(ARCHITECTURES),
    maxOperand: natural
      .optional()
      .describe('operands are 0 .. maxOperand - 1 unless the sweep says otherwise'),
    tokensPerStep: natural.nullable().describe('tokens trained on in one step'),
    firstHeuristicLayer: natural
      .optional()
      .describe('first layer whose neurons are classified; default half of them'),
    largestBaseRate: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe(
        'heuristics that hold for a larger share of its prompts are left out, as small universes need',
      ),
    split: z
      .object({ trainShare: z.number().gt(0).lt(1), seed: natural, by: z.enum(['prompt', 'unordered_pair']) })
      .strict()
      .optional()
      .describe('which prompts the training held out, where it is known'),
    settings: PartialConfigSchema.optional().describe(
      'settings of a sweep that suit this suite: in force unless the user says otherwise',
    ),
    recipeHash: sha256.optional().describe('identity of the recipe of `heuristrace train`'),
    runs: z.array(Run),
  })
  .strict();

export type SuiteManifest = z.infer<typeof SuiteManifestSchema>;
export type ManifestRun = SuiteManifest['runs'][number];
export type ManifestCheckpoint = ManifestRun['checkpoints'][number];

/** JSON schema of a suite manifest, for editors; published as docs/suite.schema.json. */
export function suiteManifestJsonSchema(): object {
  return { title: 'heuristrace suite', ...z.toJSONSchema(SuiteManifestSchema, { io: 'input' }) };
}

/**
 * Parses a suite manifest.
 * @param path named in errors
 * @throws ManifestError naming each field that is wrong
 */
export function parseSuiteManifest(path: string, text: string): SuiteManifest {
  const manifest = validatedJson(SuiteManifestSchema, text, (problems) => {
    throw new ManifestError(path, problems);
  });
  const { runs } = manifest;
  const repeated = [
    ...repeats(runs.map((run) => `seed ${run.seed}`)),
    ...runs.flatMap((run) => repeats(run.checkpoints.map((c) => `seed ${run.seed} step ${c.step}`))),
  ];
  if (repeated.length > 0) throw new ManifestError(path, [`listed twice: ${repeated.join(', ')}`]);
  return manifest;
}

function repeats(names: readonly string[]): string[] {
  return names.filter((name, i) => names.indexOf(name) !== i);
}
