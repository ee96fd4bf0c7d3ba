import { describe, expect, it } from 'vitest';
import { findSuite } from '../../src/config/find-suite.js';
import { AUDIT_DEPTHS } from '../../src/domain/audit-finding.js';
import { auditSuite } from '../../src/sweep/audit-suite.js';

describe('the audit of the embedded suite', () => {
  it.each(AUDIT_DEPTHS)('finds nothing, reading %s', async (depth) => {
    const suite = await findSuite('embedded', () => undefined);
    const hub = (): never => {
      throw new Error('a local suite needs no Hub');
    };
    const { findings, runs, bytesRead, weightBytes } = await auditSuite({ suite, hub, depth });
    expect(findings).toEqual([]);
    expect(runs.map(({ steps }) => steps.length)).toEqual([28, 12, 12]);
    if (depth === 'listing') expect(bytesRead).toBe(0);
    if (depth === 'sample') expect(bytesRead).toBeLessThan(0.75 * weightBytes);
    if (depth === 'all') expect(bytesRead).toBeGreaterThan(0.99 * weightBytes);
  });
});
