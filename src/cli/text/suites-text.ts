import { formatBytes } from '../../config/byte-size.js';
import type { ManifestFault, SuiteManifest } from '../../config/suite-manifest.js';
import { formatParameters } from './format-parameters.js';
import { plainTable } from './plain-table.js';
import type { SuiteFacts } from './suite-facts.js';

const UNKNOWN = '?';

/** One line for each suite: those in folders first, then family by family, by size. */
export function suitesTable(suites: readonly SuiteFacts[]): string {
  return plainTable(
    ['suite', 'architecture', 'parameters', 'runs', 'steps', 'a checkpoint', 'all', 'memory', 'faults'],
    [...suites]
      .sort(byFamily)
      .map((facts) => [
        facts.name,
        facts.architecture,
        facts.parameters === null ? UNKNOWN : formatParameters(facts.parameters),
        runsOf(facts),
        stepsOf(facts),
        sizeOf(facts, facts.checkpointBytes?.bytes ?? null),
        sizeOf(facts, facts.allBytes),
        facts.memory === null ? UNKNOWN : formatBytes(facts.memory.total),
        String(facts.openFaults),
      ]),
  );
}

function byFamily(a: SuiteFacts, b: SuiteFacts): number {
  const family = ({ kind, name }: SuiteFacts): string =>
    `${kind === 'local' ? 0 : 1}${name.replace(/\d+(\.\d+)?[mb]/, '')}`;
  return family(a).localeCompare(family(b), 'en') || (a.parameters ?? 0) - (b.parameters ?? 0);
}

/** All that is known of a suite. */
export function suiteText(manifest: SuiteManifest, facts: SuiteFacts): string {
  return [
    `${facts.name}: ${facts.description}`,
    ...table([
      ['architecture', facts.architecture],
      ['parameters', facts.parameters?.toLocaleString('en-US') ?? UNKNOWN],
      ['tokens per step', facts.tokensPerStep?.toLocaleString('en-US') ?? UNKNOWN],
      ...checkpointLines(manifest, facts),
      ['a checkpoint', `${sizeOf(facts, facts.checkpointBytes?.bytes ?? null)}${sourceOf(facts)}`],
      ['all', sizeOf(facts, facts.allBytes)],
      ['memory', memoryText(facts)],
      ['manifest', facts.manifest],
    ]),
    ...runLines(facts),
    ...faultLines(facts),
    ...(manifest.kind === 'hub' ? section('not compared with the repo', manifest.unverified) : []),
  ].join('\n');
}

function checkpointLines(manifest: SuiteManifest, facts: SuiteFacts): [string, string][] {
  if (manifest.kind !== 'hub') return [['steps', stepsOf(facts)]];
  const { revision, checkpoints, steps, tokenizer, weights } = manifest.hub;
  const relation =
    checkpoints === undefined
      ? ''
      : `, checkpoint 0 at step ${checkpoints.first}, then every ${checkpoints.stride} steps`;
  return [
    ['revisions', `${revision}${relation}`],
    ['steps', steps === null ? `${UNKNOWN} (what the repo has)` : `${stepsOf(facts)}: ${steps}`],
    [
      'tokenizer',
      `revision ${tokenizer.revision}${tokenizer.repo === undefined ? '' : ` of ${tokenizer.repo}`}`,
    ],
    ['weights', `${weights.formats.join(' or ')}, ${weights.dtype ?? 'type of values not known'}`],
  ];
}

function runLines({ runs }: SuiteFacts): string[] {
  return section(
    'runs',
    runs.map(({ seed, repo, installed, steps }) => {
      const extent = steps === null ? '' : `, steps ${steps[0] ?? UNKNOWN} to ${steps.at(-1) ?? UNKNOWN}`;
      return repo === null
        ? `seed ${seed}: ${steps?.length ?? 0} checkpoints${extent}${installed === true ? '' : ', not installed'}`
        : `seed ${seed}: https://huggingface.co/${repo}`;
    }),
  );
}

function faultLines({ faults }: SuiteFacts): string[] {
  return section(
    'known faults',
    faults.map((fault) => `${faultHead(fault)}: ${fault.note}\n    ${fault.report}`),
  );
}

function faultHead({ kind, steps, seeds, state, expected }: ManifestFault): string {
  const where = [
    ...(seeds === undefined ? [] : [`seed ${seeds.join(', ')}`]),
    steps === null ? 'steps not listed' : `step ${steps}`,
  ];
  const how = expected ? ' (as it should be)' : state === 'present' ? '' : ` (${state})`;
  return `${kind}, ${where.join(', ')}${how}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`);
}

function runsOf({ runs }: SuiteFacts): string {
  const here = runs.filter(({ installed }) => installed !== false).length;
  return here === runs.length ? String(runs.length) : `${here} of ${runs.length}`;
}

/** `154`, or `12 to 28` where runs have different numbers. */
function stepsOf({ runs }: SuiteFacts): string {
  const counts = runs.map(({ steps }) => steps?.length);
  if (counts.includes(undefined)) return UNKNOWN;
  const numbers = counts.map((count) => count ?? 0);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? String(most) : `${least} to ${most}`;
}

function sizeOf({ checkpointBytes }: SuiteFacts, bytes: number | null): string {
  if (bytes === null) return UNKNOWN;
  return `${checkpointBytes?.from === 'at_most' ? '<= ' : ''}${formatBytes(bytes)}`;
}

const SOURCES = {
  listed: ' as the Hub lists it',
  computed: ' computed from parameters and type',
  at_most: ' at four bytes a parameter',
  measured: '',
} as const;

function sourceOf({ checkpointBytes }: SuiteFacts): string {
  return checkpointBytes === null ? '' : SOURCES[checkpointBytes.from];
}

function memoryText({ memory }: SuiteFacts): string {
  if (memory === null) return UNKNOWN;
  const { total, weights, maps, activations } = memory;
  return `${formatBytes(total)} to analyse a checkpoint: weights ${formatBytes(weights)}, neuron maps ${formatBytes(maps)}, a batch ${formatBytes(activations)}`;
}
