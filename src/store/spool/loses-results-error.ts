import { HeuristraceError } from '../../errors/errors.js';
import type { StoredContent } from './compare-content.js';

const SHOWN = 10;

/** Lines about what is missing, by checkpoint: `toy seed 0 step 10: accuracy, classification`. */
function missingLines({ units, findings }: StoredContent): string[] {
  const places = [...new Set([...units, ...findings].map(({ where }) => where))];
  const lines = places.slice(0, SHOWN).map((where) => {
    const measures = new Set(units.filter((unit) => unit.where === where).map(({ measure }) => measure));
    const isAudited = findings.some((finding) => finding.where === where);
    return `    ${where}: ${[...measures, ...(isAudited ? ['what an audit found'] : [])].join(', ')}`;
  });
  const rest = places.length - lines.length;
  return rest > 0 ? [...lines, `    and ${rest} more checkpoint(s)`] : lines;
}

/** A database that was made again would have less than the one whose place it takes. */
export class LosesResultsError extends HeuristraceError {
  constructor(
    readonly db: string,
    /** What only the old one has. */
    readonly missing: StoredContent,
    /** Batches that another version of the program wrote, and that were left out. */
    readonly otherVersions: number,
  ) {
    const { units, findings } = missing;
    const counts = [
      ...(units.length > 0 ? [`${units.length} unit(s)`] : []),
      ...(findings.length > 0 ? [`${findings.length} finding(s) of audits`] : []),
    ].join(' and ');
    const reasons = [
      ...(otherVersions > 0
        ? [`${otherVersions} batch(es) were left out, which another version of heuristrace wrote`]
        : []),
      ...(counts === '' ? [] : [`the new one would lack ${counts} that it has:`]),
    ];
    super(
      'losesResults',
      [`${db} was not replaced: ${reasons.join('; ')}`, ...missingLines(missing)].join('\n'),
      'Name all spools that it was made of with --spool, or replace it all the same with --force: what is missing is lost then.',
    );
  }
}
