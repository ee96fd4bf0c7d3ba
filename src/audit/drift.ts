import type { ListedCheckpoint, RunFacts } from './facts.js';
import type { Finding } from '../domain/audit-finding.js';
import { finding } from './finding.js';
import { majority } from './majority.js';

/** Keys of config.json that say how it was written, not what the model computes. */
const IRRELEVANT_KEYS = ['transformers_version', 'torch_dtype', 'dtype', '_name_or_path', 'use_cache'];
/** Sizes of the same weights in the same format differ by headers and padding only. */
const SIZE_TOLERANCE = 1e-3;

const TOKENIZER = 'tokenizer.json';

/** Changes from step to step of what should stay the same: config and format. */
export function driftFindings(run: RunFacts): Finding[] {
  return [...configFindings(run), ...formatFindings(run)];
}

/** JSON whose keys are in order, so that equal values give equal text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
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

const tokenizerOf = ({ files }: ListedCheckpoint): string =>
  files.find(({ path }) => path === TOKENIZER)?.hash ?? 'absent';

/** Tokenizers that differ from that of most checkpoints, of all runs together: the seeds of a suite share one. */
export function tokenizerFindings(runs: readonly RunFacts[]): Finding[] {
  const checkpoints = runs.flatMap(({ seed, checkpoints: own }) => own.map((one) => ({ ...one, seed })));
  const found = majority(checkpoints, tokenizerOf);
  const text = (checkpoint: ListedCheckpoint): string => tokenizerOf(checkpoint).slice(0, 12);
  return (found?.others ?? []).map((one) =>
    finding({
      seed: one.seed,
      step: one.step,
      kind: 'tokenizer_changed',
      evidence: `${text(one)}, elsewhere ${found === null ? '' : text(found.usual)}`,
    }),
  );
}

const formatOf = ({ weights }: ListedCheckpoint): string =>
  `${weights.length} file(s) of ${weights[0]?.path.split('.').at(-1) ?? 'nothing'}`;
const bytesOf = ({ weights }: ListedCheckpoint): number => weights.reduce((sum, { size }) => sum + size, 0);

function formatFindings({ seed, checkpoints }: RunFacts): Finding[] {
  const withWeights = checkpoints.filter(({ weights, lacks }) => weights.length > 0 && lacks.length === 0);
  const format = majority(withWeights, formatOf);
  const same = withWeights.filter((one) => !(format?.others ?? []).includes(one));
  // Most have the same size to the byte where the same program wrote them.
  const size = majority(same, (one) => String(bytesOf(one)));
  const usualBytes = size === null ? 0 : bytesOf(size.usual);
  const odd = (size?.others ?? []).filter((one) => Math.abs(bytesOf(one) / usualBytes - 1) > SIZE_TOLERANCE);
  const at = (step: number, own: string, usual: string): Finding =>
    finding({ seed, step, kind: 'format_changed', evidence: `${own}, elsewhere ${usual}` });
  return [
    ...(format?.others ?? []).map((one) => at(one.step, formatOf(one), formatOf(format?.usual ?? one))),
    ...odd.map((one) => at(one.step, `${bytesOf(one)} bytes of weights`, String(usualBytes))),
  ];
}
