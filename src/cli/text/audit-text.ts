import { formatBytes } from '../../config/byte-size.js';
import { SEVERITIES, type Finding } from '../../domain/audit-finding.js';
import type { AuditReport } from '../../sweep/audit/audit-request.js';

const DEPTHS = {
  listing: 'listings only; --deep reads weights too',
  sample: 'the start of some tensors',
  all: 'all values',
} as const;

/** Findings that say the same of several steps. */
interface FindingGroup {
  readonly first: Finding;
  readonly steps: readonly number[];
}

/** What an audit found, the worst first: one line for what several steps have in common. */
export function auditText(report: AuditReport): string {
  const { suite, depth, runs, findings, weightBytes, bytesRead } = report;
  const groups = grouped(findings).sort(
    (a, b) => SEVERITIES.indexOf(a.first.severity) - SEVERITIES.indexOf(b.first.severity),
  );
  const heads = groups.map(({ first, steps }) => {
    const where = runs.length > 1 ? `seed ${first.seed} ` : '';
    const known = runs.find(({ seed }) => seed === first.seed)?.steps ?? [];
    return [
      first.severity,
      first.kind,
      `${where}${first.step === null ? 'run' : `step ${stepRanges(steps, known)}`}`,
    ];
  });
  const widths = [0, 1].map((column) => Math.max(0, ...heads.map((head) => head[column]?.length ?? 0)));
  const indent = ' '.repeat((widths[0] ?? 0) + 2);
  const checkpoints = runs.reduce((sum, { steps }) => sum + steps.length, 0);
  const share = weightBytes === 0 ? '' : ` (${((100 * bytesRead) / weightBytes).toPrecision(2)} %)`;
  return [
    ...groups.flatMap(({ first, steps }, i) => [
      (heads[i] ?? [])
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
      `${indent}${first.evidence}${steps.length > 1 ? `  [step ${steps[0] ?? ''}; ${steps.length} steps]` : ''}`,
      ...(first.report === null ? [] : [`${indent}known: ${first.report}`]),
    ]),
    `${suite}: ${checkpoints} checkpoints, ${runs.length} run(s); ${SEVERITIES.map((one) => `${countSteps(findings, one)} ${one}`).join(', ')}`,
    `read: ${DEPTHS[depth]}; ${formatBytes(bytesRead)} of ${formatBytes(weightBytes)} of weights${share}`,
  ].join('\n');
}

/** Checkpoints with a finding of this severity. */
export function countSteps(findings: readonly Finding[], severity: Finding['severity']): number {
  const own = findings.filter((one) => one.severity === severity && one.step !== null);
  return new Set(own.map(({ seed, step }) => `${seed} ${step}`)).size;
}

/**
 * Steps as a selection that `--steps` takes: `0..512,55000`.
 * @param all steps among which `A..B` leaves none out
 */
export function stepRanges(steps: readonly number[], all: readonly number[]): string {
  const sorted = [...steps].sort((a, b) => a - b);
  const order = [...all].sort((a, b) => a - b);
  const ranges: number[][] = [];
  for (const step of sorted) {
    const range = ranges.at(-1);
    const last = range?.at(-1);
    if (range !== undefined && last !== undefined && order.indexOf(step) === order.indexOf(last) + 1)
      range.push(step);
    else ranges.push([step]);
  }
  return ranges
    .map((range) => (range.length > 2 ? `${range[0] ?? ''}..${range.at(-1) ?? ''}` : range.join(',')))
    .join(',');
}

function grouped(findings: readonly Finding[]): FindingGroup[] {
  const groups = new Map<string, { first: Finding; steps: number[] }>();
  for (const one of findings) {
    const { seed, step, kind, severity, equals, report } = one;
    // Partners of duplicates differ within one group: they are in the evidence.
    const from = kind === 'duplicate' ? '' : equals;
    const key = [seed, kind, severity, from, report, step === null ? 'run' : ''].join(' ');
    const group = groups.get(key) ?? { first: one, steps: [] };
    if (step !== null) group.steps.push(step);
    groups.set(key, group);
  }
  return [...groups.values()];
}
