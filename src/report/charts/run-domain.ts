import type { Spec } from 'vega';

/**
 * Gives the scales whose range is `runs` all runs of the report as their domain, so that a run keeps its colour in every
 * chart, whichever runs it shows.
 */
export function withRunDomain(vega: Spec, runs: readonly string[]): Spec {
  if (runs.length === 0 || vega.scales === undefined) return vega;
  const scales = vega.scales.map((scale) => {
    // Vega looks any name up among the ranges of its configuration; its types know its own names only.
    const range: unknown = 'range' in scale ? scale.range : undefined;
    return scale.type === 'ordinal' && range === 'runs' ? { ...scale, domain: [...runs] } : scale;
  });
  return { ...vega, scales };
}
