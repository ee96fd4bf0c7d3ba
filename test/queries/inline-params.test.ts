import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParamType } from '../../src/queries/header.js';
import { inlineParams } from '../../src/queries/inline-params.js';

const param = (name: string, type: ParamType) => ({
  name,
  type,
  nullable: true,
  default: null,
  of: undefined,
  description: '',
});
const params = [param('suite', 'text'), param('most', 'int'), param('floor', 'double')];

describe('a statement with its parameters written in', () => {
  it('has a literal of its type for each, and leaves text and comments as they are', () => {
    const sql = `SELECT $suite, '$suite', "$most", $most + $most -- $floor\n/* $floor */ , $floor, $other`;
    expect(inlineParams({ sql, params }, { suite: "it's", most: -3, floor: null })).toBe(
      `SELECT 'it''s', '$suite', "$most", (-3)::INTEGER + (-3)::INTEGER -- $floor\n/* $floor */ , NULL::DOUBLE, $other`,
    );
  });

  it('gives back any value', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const text = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'));
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        async (suite, most, floor) => {
          const sql = inlineParams({ sql: 'SELECT $suite, $most, $floor', params }, { suite, most, floor });
          const rows = await connection.runAndReadAll(sql);
          expect(rows.getRowsJS()).toEqual([[suite, most, floor === 0 ? 0 : floor]]);
        },
      ),
      { numRuns: 50 },
    );
    connection.closeSync();
    instance.closeSync();
  });
});
