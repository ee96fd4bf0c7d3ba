import { inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { encodePng } from '../../src/report/charts/png.js';

it('a picture becomes a PNG with its pixels row by row', () => {
  const pixels = Uint8ClampedArray.from({ length: 3 * 2 * 4 }, (_, i) => 10 * i);
  const png = encodePng(3, pixels);
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const chunks: { type: string; data: Buffer; check: string }[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const end = at + 8 + length;
    chunks.push({
      type: png.toString('latin1', at + 4, at + 8),
      data: png.subarray(at + 8, end),
      check: png.toString('hex', end, end + 4),
    });
    at = end + 4;
  }
  expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'IDAT', 'IEND']);
  expect([...(chunks[0]?.data ?? [])]).toEqual([0, 0, 0, 3, 0, 0, 0, 2, 8, 6, 0, 0, 0]);
  const [first, second] = [pixels.subarray(0, 12), pixels.subarray(12)];
  expect([...inflateSync(chunks[1]?.data ?? Buffer.alloc(0))]).toEqual([0, ...first, 0, ...second]);
  expect(chunks[2]?.check).toBe('ae426082'); // as the specification has it of the empty last chunk
});
