import type { FilledFigure } from '../content/gather.js';
import { stripOf } from '../charts/gallery-svg.js';
import { markup, type Html } from './html.js';
import { FORMATS, type Row, type Scalar } from '../content/template.js';
import { THEMES } from '../charts/theme.js';

const count = (value: Scalar): string => FORMATS['count']?.(String(value)) ?? String(value);

const tidy = (value: Scalar): string => FORMATS['hundredths']?.(String(value)) ?? String(value);

/** A heuristic with its score, as queries write it: `op1 in [10,40) 0.91`. */
function heuristic(text: string): Html {
  const at = text.lastIndexOf(' ');
  return markup`<li class="heuristic">${text.slice(0, at)} <span>${text.slice(at + 1)}</span></li>`;
}

/** What placed the neuron, and its effect. */
function placed(row: Row): string {
  const { effect = null, effect_sd: spread = null } = row;
  const by = row['ranked_by'] === 'best_score' ? ' by its best heuristic' : '';
  const size = effect === null ? '' : `: effect ${tidy(effect)} ± ${tidy(spread ?? 0)} logits`;
  return `Number ${Number(row['rank']) + 1}${by} at step ${count(row['reference_step'] ?? null)}${size}`;
}

/** Birth and death, in words. */
function life(row: Row): string {
  const { birth_step: birth = null, death_step: death = null } = row;
  if (birth === null) return 'implements no heuristic at any measured step';
  const born =
    row['born_before_first'] === true
      ? `from the first step, ${count(birth)}, on`
      : `from step ${count(birth)} on`;
  const died = death === null ? '' : `, no more from step ${count(death)} on`;
  return `implements heuristics ${born}${died}, at ${count(row['steps_present'] ?? 0)} of ${count(row['steps'] ?? 0)} measured steps`;
}

function card(row: Row, steps: readonly number[]): Html {
  const { operator = '', name = '' } = row;
  const heuristics = row['heuristics'] ?? null;
  const named = heuristics === null ? [] : String(heuristics).split('; ');
  const strip = stripOf(steps).map(
    (step) =>
      markup`<button type="button" data-step="${String(step)}" aria-label="Show step ${count(step)}"><canvas aria-hidden="true"></canvas><span>${count(step)}</span></button>`,
  );
  return markup`<li class="card" data-operator="${String(operator)}" data-neuron="${String(name)}">
<h4>Neuron ${String(name)} for a ${String(operator)} b</h4>
<p>${placed(row)}; ${life(row)}.</p>
<div class="now"><canvas role="img" aria-label="Map of neuron ${String(name)}"></canvas><div><ul class="heuristics" aria-label="Heuristics of neuron ${String(name)}">${named.map(heuristic)}</ul></div></div>
<div class="strip" role="group" aria-label="Steps of neuron ${String(name)}">${strip}</div>
</li>`;
}

/**
 * A gallery of neurons: a card for each with its life in words, a map at the step of the slider and a film strip. The
 * script of the page draws the maps; without it the words are complete.
 * @param figure its rows are those of `gallery-maps`, its data set `neurons` those of `gallery-neurons`
 * @param id of the element that holds the figure's data
 */
export function galleryHtml(figure: FilledFigure, id: string): Html {
  const neurons = figure.datasets['neurons']?.rows ?? [];
  const steps = [...new Set(figure.answer.rows.map((row) => Number(row['step'])))].sort((a, b) => a - b);
  const operators = [...new Set(neurons.map((row) => String(row['operator'])))];
  const buttons = operators.map(
    (operator, i) =>
      markup`<button type="button" data-gallery-operator="${operator}" aria-pressed="${String(i === 0)}">a ${operator} b</button>`,
  );
  return markup`<div class="gallery" data-gallery="${id}" data-light="${THEMES.light.sequential.join(' ')}" data-dark="${THEMES.dark.sequential.join(' ')}">
<div class="gallery-controls" hidden>
<div role="group" aria-label="Operator of the gallery">${buttons}</div>
<label>find <input type="search" placeholder="op1, mod 5, 2.117" aria-label="Find neurons by name or heuristic"></label><output data-gallery-found></output>
<label class="steps">step <input type="range" min="0" max="${steps.length - 1}" value="${steps.length - 1}" aria-label="Training step of the maps"></label><output data-gallery-step></output>
<label><input type="checkbox"> colours of each map apart</label>
</div>
<ul class="cards">
${neurons.map((row) => card(row, steps))}
</ul>
</div>`;
}
