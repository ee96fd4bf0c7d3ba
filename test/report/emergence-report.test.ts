import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDefinition } from '../../src/report/content/definition.js';
import { gather, type ReportContent } from '../../src/report/content/gather.js';
import { TREND_REPORT } from '../../src/report/write-report.js';
import { commitAll } from '../store/example.js';
import { courseBatch } from '../support/courses.js';
import { answerOn } from './answer.js';
import { databases } from './databases.js';

const { database, folder, remove } = databases();
afterAll(remove);
const answer = answerOn(database);

const contentOf = async (db: string): Promise<ReportContent> =>
  gather({
    db,
    definition: await loadDefinition(TREND_REPORT),
    extra: { version: '0', date: '2026-01-02', db: 'x.duckdb', out: 'x.html' },
  });

let content: ReportContent;
beforeAll(async () => {
  content = await contentOf(await database('courses'));
}, 240_000);

const said = (words: string): string => {
  const titles = content.sections.flatMap(({ figures }) => figures.map(({ title }) => title));
  return [...content.summary, ...titles].find((sentence) => sentence.includes(words)) ?? '';
};
/** Numbers of a sentence, but for the level of its intervals. */
const numbersOf = (sentence: string): number[] =>
  [...sentence.replaceAll('95%', '').matchAll(/\d[\d,]*(?:\.\d+)?/g)].map(([text]) =>
    Number(text.replaceAll(',', '')),
  );
const round = (value: unknown, digits = 0): number => Number(Number(value).toFixed(digits));

describe('the summary', () => {
  it('says of accuracy what emergence-verdicts says', async () => {
    const sentence = said('gradually');
    expect(sentence).toMatch(/^Accuracy rises gradually for addition \(half-way at step/);
    expect(sentence).toMatch(/It rises abruptly for subtraction \(half-way at step/);
    expect(sentence).toMatch(/does not change for multiplication\./);
    expect(sentence).toMatch(/undetermined for division \(fewer than 10 steps/);
    const columns = 'halfway_step halfway_low halfway_high aicc_lead';
    const rows = await answer('emergence-verdicts', { prompt_set: 'universe', seed: 0 }, columns, 'courses');
    const [told = ''] = sentence.split(' Gradual or abrupt');
    expect(numbersOf(told)).toEqual(
      rows
        .slice(0, 2)
        .flatMap(([step, low, high, lead]) => [
          ...[step, low, high].map((value) => round(value)),
          round(lead, 1),
        ]),
    );
  });

  it('gives onsets as the isotonic curve has them', async () => {
    const params = { prompt_set: 'universe', seed: 0, curve: 'isotonic' };
    const rows = await answer('emergence-verdicts', params, 'onset_step onset_low onset_high', 'courses');
    expect(numbersOf(said('begins to change'))).toEqual(
      rows.slice(0, 2).flatMap((row) => row.map((value) => round(value))),
    );
  });

  it('says of classified neurons what emergence-verdicts and lead-lag say', async () => {
    const columns = 'halfway_step halfway_low halfway_high aicc_lead';
    const rows = await answer('emergence-verdicts', { family: 'any', seed: 0 }, columns, 'courses');
    expect(numbersOf(said('share of classified neurons rises gradually'))).toEqual(
      rows.flatMap(([step, low, high, lead]) => [
        ...[step, low, high].map((value) => round(value)),
        round(lead, 1),
      ]),
    );
    const lags = await answer(
      'lead-lag',
      { family: 'any', part: 'halfway', operator: '+' },
      'lead lead_low lead_high order_found',
      'courses',
    );
    const sentence = said('come before accuracy for addition');
    expect(numbersOf(sentence)).toEqual((lags[0] ?? []).slice(0, 3).map((value) => round(value, 1)));
    expect(lags[0]?.[3]).toBe('leads');
    expect(sentence).toMatch(/not told apart for subtraction\./);
  });
});

describe('a course that falls, and one that goes on beyond the last step', () => {
  it('are said to do so', async () => {
    const file = join(folder, 'falling.duckdb');
    copyFileSync(await database('courses'), file);
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    const accuracyOf = (operator: string) =>
      `trajectory IN (SELECT trajectory FROM emergence WHERE prompt_set = 'universe' AND operator = '${operator}')`;
    await connection.run(`UPDATE emergence SET rise = -0.8 WHERE ${accuracyOf('-')}`);
    await connection.run(
      `UPDATE emergence_times SET step = NULL, low = NULL, high = NULL, null_reason = 'after_last',
         low_null_reason = 'after_last', high_null_reason = 'after_last'
       WHERE part = 'halfway' AND ${accuracyOf('+')}`,
    );
    await connection.run(
      `UPDATE emergence_times SET low = NULL, low_null_reason = 'before_first' WHERE part = 'halfway' AND ${accuracyOf('-')}`,
    );
    connection.closeSync();
    instance.closeSync();
    const { summary } = await contentOf(file);
    const sentence = summary.find((one) => one.includes('gradually')) ?? '';
    expect(sentence).toMatch(
      /^Accuracy rises gradually for addition \(half-way after the last measured step, 95% after the last step; AICc/,
    );
    expect(sentence).toMatch(
      / Accuracy falls abruptly for subtraction \(half-way at step [\d,]+, 95% before the first step to [\d,]+; AICc/,
    );
    expect(sentence).not.toContain('rises abruptly');
  });
});

describe('a report on verdicts of another state', () => {
  it('says from which results they are', async () => {
    const captionIn = ({ sections }: ReportContent): string =>
      sections.flatMap(({ figures }) => figures).find(({ definition }) => definition.name === 'emergence')
        ?.caption ?? '';
    expect(captionIn(content)).not.toContain('These verdicts');
    const stale = join(folder, 'stale.duckdb');
    copyFileSync(await database('courses'), stale);
    await commitAll(stale, [courseBatch({ steps: [5000] })]);
    expect(captionIn(await contentOf(stale))).toMatch(
      /These verdicts were computed on [\d-]+ [\d:]+ UTC from 84 results, not from the 87 that the database has now\./,
    );
  });
});
