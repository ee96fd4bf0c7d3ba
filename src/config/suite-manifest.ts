import { z } from 'zod';
import { ARCHITECTURES } from '../domain/model-config.js';
import { ManifestError } from '../errors/checkpoint-errors.js';
import { HUB_FIELDS } from './hub-manifest.js';
import { parsePattern } from './revision-pattern.js';
import { SuiteName } from './suite-name.js';
import { PartialConfigSchema } from './sweep-config.js';
import { validatedJson } from './validated-json.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is no sha256 in lower-case hex');
const natural = z.int().min(0);

const Checkpoint = z.strictObject({
  step: natural.describe('optimiser updates, 0 before the first'),
  folder: z.string().min(1).describe('folder in the layout of the Hub, relative to the manifest'),
  files: z.record(z.string(), sha256).describe('sha256 of each file that results depend on'),
});

const Run = z.strictObject({
  seed: natural,
  trained: z.string().optional().describe('program, engine and seconds that made the weights'),
  checkpoints: z.array(Checkpoint).min(1),
});

/** Stated once in the published schema. */
const Settings = PartialConfigSchema.meta({ id: 'settings' });

/** What every suite states. */
const SHARED_FIELDS = {
  $schema: z.string().optional(),
  name: SuiteName,
  description: z.string(),
  architecture: z.enum(ARCHITECTURES),
  maxOperand: natural.optional().describe('operands are 0 .. maxOperand - 1 unless the sweep says otherwise'),
  tokensPerStep: natural.nullable().describe('tokens trained on in one step; null where it is not known'),
  firstHeuristicLayer: natural
    .optional()
    .describe('first layer whose neurons are classified; default half of them'),
  largestBaseRate: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe('heuristics that hold for a larger share of its prompts are left out, as small universes need'),
  split: z
    .strictObject({
      trainShare: z.number().gt(0).lt(1),
      seed: natural,
      by: z.enum(['prompt', 'unordered_pair']),
    })
    .optional()
    .describe('which prompts the training held out, where it is known'),
  settings: Settings.optional().describe(
    'settings of a sweep that suit this suite: in force unless the user says otherwise',
  ),
};

const LocalSchema = z.strictObject({
  ...SHARED_FIELDS,
  kind: z.literal('local').optional().describe('a suite in folders beside its manifest; the default'),
  recipeHash: sha256.optional().describe('identity of the recipe of `heuristrace train`'),
  runs: z.array(Run),
});

const HubSchema = z.strictObject({ ...SHARED_FIELDS, ...HUB_FIELDS });

/** A suite: one model trained once or more, and the checkpoints kept of each run, in folders or on the Hub. */
const SuiteManifestSchema = z.discriminatedUnion('kind', [LocalSchema, HubSchema]);

/** A suite whose checkpoints are folders. */
export type LocalManifest = z.infer<typeof LocalSchema>;
/** A suite whose checkpoints are revisions of repos on the Hub. */
export type HubManifest = z.infer<typeof HubSchema>;
export type SuiteManifest = LocalManifest | HubManifest;
export type ManifestRun = LocalManifest['runs'][number];
export type ManifestCheckpoint = ManifestRun['checkpoints'][number];
export type ManifestFault = HubManifest['faults'][number];

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
  const problems = [
    ...repeated(manifest).map((name) => `listed twice: ${name}`),
    ...(manifest.kind === 'hub' ? inconsistencies(manifest) : []),
  ];
  if (problems.length > 0) throw new ManifestError(path, problems);
  return manifest;
}

function repeated(manifest: SuiteManifest): string[] {
  const seeds = manifest.runs.map(({ seed }) => `seed ${seed}`);
  if (manifest.kind === 'hub') return [...repeats(seeds), ...repeats(manifest.runs.map((run) => run.repo))];
  return [
    ...repeats(seeds),
    ...manifest.runs.flatMap((run) => repeats(run.checkpoints.map((c) => `seed ${run.seed} step ${c.step}`))),
  ];
}

/** What the schema of single fields cannot say. */
function inconsistencies({ hub, runs, faults }: HubManifest): string[] {
  const counts = parsePattern(hub.revision)?.counts;
  const seeds = new Set(runs.map(({ seed }) => seed));
  const unknown = faults.flatMap((fault) => (fault.seeds ?? []).filter((seed) => !seeds.has(seed)));
  return [
    ...(counts === 'checkpoint' && hub.checkpoints === undefined
      ? ['hub.checkpoints: is needed where names count checkpoints']
      : []),
    ...(counts === 'step' && hub.checkpoints !== undefined
      ? ['hub.checkpoints: says nothing where names hold steps']
      : []),
    ...unknown.map((seed) => `faults: there is no run of seed ${seed}`),
  ];
}

function repeats(names: readonly string[]): string[] {
  return names.filter((name, i) => names.indexOf(name) !== i);
}
