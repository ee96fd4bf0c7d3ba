/** What a chart lets the reader choose: a legend entry or the title of a panel shows its value alone. */
export interface Picks {
  /** Column by the scale of a legend, e.g. `{color: 'operator'}`. */
  readonly legends: Readonly<Record<string, string>>;
  /** Columns that panels stand for. */
  readonly panels: readonly string[];
}

/** Columns of the rows and of each other data set of a chart. */
export interface ChartColumns {
  readonly rows: readonly string[];
  readonly datasets: Readonly<Record<string, readonly string[]>>;
}

type Json = Readonly<Record<string, unknown>>;

/** Columns that a reader chooses by for all charts at once, whether a chart tells them apart or not. */
const ALWAYS = ['operator'];
const LEGEND_CHANNELS = ['color', 'fill', 'stroke', 'strokeDash', 'shape'];

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const fieldOf = (value: unknown): string[] =>
  isJson(value) && typeof value['field'] === 'string' ? [value['field']] : [];

/** Columns that transforms add. */
const added = (transforms: unknown): string[] =>
  list(transforms).flatMap((each) =>
    isJson(each) ? [each['as']].flat().filter((name) => typeof name === 'string') : [],
  );

/** The view itself and all that it is made of. */
function views(view: Json): Json[] {
  const parts = [...list(view['layer']), view['spec']].filter(isJson);
  return [view, ...parts.flatMap(views)];
}

function legendFields(chart: Json): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { encoding } of views(chart)) {
    if (!isJson(encoding)) continue;
    for (const channel of LEGEND_CHANNELS) {
      const definition = encoding[channel];
      const discrete =
        isJson(definition) && (definition['type'] === 'nominal' || definition['type'] === 'ordinal');
      const [field] = fieldOf(definition);
      if (discrete && field !== undefined && definition['legend'] !== null) found[channel] = field;
    }
  }
  return found;
}

function panelFields({ facet }: Json): string[] {
  return isJson(facet) ? [facet, facet['row'], facet['column']].flatMap(fieldOf) : [];
}

function condition(fields: readonly string[]): string {
  const one = (field: string): string => {
    const name = JSON.stringify(field);
    return `(!shown[${name}] || indexof(shown[${name}], datum[${name}]) >= 0)`;
  };
  return fields.map(one).join(' && ');
}

/** Other data of a layer pass the same choice, as far as they have the columns. */
function filteredLayers(view: Json, fields: readonly string[], datasets: ChartColumns['datasets']): Json {
  const layers = list(view['layer']).map((layer) =>
    isJson(layer) ? filteredLayers(layer, fields, datasets) : layer,
  );
  const inside = isJson(view['spec']) ? { spec: filteredLayers(view['spec'], fields, datasets) } : {};
  const whole = { ...view, ...(layers.length > 0 ? { layer: layers } : {}), ...inside };
  const name = isJson(view['data']) ? view['data']['name'] : undefined;
  const columns = typeof name === 'string' ? (datasets[name] ?? []) : [];
  const known = fields.filter((field) => columns.includes(field));
  if (known.length === 0) return whole;
  return { ...whole, transform: [...list(view['transform']), { filter: condition(known) }] };
}

/**
 * Lets a chart show only what the reader chose: its data pass a filter that reads the parameter `shown`, values by
 * column, where a column that is not named shows all.
 * @param chart Vega-Lite; left as it is
 */
export function withShownFilter(
  chart: Json,
  { rows, datasets }: ChartColumns,
): { readonly chart: Json; readonly picks: Picks } {
  const available = new Set([...rows, ...added(chart['transform'])]);
  const legends = Object.fromEntries(
    Object.entries(legendFields(chart)).filter(([, field]) => available.has(field)),
  );
  const panels = panelFields(chart).filter((field) => available.has(field));
  const fields = [...new Set([...ALWAYS, ...Object.values(legends), ...panels])].filter((field) =>
    available.has(field),
  );
  if (fields.length === 0) return { chart, picks: { legends, panels } };
  const transform = [...list(chart['transform']), { filter: condition(fields) }];
  return { chart: { ...filteredLayers(chart, fields, datasets), transform }, picks: { legends, panels } };
}
