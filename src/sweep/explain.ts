import type { Prompt } from '../domain/prompt.js';
import { UsageError } from '../errors/errors.js';
import { classifyNeurons } from '../heuristics/classify.js';
import { composeLogits, type Candidate, type Composition } from '../heuristics/composition.js';
import type { MatchedNeuron } from '../heuristics/prompt-neurons.js';
import type { RecordedPrompt } from '../patching/record-prompt.js';
import { storedMatches } from '../store/stored-matches.js';
import { planRuns, type RunPlan } from './sources/checkpoints.js';
import { hubOpener } from './sources/hub-opener.js';
import { machineOpener, type Machine } from './machine.js';
import { answerLogits, layersFrom } from './measures/model-pass.js';
import { classifiedMaps, recordedNeurons } from './measures/neuron-maps.js';
import type { SweepRequest } from './request.js';
import { openRun, planRun } from './open-run.js';
import { cappedPresets, type RunContext } from './run-context.js';
import type { PooledModel } from './tasks/task-pool.js';

/** Why a model answers a prompt as it does, as far as its neurons say. */
export interface Explanation {
  readonly prompt: Prompt;
  readonly suite: string;
  readonly seed: number;
  readonly step: number;
  readonly preset: string;
  /** Where the heuristics come from. */
  readonly heuristicsFrom: 'database' | 'classified now';
  /** The number with the largest logit of all numbers. */
  readonly predicted: number;
  /** Whether the answer's token has the largest logit of the whole vocabulary. */
  readonly correct: boolean;
  /** The largest by what the neurons add, the right answer and the predicted one among them. */
  readonly candidates: readonly ExplainedCandidate[];
  readonly composition: Composition;
}

/** What neurons add to one number's logit. */
export interface ExplainedCandidate extends Candidate {
  /** The model's own logit, centred over the vocabulary. */
  readonly model: number;
}

export interface ExplainRequest {
  /** Its config selects one seed, one step, the prompt's operator and one preset. */
  readonly sweep: SweepRequest;
  readonly prompt: Prompt;
  /** Candidate answers to list. */
  readonly candidates: number;
}

/**
 * Runs one prompt through one checkpoint and says which heuristic neurons vote for which numbers (paper, section 4).
 * The heuristics are those stored in the database; where it has none, the neurons are classified now, which takes a pass
 * over the operator's universe.
 * @throws UsageError for a prompt whose numbers are no single tokens; what loading the checkpoint throws
 */
export async function explainPrompt(given: ExplainRequest): Promise<Explanation> {
  const request = { ...given.sweep, presets: cappedPresets(given.sweep), readOnly: true };
  const { nearest, config } = request;
  const hub = hubOpener(request);
  const machine = machineOpener(request, hub);
  try {
    const options = { nearest, withReference: false, access: hub.access, onNote: request.onNote };
    const plans = await planRuns(request.suite, config, options);
    return await explainPlanned(given, { request, machine: await machine.open(plans) }, plans);
  } finally {
    await machine.close();
    await hub.close();
  }
}

async function explainPlanned(
  { prompt, candidates }: ExplainRequest,
  { request, machine }: { readonly request: SweepRequest; readonly machine: Machine },
  [plan]: readonly RunPlan[],
): Promise<Explanation> {
  const { suite } = request;
  const ref = plan?.selected[0]; // the reference checkpoint, unless a step is asked for
  const preset = request.presets[0];
  if (plan === undefined || ref === undefined || preset === undefined)
    throw new UsageError('nothing to explain', 'Give a suite, a step and a preset.');
  const context = openRun(await planRun(request, plan, () => Promise.resolve(machine)), machine);
  const { tokens } = context.tokenizer;
  const maxAnswer = tokens.maxSingleToken;
  if (Math.max(prompt.op1, prompt.op2, prompt.answer) > maxAnswer)
    throw new UsageError(
      `${prompt.op1}${prompt.operator}${prompt.op2}= has a number above ${maxAnswer}, the largest that is one token`,
      `Give operands and a result up to ${maxAnswer}.`,
    );
  const model = await machine.pool.open(await ref.source.fetch(request.signal));
  try {
    const { name } = suite.manifest;
    const place = { suite: name, seed: ref.seed, step: ref.step, preset: preset.name };
    const stored = await storedMatches({ db: request.db, operator: prompt.operator, ...place });
    const matched = stored ?? (await classifyNow(context, model));
    const layers = layersFrom(context.firstLayer, context.model.nLayers);
    const numbers = tokens.numbers.slice(0, maxAnswer + 1);
    const recorded = await model.run('record', { tokens, prompt, layers });
    const composition = composeLogits({
      prompt,
      neurons: matched,
      recorded: {
        neurons: recordedNeurons(context),
        activations: recorded.activations,
        directLogits: await answerLogits(model, layers, numbers),
      },
      maxAnswer,
      scale: recorded.scale,
      top: candidates,
    });
    return {
      prompt,
      ...place,
      heuristicsFrom: stored === null ? ('classified now' as const) : ('database' as const),
      ...answered(recorded, numbers, prompt.answer, composition),
      composition,
    };
  } finally {
    await model.dispose();
  }
}

function answered(
  { logits }: RecordedPrompt,
  numbers: Int32Array,
  answer: number,
  { top, votes, others }: Composition,
): Pick<Explanation, 'predicted' | 'correct' | 'candidates'> {
  const own = Float32Array.from(numbers, (token) => logits[token] ?? NaN);
  const largest = (values: Float32Array): number =>
    values.reduce((most, value) => Math.max(most, value), -Infinity);
  const predicted = own.indexOf(largest(own));
  const listed = new Set([...top.map(({ value }) => value), answer, predicted]);
  const candidates = [...listed].map((value): ExplainedCandidate => {
    const vote = votes.candidates[value] ?? NaN;
    const rest = others.candidates[value] ?? NaN;
    return { value, votes: vote, others: rest, total: vote + rest, model: own[value] ?? NaN };
  });
  return {
    predicted,
    correct: own[answer] === largest(logits),
    candidates: candidates.sort((a, b) => b.total - a.total),
  };
}

/** Classifies the neurons of the heuristic layers on the operator's universe. */
async function classifyNow(context: RunContext, model: PooledModel): Promise<MatchedNeuron[]> {
  const { config } = context.request;
  const { numbers } = context.tokenizer.tokens;
  const answers = (context.universes.operators[0]?.universe.maxAnswer ?? -1) + 1;
  const layers = layersFrom(context.firstLayer, context.model.nLayers);
  const directLogits = await answerLogits(model, layers, numbers.slice(0, answers));
  const pass = { operators: [], directLogits };
  const [maps] = classifiedMaps({ context, model, pass, chosen: null });
  if (maps === undefined || maps.plans.length === 0) return [];
  const matched: MatchedNeuron[] = [];
  for (let first = 0; first < maps.neurons.length; first += maps.together) {
    const end = Math.min(maps.neurons.length, first + maps.together);
    const [found = []] = classifyNeurons({
      plans: maps.plans,
      activations: await maps.read(first, end),
      directLogits: maps.directLogits.subarray(first * answers, end * answers),
      seed: config.seed,
      firstNeuron: first,
      gated: context.model.gated,
      ...(config.threshold === null ? {} : { threshold: config.threshold }),
      keepBest: false,
    });
    found.forEach(({ matches }, row) => {
      const id = maps.neurons[first + row];
      if (id !== undefined && matches.length > 0) matched.push({ ...id, matches });
    });
  }
  return matched;
}
