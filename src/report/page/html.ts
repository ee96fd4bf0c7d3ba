import { deflateRawSync } from 'node:zlib';

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
 * Values by id in a third of the room that their JSON takes: each as JSON text, all deflated (RFC 1951), as base64. In the
 * page `unpack` is the way back.
 */
export function packedScript(id: string, values: Readonly<Record<string, unknown>>): Html {
  const texts = Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)] as const);
  const packed = deflateRawSync(JSON.stringify(Object.fromEntries(texts)), { level: 9 }).toString('base64');
  return markup`<script type="text/plain" id="${id}">${new Html(packed)}</script>`;
}
