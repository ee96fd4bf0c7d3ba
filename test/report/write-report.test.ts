import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UnknownNameError } from '../../src/errors/errors.js';
import { writeReport, type WrittenReport } from '../../src/report/write-report.js';
import { defaultSpool } from '../../src/store/spool/layout.js';
import { announceSweep, endAnnouncement } from '../../src/store/spool/running.js';
import { DATABASES, EVIL, databases, type DatabaseName } from './databases.js';

const { folder, database, remove } = databases();
afterAll(remove);

const warnings: string[] = [];

interface Written extends WrittenReport {
  readonly html: string;
}

async function write(name: DatabaseName, out: string): Promise<Written> {
  const warn = (text: string): void => void warnings.push(text);
  const written = await writeReport({
    db: await database(name),
    out: join(folder, out),
    effects: { now: () => new Date('2026-01-02T03:04:05Z'), warn },
  });
  return { ...written, html: await readFile(written.path, 'utf8') };
}

const reports = new Map<DatabaseName, Promise<Written>>();
/** The report of a database, written once. */
function report(name: DatabaseName): Promise<Written> {
  const known = reports.get(name) ?? write(name, `${name}.html`);
  reports.set(name, known);
  return known;
}

const decode = (html: string): string =>
  html
    .replace(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

function summary(html: string): string[] {
  const box = /<section class="summary"[^]*?<\/section>/.exec(html)?.[0] ?? '';
  return [...box.matchAll(/<li>([^]*?)<\/li>/g)].map(([, text = '']) => decode(text));
}

/** The page without its data and scripts. */
const words = (html: string): string => html.slice(html.indexOf('<body>'), html.indexOf('</main>'));

describe('a report of the example', () => {
  it('says what the data say', async () => {
    expect(summary((await report('example')).html)).toEqual([
      'At step 1,000 the model of seed 0 completes 100% of additions and 40% of multiplications correctly.',
      'Accuracy takes off at steps 10–100 for addition and 10–100 for multiplication.',
      'No verdicts on emergence are stored in this database: run heuristrace emergence.',
      'At step 1,000 no operator has more classified neurons than chance gives.',
      'When heuristics come against accuracy cannot be said: it needs a change of both, over 10 steps at least.',
      'Heuristics peak at step 10 (range), 1,000 (modulo) and 1,000 (pattern), and fall by step 1,000 from 50% to 25% of the neurons (range).',
      'At no step before the last are half of the final heuristics there, over all operators; for multiplication by step 10.',
      'No heuristic was knocked out in this database.',
    ]);
  });

  it('is the same page from the same database', async () => {
    const { html } = await write('example', 'again.html');
    expect(html.replaceAll('again.html', 'example.html')).toBe((await report('example')).html);
  });

  it('names what was not measured', async () => {
    const { html } = await report('example');
    expect(decode(words(html))).toContain('not seed 1 step 0');
    expect(decode(words(html))).toContain('the weight file is truncated');
    expect(decode(words(html))).toContain('too_few_prompts');
  });

  it('gives the command that computes it again and the one behind each figure', async () => {
    const { html } = await report('example');
    const text = decode(words(html));
    expect(text).toContain(`--presets paper --threshold 0.6 --max-operand 10 --first-layer 1`);
    expect(text).toContain('heuristrace query accuracy-by-step --param suite=toy --db ');
  });
});

describe.each(DATABASES)('a report of the database %s', (name) => {
  it('is small, loads nothing, and holds only what was measured', async () => {
    const { html, bytes, figures, unmeasured } = await report(name);
    expect(bytes).toBeLessThan(3_000_000);
    const elements = html.replace(/(<script[^>]*>)[^]*?<\/script>/g, '$1');
    expect(elements).not.toMatch(/<(?:img|iframe|link|object|embed|base)\b| src=| href="[^#]|@import|url\(/i);
    expect(decode(html.slice(0, 2000))).not.toContain('http:');
    expect(html).toContain('content="default-src &#39;none&#39;; script-src &#39;sha256-');
    expect(html).not.toContain('unsafe-eval');
    expect([...html.matchAll(/ data-chart="data-([\w-]+)"/g)].map(([, id]) => id)).toEqual(
      figures.filter((figure) => html.includes(`data-chart="data-${figure}"`)),
    );
    for (const figure of unmeasured) {
      const place = new RegExp(`<figure id="${figure}">\\s*<p class="unmeasured">[^<]{10,}</p>\\s*</figure>`);
      expect(html).toMatch(place);
      expect(html).not.toContain(`id="data-${figure}"`);
    }
    expect(warnings).toEqual([]);
  });

  it('has whole sentences', async () => {
    const { html } = await report(name);
    const sentences = [
      ...words(html)
        .replace(/<summary>SQL<\/summary>[^]*?<\/details>/g, '')
        .matchAll(/<(h3|li|figcaption|p)(?: class="unmeasured")?>([^<]+)</g),
    ].map(([, , text = '']) => decode(text));
    expect(sentences.length).toBeGreaterThan(5);
    for (const text of sentences) {
      expect(text).toMatch(/^[A-Z1-9g][^]*[.?]$/);
      expect(text).not.toMatch(/undefined|NaN|\bnull[,.]|\{\{|\}\}|\[object|Infinity/);
      // what a template leaves where a value was null
      expect(text).not.toMatch(
        / [,.;:)]|\( *\)|\(,|–[ ,.;)]|[ (]–\d|  |steps (?:of|for|to|and)\b|by step (?:of|for|and)\b|\.\./,
      );
    }
  });
});

/** Figures of verdicts on emergence, of a database that has none. */
const EMERGENCE = ['emergence', 'emergence-fits', 'emergence-models', 'lead-lag', 'emergence-over-seeds'];

/** Figures of the measures beside accuracy and classification, and of an audit. */
const BESIDES = [
  'mutual-faithfulness',
  'where-mlps',
  'where-heads',
  'faithfulness-heads',
  'faithfulness-neurons',
  'probe',
  'effect-agreement',
  'knockout-heuristics',
  'knockout-heuristics-by-step',
  'knockout-prompts',
  'knockout-prompts-by-step',
  'accuracy-and-knockouts',
  'failure-neurons',
  'failure-logits',
  'neuron-gallery',
  'checkpoint-audit',
];

it('names the figures that each database lacks', async () => {
  const lacking = async (name: DatabaseName): Promise<readonly string[]> => (await report(name)).unmeasured;
  expect(await lacking('example')).toEqual(['accuracy-held-out', ...EMERGENCE, ...BESIDES]);
  // four steps are too few
  expect(await lacking('whole')).toEqual([
    'emergence-models',
    'lead-lag',
    'emergence-over-seeds',
    'accuracy-and-knockouts',
  ]);
  expect((await lacking('courses')).filter((name) => EMERGENCE.includes(name))).toEqual([
    'emergence-over-seeds',
  ]);
  expect(await lacking('accuracyOnly')).toEqual([
    'accuracy-held-out',
    'classified',
    'families',
    'births-and-deaths',
    'survival',
    ...EMERGENCE,
    'shared-with-final',
    'mutual-faithfulness',
    'step-overlap',
    ...BESIDES.slice(1),
    'neuron-states',
  ]);
  expect(await lacking('classificationOnly')).toEqual([
    'accuracy',
    'accuracy-held-out',
    ...EMERGENCE,
    ...BESIDES,
  ]);
  expect(await lacking('lastStepOnly')).toEqual([
    'accuracy-held-out',
    'births-and-deaths',
    'survival',
    ...EMERGENCE,
    'mutual-faithfulness',
    'step-overlap',
    ...BESIDES.slice(1),
    'null-values',
  ]);
  expect((await report('empty')).figures).toEqual([]);
  expect((await report('failedOnly')).figures).toEqual(['coverage', 'checkpoints']);
});

it('takes names for text, whatever they hold', async () => {
  const { html } = await report('evil');
  const ends = (pattern: RegExp): number => [...html.matchAll(pattern)].length;
  const DATA_VEGA_AND_OURS = 3;
  expect(ends(/<script/g)).toBe(DATA_VEGA_AND_OURS);
  expect(ends(/<\/script/g)).toBe(DATA_VEGA_AND_OURS);
  expect(html).not.toContain('<script>alert');
  expect(decode(words(html))).toContain(EVIL);
});

it('does not speak of time where there is one checkpoint', async () => {
  const said = summary((await report('lastStepOnly')).html);
  expect(said).toContain('One checkpoint cannot tell when accuracy takes off.');
  expect(said).toContain('One checkpoint cannot tell when its heuristics came.');
});

it('speaks of one suite: the one asked for, else the one with most work', async () => {
  const { html } = await report('twoSuites');
  expect(words(html)).toContain('How “toy” learned arithmetic');
  expect(html).not.toContain('tiny-twin');
  const { path } = await writeReport({
    db: await database('twoSuites'),
    out: join(folder, 'twin.html'),
    suite: 'tiny-twin',
  });
  const twin = await readFile(path, 'utf8');
  expect(words(twin)).toContain('How “tiny-twin” learned arithmetic');
  expect(twin.slice(twin.indexOf('<main>'))).not.toMatch(/\btoy\b/);
});

it('refuses a suite that the database has not', async () => {
  await expect(
    writeReport({ db: await database('example'), out: join(folder, 'x.html'), suite: 'toys' }),
  ).rejects.toThrow(UnknownNameError);
});

it('says that a sweep is unfinished, running or killed, of its own suite only', async () => {
  const db = join(folder, 'unfinished.duckdb');
  await copyFile(await database('accuracyOnly'), db);
  const spool = defaultSpool(db);
  const state = { shard: null, startedAt: '2026-01-02', finished: 4, failed: 1, todo: 28 };
  announceSweep(spool, { ...state, suite: 'toy' });
  const head = async (): Promise<string> => {
    const { path } = await writeReport({ db, out: join(folder, 'unfinished.html') });
    return decode(words(await readFile(path, 'utf8')));
  };
  expect(await head()).toContain(
    'A sweep is running: 4 of the 28 checkpoints that it has to do are finished, 1 of them without success, so that what is said here may change.',
  );
  announceSweep(spool, { ...state, suite: 'toys' });
  expect(await head()).not.toContain('A sweep');
  endAnnouncement(spool);
});
