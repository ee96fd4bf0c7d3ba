import type { IncomingMessage, ServerResponse } from 'node:http';

/** A fault planted into an answer. Bytes count in the body as it is sent, after any Range. */
export type Fault =
  /** Another answer in place of the right one. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  /** Right length, one byte changed. */
  | { readonly kind: 'corrupt' }
  /** Ends in good order after so many bytes, with a length that says so. */
  | { readonly kind: 'short'; readonly after: number }
  /** More bytes than there are. */
  | { readonly kind: 'long' }
  /** The connection is torn after so many bytes. */
  | { readonly kind: 'reset'; readonly after: number }
  /** Nothing comes any more after so many bytes. */
  | { readonly kind: 'stall'; readonly after: number }
  /** The rest comes only so many milliseconds later. */
  | { readonly kind: 'pause'; readonly after: number; readonly ms: number }
  /** The request's Range is passed over. */
  | { readonly kind: 'no-range' }
  /** A 206 that begins elsewhere than asked. */
  | { readonly kind: 'shifted-range' };

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The span that a Range header asks for; `null` when it cannot be satisfied, undefined when there is none. */
function askedSpan(header: string | undefined, length: number): Span | null | undefined {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined) return undefined;
  const [start, end] = [
    Number(from),
    to === undefined || to === '' ? length : Math.min(Number(to) + 1, length),
  ];
  return start < end ? { start, end } : null;
}

/** Sends a part and then lets the connection hang or breaks it. */
function sendPart(response: ServerResponse, body: Buffer, fault: { kind: string; after: number }): void {
  response.write(body.subarray(0, fault.after), () => {
    if (fault.kind === 'reset') response.destroy();
  });
  // Headers must leave even when the part is empty.
  response.flushHeaders();
  if (fault.after === 0 && fault.kind === 'reset') setImmediate(() => response.destroy());
}

/** Answers with a content as servers of files do: Range, length, ETag, or with the fault planted. @returns the status */
export function sendContent(params: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly content: Buffer;
  readonly headers: Record<string, string>;
  readonly fault: Fault | undefined;
}): number {
  const { request, response, content, headers, fault } = params;
  const span = fault?.kind === 'no-range' ? undefined : askedSpan(request.headers.range, content.length);
  if (span === null) {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${content.length}` }).end();
    return 416;
  }
  const { start, end } = span ?? { start: 0, end: content.length };
  const shift = fault?.kind === 'shifted-range' && span !== undefined ? 1 : 0;
  let body = content.subarray(start - shift, end);
  if (fault?.kind === 'corrupt') {
    body = Buffer.from(body);
    body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 0xff;
  }
  if (fault?.kind === 'short') body = body.subarray(0, fault.after);
  if (fault?.kind === 'long') body = Buffer.concat([body, Buffer.from('more')]);
  const status = span === undefined ? 200 : 206;
  response.writeHead(status, {
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    ...headers,
    'content-length': body.length,
    ...(span !== undefined && { 'content-range': `bytes ${start - shift}-${end - 1}/${content.length}` }),
  });
  if (request.method === 'HEAD') response.end();
  else if (fault?.kind === 'pause') {
    response.write(body.subarray(0, fault.after));
    setTimeout(() => response.end(body.subarray(fault.after)), fault.ms);
  } else if (fault?.kind === 'reset' || fault?.kind === 'stall') sendPart(response, body, fault);
  else response.end(body);
  return status;
}
