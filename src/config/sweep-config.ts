import { z } from 'zod';
import { ConfigError, UnknownNameError } from '../errors/errors.js';
import type { SweepField } from './field-kinds.js';
import { SWEEP_FIELDS, type SweepConfig } from './sweep-fields.js';
import { problemsOf, validatedJson } from './validated-json.js';

function fieldSchema(field: SweepField): z.ZodType {
  switch (field.kind) {
    case 'text':
      return field.choices === undefined ? z.string().min(1) : z.enum(field.choices);
    case 'optionalText': {
      const free = field.pattern === undefined ? z.string().min(1) : textOrNumber(field.pattern);
      return (field.choices === undefined ? free : z.enum(field.choices)).nullable();
    }
    case 'integer':
      return z.int().min(field.minimum);
    case 'number':
      return z.number().min(field.minimum).max(field.maximum);
    case 'optionalNumber': {
      const number = field.integer ? z.int() : z.number();
      return number.min(field.minimum).max(field.maximum).nullable();
    }
    case 'list': {
      const item = field.choices === undefined ? textOrNumber(field.pattern) : z.enum(field.choices);
      return field.least === undefined ? z.array(item) : z.array(item).min(field.least, 'names none');
    }
  }
}

/** Text of a form; a file may write a number as a number, the command line cannot (see `asText`). */
function textOrNumber(pattern: string | undefined): z.ZodType {
  const form = new RegExp(pattern ?? '');
  const message = 'has none of the allowed forms';
  const number = z.number().refine((given) => form.test(String(given)), message);
  return z.union([z.string().min(1).regex(form, message), number]);
}

/** One schema of all settings, each as `finish` makes it. */
function schemaOf(finish: (schema: z.ZodType, field: SweepField) => z.ZodType): z.ZodObject {
  const shape = Object.entries<SweepField>(SWEEP_FIELDS).map(([name, field]) => [
    name,
    finish(fieldSchema(field), field).describe(field.description),
  ]);
  return z.object(Object.fromEntries(shape)).strict();
}

const ConfigSchema = schemaOf((schema, field) => schema.default(field.default)).extend({
  $schema: z.string().optional(),
});

/** Some settings of a sweep, for files that suggest them. */
export const PartialConfigSchema = schemaOf((schema) => schema.optional());

/** JSON schema of the config file, for editors; published as docs/config.schema.json. */
export function configJsonSchema(): object {
  return { title: 'heuristrace sweep configuration', ...z.toJSONSchema(ConfigSchema, { io: 'input' }) };
}

/**
 * Validates settings and fills in the defaults. What a list names twice it holds once.
 * @param source the file, or `the command line`, named in errors
 * @param nearest suggests the nearest of some known names
 * @throws UnknownNameError for a name that is no choice of its field; ConfigError naming each other wrong field
 */
export function resolveConfig(
  source: string,
  settings: Readonly<Record<string, unknown>>,
  nearest: (given: string, known: readonly string[]) => string | undefined = () => undefined,
): SweepConfig {
  checkChoices(settings, nearest);
  const parsed = ConfigSchema.safeParse(settings);
  if (!parsed.success) throw new ConfigError(source, problemsOf(parsed.error));
  const data = Object.fromEntries(
    Object.entries<SweepField>(SWEEP_FIELDS).map(([name, field]) => [name, asText(field, parsed.data[name])]),
  );
  if (!isSweepConfig(data)) throw new Error('the schema of the configuration left a field out');
  return data;
}

/** Numbers where the field's values are text, as text; of what a list names twice, the first. */
function asText(field: SweepField, value: unknown): unknown {
  if (Array.isArray(value)) return withoutRepeats(value.map(String));
  return field.kind === 'optionalText' && typeof value === 'number' ? String(value) : value;
}

/** `0.5` and `0.50` are the same number: measured twice, its rows would have one key. */
function withoutRepeats(items: readonly string[]): string[] {
  const first = new Map<string | number, string>();
  for (const item of items) {
    const key = Number.isNaN(Number(item)) ? item : Number(item);
    if (!first.has(key)) first.set(key, item);
  }
  return [...first.values()];
}

function checkChoices(
  settings: Readonly<Record<string, unknown>>,
  nearest: (given: string, known: readonly string[]) => string | undefined,
): void {
  for (const [name, field] of Object.entries<SweepField>(SWEEP_FIELDS)) {
    if (!('choices' in field)) continue;
    const given = settings[name];
    for (const item of Array.isArray(given) ? given : [given])
      if (typeof item === 'string' && !field.choices.includes(item))
        throw new UnknownNameError(name.replace(/s$/, ''), item, field.choices, nearest(item, field.choices));
  }
}

/** The schema is made from SWEEP_FIELDS, so a complete set of names is a complete configuration. */
function isSweepConfig(data: object): data is SweepConfig {
  return Object.keys(SWEEP_FIELDS).every((name) => name in data);
}

/** Parses a config file. @returns the settings it states, not yet validated @throws ConfigError when it is no JSON object */
export function parseConfigFile(path: string, text: string): Record<string, unknown> {
  return validatedJson(z.record(z.string(), z.unknown()), text, (problems) => {
    throw new ConfigError(path, problems);
  });
}
