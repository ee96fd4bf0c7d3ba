import type { Config } from 'vega-lite';

export const THEME_NAMES = ['light', 'dark'] as const;
export type ThemeName = (typeof THEME_NAMES)[number];

/** Colours of one theme, for the page and its charts alike. */
export interface Theme {
  readonly background: string;
  readonly panel: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly link: string;
  /** What chance explains: neutral, so that it is never mistaken for an operator. */
  readonly chance: string;
  /** All operators together. */
  readonly total: string;
  /** Colour-blind safe (Okabe and Ito 2008), in the order + - * /. */
  readonly operators: readonly [string, string, string, string];
  /** Runs that are compared, in their order: colour-blind safe and unlike the operators. */
  readonly runs: readonly string[];
  /** From nothing to all, beginning near the background; evenly spaced, its lightness rises or falls throughout. */
  readonly sequential: readonly string[];
  /** Ordered lines, the first still seen on the background. */
  readonly ordinal: readonly string[];
  /** From below 0 to above, 0 near the background; colour-blind safe: orange and purple, as in no operator's lines. */
  readonly diverging: readonly string[];
}

export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  light: {
    background: '#ffffff',
    panel: '#f5f6f8',
    text: '#1b1f24',
    muted: '#57606a',
    line: '#d8dee4',
    link: '#0969da',
    chance: '#9aa2ab',
    total: '#1b1f24',
    operators: ['#0072b2', '#d55e00', '#009e73', '#cc79a7'],
    runs: ['#332288', '#b5820a', '#2a9d8f', '#882255', '#6b7280', '#5aa9d6'],
    sequential: ['#f4f2f7', '#c3b3dd', '#9c7cc6', '#7447a5', '#43186f'],
    ordinal: ['#b39ad6', '#8c66bb', '#6a3ba0', '#35105c'],
    diverging: ['#8a4b08', '#d98d2b', '#f2d3a4', '#f6f6f7', '#cfc3e3', '#8c66bb', '#43186f'],
  },
  dark: {
    background: '#14181d',
    panel: '#1d232a',
    text: '#e8ebef',
    muted: '#a3adb8',
    line: '#38414b',
    link: '#79b8ff',
    chance: '#7d8792',
    total: '#e8ebef',
    operators: ['#56b4e9', '#e8743b', '#18b98c', '#d893b8'],
    runs: ['#a79bff', '#e3b341', '#4fd1c5', '#f08fb8', '#b6bdc7', '#88ccee'],
    sequential: ['#1f252d', '#4a3a6b', '#7a5cab', '#ac90dc', '#e6d9ff'],
    ordinal: ['#75649f', '#9277c4', '#b79ee2', '#efe6ff'],
    diverging: ['#ffcf8a', '#d98d2b', '#6e4a1d', '#232931', '#4a3a6b', '#8f70c6', '#e6d9ff'],
  },
};

/** Of the page. */
const SCREEN_FONT = 'system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif';

/**
 * Vega-Lite configuration of a theme, in a font of the page unless another is named. A chart asks for operator colours with `"range": "category"` over the domain
 * `["+", "-", "*", "/", "any"]`, and for the colours of chance with the styles `chance-area` and `chance-line`.
 */
export function chartConfig(name: ThemeName, font: string = SCREEN_FONT): Config {
  const theme = THEMES[name];
  const words = { labelColor: theme.muted, titleColor: theme.text, labelFont: font, titleFont: font };
  return {
    background: 'transparent',
    font,
    view: { stroke: null },
    axis: {
      ...words,
      labelFontSize: 11,
      titleFontSize: 11,
      titleFontWeight: 'normal',
      titlePadding: 6,
      domainColor: theme.line,
      gridColor: theme.line,
      gridOpacity: 0.6,
      tickColor: theme.line,
      labelOverlap: 'parity',
      labelSeparation: 4,
    },
    axisX: { grid: false },
    axisY: { labelFlush: true },
    legend: {
      ...words,
      labelColor: theme.text,
      labelFontSize: 12,
      orient: 'top',
      title: null,
      labelLimit: 0,
      symbolOpacity: 1,
      symbolStrokeWidth: 2,
      columnPadding: 14,
      offset: 8,
    },
    header: {
      ...words,
      labelColor: theme.text,
      labelFontSize: 12,
      labelFontWeight: 'bold',
      labelPadding: 4,
      title: null,
    },
    range: {
      category: [...theme.operators, theme.total],
      diverging: [...theme.diverging],
      heatmap: [...theme.sequential],
      ordinal: [...theme.ordinal],
      runs: [...theme.runs],
      symbol: ['circle', 'square', 'triangle-up', 'diamond', 'cross'],
    },
    rule: { color: theme.muted },
    text: { color: theme.text, font },
    line: { strokeJoin: 'round', strokeCap: 'round' },
    style: {
      'chance-area': { color: theme.chance, fillOpacity: 0.35, strokeOpacity: 0 },
      'chance-line': { color: theme.chance, strokeWidth: 1.5, strokeDash: [5, 3] },
      muted: { color: theme.muted },
      cell: { stroke: theme.line, strokeWidth: 0.5 },
      break: { color: theme.line, strokeDash: [2, 3], strokeOpacity: { expr: 'stepBreak > 0 ? 1 : 0' } },
    },
  };
}
