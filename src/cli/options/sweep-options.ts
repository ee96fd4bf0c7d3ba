import { Option, type Command } from '@commander-js/extra-typings';
import type { SweepField } from '../../config/field-kinds.js';
import { SWEEP_FIELDS } from '../../config/sweep-fields.js';

/** Settings as given, not yet validated, and who gave them. */
export interface GivenSettings {
  /** The config file, or `the command line`, named in errors. */
  readonly source: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** `maxOperand` -> `max-operand` */
function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function describe(field: SweepField): string {
  switch (field.kind) {
    case 'list':
      return field.default.length === 0
        ? field.description
        : `${field.description} (default: ${field.default.join(',')})`;
    case 'text': {
      const choices = field.choices === undefined ? '' : ` (choices: ${field.choices.join(', ')})`;
      return `${field.description}${choices} (default: ${field.default})`;
    }
    case 'integer':
    case 'number':
      return `${field.description} (default: ${field.default})`;
    case 'optionalNumber':
      return field.description;
    case 'optionalText': {
      const choices = 'choices' in field ? ` (choices: ${field.choices.join(', ')})` : '';
      return `${field.description}${choices}`;
    }
  }
}

/** Adds one option for each setting of a sweep, and `--config`. Absent options leave the config file's word. */
export function addSweepOptions(command: Command): void {
  for (const [name, field] of Object.entries(SWEEP_FIELDS))
    command.addOption(new Option(`--${flagName(name)} ${field.value}`, describe(field)));
  command.option('--config <file>', 'JSON file with the same settings (schema: docs/config.schema.json)');
}

/**
 * Settings as the command line states them: text turned into the type of each field where it can be, left as text
 * where it cannot, so that validation names the field.
 */
export function settingsFromOptions(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(SWEEP_FIELDS)) {
    const given = options[name];
    if (typeof given !== 'string') continue;
    settings[name] = fromText(field, given);
  }
  return settings;
}

function fromText(field: SweepField, given: string): unknown {
  switch (field.kind) {
    case 'text':
    case 'optionalText':
      return given;
    case 'integer':
    case 'number':
    case 'optionalNumber':
      return given.trim() !== '' && Number.isFinite(Number(given)) ? Number(given) : given;
    case 'list':
      return given.split(',').map((item) => item.trim());
  }
}
