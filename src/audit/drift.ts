import type { ListedCheckpoint, RunFacts, StepCheckpoint } from './facts.js';
import { finding, type Finding, type FindingKind } from './finding.js';
import { majority } from './majority.js';

/** Keys of config.json that say how it was written, not what the model computes. */
const IRRELEVANT_KEYS = ['transformers_version', 'torch_dtype', 'dtype', '_name_or_path', 'use_cache'];
/** Sizes of the same weights in the same format differ by headers and padding only. */
const SIZE_TOLERANCE = 1e-3;

const TOKENIZER = 'tokenizer.json';

/** Changes from step to step of what should stay the same: config, tokenizer, format. */
export function driftFindings(run: RunFacts): Finding[] {
  return [...configFindings(run), ...tokenizerFindings(run), ...formatFindings(run)];
}

/** JSON whose keys are in order, so that equal values give equal text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

type Keys = Readonly<Record<string, unknown>>;

function relevant(config: Keys | null): Keys {
  return Object.fromEntries(Object.entries(config ?? {}).filter(([key]) => !IRRELEVANT_KEYS.includes(key)));
}

/** `key was 1, is 2` for each key that differs. */
function differences(usual: Keys, own: Keys): string {
  const keys = [...new Set([...Object.keys(usual), ...Object.keys(own)])].sort();
  const text = (value: unknown): string => (value === undefined ? 'absent' : canonical(value));
  return keys
    .filter((key) => canonical(usual[key] ?? null) !== canonical(own[key] ?? null))
    .map((key) => `${key} is ${text(own[key])}, elsewhere ${text(usual[key])}`)
    .join('; ');
}

/** What the program reads from config.json decides; other keys may have been written by another version of a library. */
function configFindings({ seed, checkpoints }: RunFacts): Finding[] {
  const read = checkpoints.filter(({ config }) => config !== null);
  const known = read.filter(({ model }) => model !== null);
  const other = majority(known, ({ model }) => canonical(model));
  const findings = (other?.others ?? []).map(({ step, model }) =>
    finding({
      seed,
      step,
      kind: 'config_changed',
      evidence: differences(other?.usual.model ?? {}, model ?? {}),
    }),
  );
  const text = majority(read, ({ config }) => canonical(relevant(config)));
  const rewritten = (text?.others ?? []).filter(({ step }) => !findings.some((one) => one.step === step));
  return [
    ...findings,
    ...rewritten.map(({ step, config }) =>
      finding({
        seed,
        step,
        kind: 'config_changed',
        severity: 'warning',
        evidence: differences(relevant(text?.usual.config ?? null), relevant(config)),
      }),
    ),
  ];
}

/** One finding for each checkpoint that differs from most. @param shown what it has, in words */
function unusual(
  { seed, checkpoints }: RunFacts,
  kind: FindingKind,
  keyOf: (checkpoint: StepCheckpoint) => string | null,
  shown: (checkpoint: ListedCheckpoint) => string,
): Finding[] {
  const found = majority(
    checkpoints.filter((checkpoint) => keyOf(checkpoint) !== null),
    (checkpoint) => keyOf(checkpoint) ?? '',
  );
  if (found === null) return [];
  return found.others.map((checkpoint) =>
    finding({
      seed,
      step: checkpoint.step,
      kind,
      evidence: `${shown(checkpoint)}, elsewhere ${shown(found.usual)}`,
    }),
  );
}

const tokenizerOf = ({ files }: ListedCheckpoint): string =>
  files.find(({ path }) => path === TOKENIZER)?.hash ?? 'absent';

function tokenizerFindings(run: RunFacts): Finding[] {
  const shown = (checkpoint: ListedCheckpoint): string => tokenizerOf(checkpoint).slice(0, 12);
  return unusual(run, 'tokenizer_changed', tokenizerOf, shown);
}

const formatOf = ({ weights }: ListedCheckpoint): string | null => {
  const [first] = weights;
  return first === undefined ? null : `${weights.length} ${first.path.split('.').at(-1) ?? ''}`;
};
const bytesOf = ({ weights }: ListedCheckpoint): number => weights.reduce((sum, { size }) => sum + size, 0);

function formatFindings(run: RunFacts): Finding[] {
  const shown = (checkpoint: ListedCheckpoint): string => `${formatOf(checkpoint) ?? 'no'} file(s)`;
  const formats = unusual(run, 'format_changed', formatOf, shown);
  const rest = run.checkpoints.filter(
    (checkpoint) => bytesOf(checkpoint) > 0 && !formats.some(({ step }) => step === checkpoint.step),
  );
  // Most have the same size to the byte where the same program wrote them.
  const usual = majority(rest, (checkpoint) =>
    String(Math.round(Math.log(bytesOf(checkpoint)) / SIZE_TOLERANCE)),
  )?.usual;
  if (usual === undefined) return formats;
  const sizes = rest.filter(
    (checkpoint) => Math.abs(bytesOf(checkpoint) / bytesOf(usual) - 1) > 2 * SIZE_TOLERANCE,
  );
  return [
    ...formats,
    ...sizes.map((checkpoint) =>
      finding({
        seed: run.seed,
        step: checkpoint.step,
        kind: 'format_changed',
        evidence: `${bytesOf(checkpoint)} bytes of weights, elsewhere ${bytesOf(usual)}`,
      }),
    ),
  ];
}
