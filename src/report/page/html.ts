const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** HTML that may be put into the page as it is; everything else is escaped first. */
export class Html {
  constructor(readonly text: string) {}
}

/** Text as HTML, safe between tags and in quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c);

type Part = string | number | Html | readonly Html[];

const partText = (part: Part): string => {
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map((html) => html.text).join('\n');
  return escapeHtml(String(part));
};

/** Tagged template: every value is escaped unless it is Html already. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, s, i) => text + partText(parts[i - 1] ?? '') + s));
}

/**
 * JSON inside a `<script type="application/json">`. `<` never appears in it, so neither `</script>` nor `<!--` can end
 * or change the element, and the line separators of JavaScript stay escaped.
 */
export function jsonScript(id: string, value: unknown): Html {
  const json = JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
  return markup`<script type="application/json" id="${id}">${new Html(json)}</script>`;
}
