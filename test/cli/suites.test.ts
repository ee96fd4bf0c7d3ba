import { describe, expect, it } from 'vitest';
import { suiteFacts, type SuiteFacts } from '../../src/cli/text/suite-facts.js';
import { checkLines, checkSuite } from '../../src/cli/work/suites-check.js';
import { findSuite, isHubSuite } from '../../src/config/find-suite.js';
import { expectedSteps } from '../../src/config/hub-suite.js';
import { cli } from '../support/cli.js';
import { hubAt, standIn } from '../support/hubs.js';
import { scratchFolder } from '../support/scratch.js';

describe('heuristrace suites', () => {
  it('shows each suite in a line, families together and by size', async () => {
    const { code, stdout } = await cli(['suites']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/embedded +gpt_neox +176k +3 +12 to 28 +\d+ kB/);
    expect(stdout).toMatch(/pythia-2\.8b +gpt_neox +2\.78B +1 +154 +5\.55 GB +855 GB +[\d.]+ GB +2 *$/m);
    expect(stdout).toMatch(/amber +llama +6\.74B +1 +359 +<= 27\.0 GB/);
    const pythia = [...stdout.matchAll(/^ (pythia-\S+) /gm)].map(([, name]) => name);
    const sizes = ['14m', '31m', '70m', '160m', '410m', '1b', '1.4b', '2.8b', '6.9b', '12b'];
    expect(pythia.slice(0, sizes.length)).toEqual(sizes.map((size) => `pythia-${size}`));
  });

  it('prints the same as JSON', async () => {
    const all = JSON.parse((await cli(['suites', '--json'])).stdout) as SuiteFacts[];
    const embedded = all.find(({ name }) => name === 'embedded');
    expect(embedded).toMatchObject({ kind: 'local', parameters: 176_448, openFaults: 0 });
    expect(embedded?.runs.map(({ steps }) => steps?.length)).toEqual([28, 12, 12]);
    const large = all.find(({ name }) => name === 'pythia-2.8b');
    expect(large).toMatchObject({ kind: 'hub', parameters: 2_775_208_960, openFaults: 2 });
    expect(large?.allBytes).toBe(154 * 2 * 2_775_208_960);
  });

  it('shows a suite with its faults and where they are reported', async () => {
    const { stdout } = await cli(['suites', 'show', 'pythia-12b']);
    expect(stdout).toMatch(/parameters +11,846,072,320/);
    expect(stdout).toMatch(/other_step_shard, step 50000,58000: .*\n +https:.*pythia\/issues\/206/);
    expect(stdout).toMatch(/duplicate, step 0,1 \(as it should be\)/);
    const { stdout: json } = await cli(['suites', 'show', 'pythia-12b', '--json']);
    expect(JSON.parse(json)).toMatchObject({ name: 'pythia-12b', hub: { revision: 'step{step}' } });
  });

  it('names the nearest of the known suites, and refuses OLMo', async () => {
    expect(await cli(['suites', 'show', 'pythia-70'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("Did you mean 'pythia-70m'") as string,
    });
    expect(await cli(['sweep', '--suite', 'hf:allenai/OLMo-2-0425-1B'])).toMatchObject({
      code: 14,
      stderr: expect.stringContaining('OLMo is no Llama') as string,
    });
  });
});

describe('facts of a suite', () => {
  it('put the memory together as an analysis needs it', async () => {
    const { memory, parameters } = await suiteFacts(await findSuite('pythia-70m', () => undefined));
    expect(memory?.weights).toBe(4 * (parameters ?? 0));
    // The top 31 of 2,048 neurons in three layers on the prompts of four operators; all their direct logits.
    expect(memory?.maps).toBe(4 * 3 * (31 * 226_054 + 2048 * 531));
  });
});

describe('heuristrace suites check', () => {
  it('tells missing, known and unexpected revisions of each run', async () => {
    const suite = await findSuite('polypythia-410m', () => undefined);
    if (!isHubSuite(suite)) throw new Error('a suite on the Hub');
    const manifest = {
      ...suite.manifest,
      runs: suite.manifest.runs.filter(({ seed }) => [2, 6].includes(seed)),
    };
    const hub = await standIn();
    const steps = expectedSteps(manifest) ?? [];
    const branches = (
      gone: readonly number[],
      more: readonly string[],
    ): Record<string, Record<string, string>> =>
      Object.fromEntries(
        [...steps.filter((step) => !gone.includes(step)).map((step) => `step${step}`), 'main', ...more].map(
          (name) => [name, { 'config.json': '{}' }],
        ),
      );
    hub.addRepo('EleutherAI/pythia-410m-seed2', branches([111_000, 5000], []));
    hub.addRepo('EleutherAI/pythia-410m-seed6', branches([], ['step7', 'draft']));
    const { runs } = await checkSuite({ ...suite, manifest }, hubAt(hub));
    expect(checkLines(runs)).toEqual([
      'seed 2, EleutherAI/pythia-410m-seed2: 152 checkpoints, 154 expected',
      '  missing: step 5000, step 111000 (known)',
      'seed 6, EleutherAI/pythia-410m-seed6: 155 checkpoints, 154 expected',
      '  not expected: draft, step7',
    ]);
    expect(hub.requests).toHaveLength(2);
  });

  it('runs from the command line', async () => {
    const hub = await standIn();
    hub.addRepo('HuggingFaceTB/SmolLM2-135M-intermediate-checkpoints', {
      main: { 'README.md': '' },
      'step-240000': { 'config.json': '{}' },
    });
    const env = { HF_ENDPOINT: hub.endpoint, HF_HOME: scratchFolder(), NO_PROXY: '*' };
    const { code, stdout } = await cli(['suites', 'check', 'smollm2-135m', '--json'], { env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ expected: null, present: 1, missing: [], unexpected: [] }]);
    expect((await cli(['suites', 'check', 'embedded'], { env })).code).toBe(2);
    expect((await cli(['suites', 'check', 'pythia-14m'], { env })).code).toBe(60);
  });
});
