/**
 * A code to be scanned as a picture, for clients that show pictures.
 *
 * @module
 */
import { crc32, deflateSync } from 'node:zlib';

/** Pixels a module of the code is wide. */
const SCALE = 4;
/** Light modules around the code, which scanners need. */
const BORDER = 4;
const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** The code of a text as the data URL of a PNG. */
export async function qrDataUrl(text: string): Promise<string> {
  // Of use only while somebody links an account.
  const { encode } = await import('uqr');
  const { data } = encode(text, { ecc: 'L', border: BORDER });
  return `data:image/png;base64,${pngOf(data).toString('base64')}`;
}

/** A black-and-white PNG of one bit a pixel; true is dark. */
function pngOf(modules: readonly (readonly boolean[])[]): Buffer {
  const size = modules.length * SCALE;
  const rows = modules.flatMap((row) => {
    // Every row begins with its filter: none.
    const line = Buffer.alloc(1 + Math.ceil(size / 8));
    for (let x = 0; x < size; x += 1) {
      const isDark = row[Math.floor(x / SCALE)] === true;
      if (!isDark) line.writeUInt8(line.readUInt8(1 + (x >> 3)) | (0x80 >> (x & 7)), 1 + (x >> 3));
    }
    return Array.from({ length: SCALE }, () => line);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.writeUInt8(1, 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(4);
  frame.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([frame, body, sum]);
}
