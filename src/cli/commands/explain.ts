import { Command } from '@commander-js/extra-typings';
import type { ExplainChartData } from '../../report/charts/explain-chart.js';
import type { Explanation } from '../../sweep/explain.js';
import { nearestName } from '../options/nearest.js';
import type { Terminal } from '../terminal/terminal.js';

interface ExplainOptions {
  readonly suite: string;
  readonly seed: string;
  readonly step?: string;
  readonly preset: string;
  readonly db?: string;
  readonly top: string;
  readonly svg?: string;
  readonly json?: true;
}

/** `heuristrace explain`: which heuristics vote on one prompt. */
export function explainCommand(terminal: Terminal) {
  return new Command('explain')
    .description('show which heuristic neurons vote for which answers of one prompt')
    .argument('<prompt>', 'e.g. "226-68="')
    .option('--suite <name|path>', 'suite: name of a shipped one, or path', 'embedded')
    .option('--seed <number>', 'seed of the training run', '0')
    .option('--step <step>', 'training step (default: the last)')
    .option('--preset <name|path>', 'preset of heuristics', 'paper')
    .option(
      '--db <file>',
      'database with the heuristics (default: heuristrace-out/<suite>.duckdb; without it, the neurons are classified now)',
    )
    .option('--top <number>', 'candidate answers and heuristics to list', '8')
    .option('--svg <file>', 'write the chart to a file')
    .option('--json', 'print the explanation as JSON')
    .addHelpText(
      'after',
      `
Examples:
  heuristrace explain "26-8="
  heuristrace explain "47+38=" --step 1024 --svg 47+38.svg
`,
    )
    .action((prompt, options) => run(terminal, prompt, options));
}

async function run(terminal: Terminal, text: string, options: ExplainOptions): Promise<void> {
  const { UsageError } = await import('../../errors/errors.js');
  const top = Number(options.top);
  if (!Number.isSafeInteger(top) || top < 1)
    throw new UsageError(`'${options.top}' is no number of answers`, 'Give --top a whole number, e.g. 8.');
  const explanation = await explained(terminal, text, options, top);
  if (options.svg !== undefined) {
    const { explainChart } = await import('../../report/charts/explain-chart.js');
    const { writeWhole } = await import('../../files/write.js');
    await writeWhole(options.svg, await explainChart(chartData(explanation, top)));
    terminal.note(`chart: ${options.svg}`);
  }
  if (options.json === true) terminal.out(JSON.stringify(asJson(explanation)));
  else await print(terminal, explanation, top);
}

async function explained(
  terminal: Terminal,
  text: string,
  options: ExplainOptions,
  top: number,
): Promise<Explanation> {
  const { parsePrompt } = await import('../options/parse-prompt.js');
  const { findSuite } = await import('../../config/find-suite.js');
  const { resolveConfig } = await import('../../config/sweep-config.js');
  const { loadPresets } = await import('../options/presets.js');
  const { defaultDatabase } = await import('../options/resolve-sweep.js');
  const { checkOutput } = await import('../options/check-output.js');
  const { explainPrompt } = await import('../../sweep/explain.js');
  const { interruptible } = await import('../terminal/interrupt.js');
  const prompt = parsePrompt(text);
  const suite = await findSuite(options.suite, nearestName);
  const settings = {
    ...suite.manifest.settings,
    suite: options.suite,
    seeds: [options.seed],
    steps: options.step === undefined ? [] : [options.step],
    operators: [prompt.operator],
    measures: ['classification'],
    presets: [options.preset],
    promptSet: 'all',
  };
  const config = resolveConfig('the command line', settings, nearestName);
  const presets = await loadPresets(config.presets);
  const db = options.db ?? defaultDatabase(suite.manifest.name);
  checkOutput('--svg', options.svg, db);
  const onNote = (line: string): void => terminal.note(line);
  const explanation = await interruptible(terminal, (signal) =>
    explainPrompt({
      sweep: { suite, config, presets, db, workers: 0, signal, nearest: nearestName, onNote },
      prompt,
      candidates: top,
    }),
  );
  if (explanation.heuristicsFrom === 'classified now')
    terminal.note(`no classification of step ${explanation.step} in ${db}; its neurons were classified now`);
  return explanation;
}

const nameOf = ({ prompt: { op1, operator, op2 } }: Explanation): string => `${op1}${operator}${op2}=`;

function headline(explanation: Explanation): string {
  const { suite, seed, step, predicted, correct, prompt } = explanation;
  const answer = correct
    ? `${prompt.answer}, which is right`
    : `not ${prompt.answer}: of all numbers it prefers ${predicted}`;
  return `${nameOf(explanation)} at step ${step.toLocaleString('en-US')} of ${suite}, seed ${seed}: the model answers ${answer}`;
}

async function print(terminal: Terminal, explanation: Explanation, top: number): Promise<void> {
  const { plainTable } = await import('../text/plain-table.js');
  const { composition, candidates, prompt, preset } = explanation;
  const { heuristics, votes, others } = composition;
  terminal.out(headline(explanation));
  terminal.out(
    `${votes.neurons} neurons with a heuristic that holds for it (preset ${preset}), ${others.neurons} other neurons of the heuristic layers`,
  );
  terminal.out(
    '\nlogits that the neurons add to each candidate answer, and the logit that the model gives it:',
  );
  terminal.out(
    plainTable(
      ['answer', 'heuristics', 'other neurons', 'together', 'model', ''],
      candidates.map(({ value, votes: voted, others: rest, total, model }) => [
        value === prompt.answer ? `${value} (right)` : String(value),
        voted.toFixed(2),
        rest.toFixed(2),
        total.toFixed(2),
        model.toFixed(2),
        bar(total, Math.max(...candidates.map((candidate) => Math.abs(candidate.total)))),
      ]),
    ),
  );
  terminal.out(`\nheuristics that add most to ${prompt.answer} (a neuron counts in each of its heuristics):`);
  terminal.out(
    plainTable(
      ['heuristic', 'neurons', 'logit', ''],
      heuristics
        .slice(0, top)
        .map(({ heuristic, neurons, answer }) => [
          heuristic.key,
          String(neurons.length),
          answer.toFixed(2),
          bar(answer, Math.max(...heuristics.map((vote) => Math.abs(vote.answer)))),
        ]),
    ),
  );
}

/** A bar of up to 20 characters; `-` in front of what is negative. */
function bar(value: number, most: number): string {
  const length = most > 0 ? Math.round((20 * Math.abs(value)) / most) : 0;
  return (value < 0 ? '-' : ' ') + '█'.repeat(length);
}

function chartData(explanation: Explanation, top: number): ExplainChartData {
  const { composition, candidates, prompt } = explanation;
  return {
    title: headline(explanation),
    candidates: candidates.flatMap(({ value, votes, others, model }, place) => {
      const shared = {
        label: value === prompt.answer ? `${value} (right)` : String(value),
        place,
        model,
      };
      return [
        { ...shared, part: 'heuristics that hold' as const, order: 0, logit: votes },
        { ...shared, part: 'other neurons' as const, order: 1, logit: others },
      ];
    }),
    heuristics: composition.heuristics
      .slice(0, top)
      .map(({ heuristic, answer }, place) => ({ heuristic: heuristic.key, place, logit: answer })),
  };
}

function asJson(explanation: Explanation): object {
  const { composition, candidates, ...rest } = explanation;
  return {
    ...rest,
    candidates: candidates.map(({ value, votes, others, total, model }) => ({
      answer: value,
      heuristics: votes,
      otherNeurons: others,
      together: total,
      model,
    })),
    heuristics: composition.heuristics.map(({ heuristic, neurons, answer }) => ({
      heuristic: heuristic.key,
      target: heuristic.target,
      family: heuristic.family,
      neurons,
      logit: answer,
    })),
  };
}
