import { z } from 'zod';
import { FAMILIES, TARGETS } from '../domain/heuristic.js';
import { OPERATORS } from '../domain/operator.js';
import { ConfigError } from '../errors/errors.js';
import { validatedJson } from './validated-json.js';

const natural = z.int().positive();
const operators = z.array(z.enum(OPERATORS)).min(1);
const targets = z.array(z.enum(TARGETS)).min(1);
const share = z.number().gt(0).max(1);

const kRule = z.strictObject({
  rule: z
    .enum([
      'associated',
      'oneOperandClass',
      'twoOperandClass',
      'maxOperand',
      'maxOperandByDensity',
      'rootOfMaxAnswer',
    ])
    .describe('how many prompts from the top of a map a heuristic is held against'),
  atMost: z.literal('maxOperand').exactOptional(),
});

const base = { operators, targets, k: kRule, topOnly: z.boolean().exactOptional() };

const selector = {
  operators,
  targets: targets.exactOptional(),
  families: z.array(z.enum(FAMILIES)).exactOptional(),
  keys: z.array(z.string()).exactOptional(),
};

const familySpec = z.discriminatedUnion('family', [
  z.strictObject({
    family: z.literal('range'),
    ...base,
    lengths: z.array(natural).min(1).describe('in units of the target'),
    step: z.union([z.literal('length'), z.strictObject({ divisor: natural, least: natural })]),
    startsBelow: z.enum(['largestValue', 'maxOperand', 'twiceMaxOperand', 'afterMaxAnswer']),
  }),
  z.strictObject({ family: z.literal('mod'), ...base, moduli: z.array(z.int().min(2)).min(1) }),
  z.strictObject({
    family: z.literal('pattern'),
    ...base,
    frequent: z.strictObject({ most: natural, leastDivisor: natural }).exactOptional(),
  }),
  z.strictObject({ family: z.literal('value'), ...base }),
  z.strictObject({ family: z.literal('identical'), ...base }),
  z.strictObject({
    family: z.literal('multi'),
    operators,
    sizes: z.strictObject({ least: natural, most: natural }),
    coverage: share.describe('share of the top prompts'),
    top: natural.describe('prompts from the top of the KV map'),
  }),
]);

/** A preset of heuristics as a JSON file: the same content as the shipped ones have. */
const PresetSchema = z.strictObject({
  $schema: z.string().exactOptional(),
  name: z.string().regex(/^[\w.-]+$/),
  description: z.string(),
  threshold: share.describe('least score of a match, share of the top prompts'),
  families: z.array(familySpec).min(1),
  exclude: z
    .array(
      z.strictObject({
        operators,
        column: z.enum(['op1', 'op2', 'result']),
        equals: z.union([z.int().min(0), z.literal('maxAnswer')]),
      }),
    )
    .exactOptional(),
  largestBaseRate: share.exactOptional(),
  smallestK: natural.exactOptional(),
  drop: z.array(z.strictObject(selector)).exactOptional(),
  voids: z
    .array(z.strictObject({ ...selector, answer: z.int().min(0), k: z.union([kRule, z.literal('own')]) }))
    .exactOptional(),
});

/** JSON schema of a preset file, for editors; published as docs/preset.schema.json. */
export function presetJsonSchema(): object {
  return { title: 'heuristrace preset of heuristics', ...z.toJSONSchema(PresetSchema, { io: 'input' }) };
}

/**
 * Parses a preset file.
 * @param path named in errors
 * @throws ConfigError naming each field that is wrong
 */
export function parsePreset(path: string, text: string): z.infer<typeof PresetSchema> {
  return validatedJson(PresetSchema, text, (problems) => {
    throw new ConfigError(path, problems);
  });
}
