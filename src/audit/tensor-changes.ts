import type { RunFacts, StepCheckpoint, TensorFacts } from './facts.js';
import type { Finding } from '../domain/audit-finding.js';
import { finding } from './finding.js';
import { majority } from './majority.js';

type Tensors = ReadonlyMap<string, TensorFacts>;

const shapes = (tensors: Tensors | null): string[] =>
  [...(tensors ?? [])].map(([name, { shape }]) => `${name} [${shape.join(', ')}]`).sort();
const dtypes = (tensors: Tensors | null): string =>
  [...new Set([...(tensors?.values() ?? [])].map(({ dtype }) => dtype))].sort().join('+');

/** Names, shapes and types of the tensors that are not those of most steps, and values that are no numbers. */
export function tensorFindings({ seed, checkpoints }: RunFacts): Finding[] {
  const opened = checkpoints.filter(({ tensors }) => tensors !== null);
  const byShape = majority(opened, ({ tensors }) => shapes(tensors).join('\n'));
  const usual = new Set(shapes(byShape?.usual.tensors ?? null));
  const changed = (byShape?.others ?? []).map(({ step, tensors }) => {
    const own = shapes(tensors);
    const [extra] = own.filter((one) => !usual.has(one));
    const lacking = [...usual].filter((one) => !own.includes(one));
    const parts = [
      ...(extra === undefined ? [] : [`has ${extra}`]),
      ...(lacking[0] === undefined ? [] : [`lacks ${lacking[0]}`]),
      `${lacking.length} of ${usual.size} tensors differ`,
    ];
    return finding({ seed, step, kind: 'tensors_changed', evidence: parts.join('; ') });
  });
  const byType = majority(opened, ({ tensors }) => dtypes(tensors));
  const retyped = (byType?.others ?? []).map(({ step, tensors }) =>
    finding({
      seed,
      step,
      kind: 'dtype_changed',
      evidence: `${dtypes(tensors)}, elsewhere ${dtypes(byType?.usual.tensors ?? null)}`,
    }),
  );
  return [...changed, ...retyped, ...opened.flatMap((checkpoint) => notFinite(seed, checkpoint))];
}

function notFinite(seed: number, { step, tensors }: StepCheckpoint): Finding[] {
  const broken = [...(tensors ?? [])].filter(([, { values }]) => (values?.notFinite ?? 0) > 0);
  const [first] = broken;
  if (first === undefined) return [];
  const evidence = `${first[1].values?.notFinite ?? 0} values of ${first[0]}${broken.length > 1 ? ` and ${broken.length - 1} more tensors` : ''}`;
  return [finding({ seed, step, kind: 'not_finite', evidence })];
}
