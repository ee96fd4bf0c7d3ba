interface FieldBase {
  /** What it is, with its unit. */
  readonly description: string;
  /** Placeholder of the command-line option. */
  readonly value: string;
}

interface TextField extends FieldBase {
  readonly kind: 'text';
  readonly default: string;
  readonly choices?: readonly string[];
}

interface OptionalTextField extends FieldBase {
  readonly kind: 'optionalText';
  readonly default: null;
  readonly choices?: readonly string[];
  /** What the text must look like, as a regular expression. */
  readonly pattern?: string;
}

interface IntegerField extends FieldBase {
  readonly kind: 'integer';
  readonly default: number;
  readonly minimum: number;
}

interface NumberField extends FieldBase {
  readonly kind: 'number';
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
}

interface OptionalNumberField extends FieldBase {
  readonly kind: 'optionalNumber';
  readonly default: null;
  readonly minimum: number;
  readonly maximum: number;
  readonly integer: boolean;
}

interface ListField extends FieldBase {
  readonly kind: 'list';
  readonly default: readonly string[];
  readonly choices?: readonly string[];
  /** What each item must look like, as a regular expression. */
  readonly pattern?: string;
  /** Fewest items; default 0. */
  readonly least?: number;
}

/** One setting of a sweep, as data. */
export type SweepField =
  TextField | OptionalTextField | IntegerField | NumberField | OptionalNumberField | ListField;

/** The type of a field's value. */
export type ValueOf<F> = F extends { kind: 'list'; choices: readonly (infer C)[] }
  ? readonly C[]
  : F extends { kind: 'list' }
    ? readonly string[]
    : F extends { kind: 'integer' | 'number' }
      ? number
      : F extends { kind: 'optionalNumber' }
        ? number | null
        : F extends { kind: 'optionalText'; choices: readonly (infer C)[] }
          ? C | null
          : F extends { kind: 'optionalText' }
            ? string | null
            : F extends { choices: readonly (infer C)[] }
              ? C
              : string;
