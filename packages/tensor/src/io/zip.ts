// Just enough of the zip format for npz files: stored and deflated members, no encryption, below 4 GiB.
// Source: PKWARE's APPNOTE.TXT, 6.3.10.
import { FormatError } from "../errors.ts";
import { decodeText, deflate, encodeText, inflate } from "./platform.ts";

/** A member of an archive. */
export interface ZipMember {
  /** Its name. */
  readonly name: string;
  /** Its contents. */
  readonly bytes: Uint8Array;
}

const localHeader = 0x04034b50;
const centralHeader = 0x02014b50;
const endHeader = 0x06054b50;
const endBytes = 22;
const longestComment = 65_535;
const utf8Flag = 0x0800;
const encryptedFlag = 0x0001;
// 1 January 1980: the same tensors give the same bytes.
const date = 0x0021;

/** Returns the parts of an archive's bytes, in their order. */
export async function zip(
  members: readonly ZipMember[],
  isCompressed: boolean,
): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let position = 0;
  for (const { name, bytes } of members) {
    const stored = isCompressed ? await deflate(bytes) : bytes;
    const encoded = encodeText(name);
    const fields = [
      [2, 20],
      [2, utf8Flag],
      [2, isCompressed ? 8 : 0],
      [2, 0],
      [2, date],
      [4, crc32(bytes)],
      [4, stored.length],
      [4, bytes.length],
      [2, encoded.length],
      [2, 0],
    ] as const;
    const local = record([[4, localHeader], ...fields], encoded);
    directory.push(
      record(
        [[4, centralHeader], [2, 20], ...fields, [2, 0], [2, 0], [2, 0], [4, 0], [4, position]],
        encoded,
      ),
    );
    parts.push(local, stored);
    position += local.length + stored.length;
  }
  const length = directory.reduce((size, entry) => size + entry.length, 0);
  const count = members.length;
  const end = record([
    [4, endHeader],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, length],
    [4, position],
    [2, 0],
  ]);
  return [...parts, ...directory, end];
}

function record(
  fields: readonly (readonly [bytes: 2 | 4, value: number])[],
  name: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((size, [width]) => size + width, 0) + name.length);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(offset, value, true);
    else view.setUint32(offset, value, true);
    offset += width;
  }
  bytes.set(name, offset);
  return bytes;
}

/**
 * Returns the members of an archive. No member may grow beyond the size that the directory declares, nor all together
 * beyond `maxBytes`.
 */
export async function unzip(
  bytes: Uint8Array,
  maxBytes: number,
  fail: (what: string, cause?: unknown) => never,
): Promise<ZipMember[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOfDirectory(view);
  if (end === undefined) return fail("expected a zip archive, got bytes that do not end as one");
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  let at = view.getUint32(end + 16, true);
  if (at + size > end) return fail("expected a directory inside the archive, got a corrupt one");
  const members: ZipMember[] = [];
  const names = new Set<string>();
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== centralHeader) {
      return fail(`expected ${count} members, got a directory that ends after ${i}`);
    }
    const entry = centralEntry(view, bytes, at, fail);
    at += entry.length;
    if (names.has(entry.name)) fail(`expected each member once, got ${entry.name} twice`);
    names.add(entry.name);
    total += entry.size;
    if (total > maxBytes) {
      fail(
        `expected at most ${maxBytes} bytes in all, got members that declare ${total}; raise maxBytes`,
      );
    }
    members.push({ name: entry.name, bytes: await contentOf(view, bytes, entry, fail) });
  }
  return members;
}

function endOfDirectory(view: DataView): number | undefined {
  const last = view.byteLength - endBytes;
  for (let at = last; at >= Math.max(0, last - longestComment); at--) {
    if (view.getUint32(at, true) === endHeader) return at;
  }
  return undefined;
}

interface CentralEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly stored: number;
  readonly size: number;
  readonly offset: number;
  /** Bytes of the entry in the directory. */
  readonly length: number;
}

function centralEntry(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  fail: (what: string, cause?: unknown) => never,
): CentralEntry {
  const nameLength = view.getUint16(at + 28, true);
  const length = 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  if (at + length > bytes.length) fail("expected whole directory entries, got a truncated one");
  let name = "";
  try {
    name = decodeText(bytes.subarray(at + 46, at + 46 + nameLength));
  } catch (error) {
    fail("expected names in UTF-8", error);
  }
  if ((view.getUint16(at + 8, true) & encryptedFlag) !== 0) fail(`${name}: expected no encryption`);
  const stored = view.getUint32(at + 20, true);
  const size = view.getUint32(at + 24, true);
  const offset = view.getUint32(at + 42, true);
  if ([stored, size, offset].includes(0xffffffff)) fail(`${name}: expected less than 4 GiB`);
  const method = view.getUint16(at + 10, true);
  return { name, method, crc: view.getUint32(at + 16, true), stored, size, offset, length };
}

async function contentOf(
  view: DataView,
  bytes: Uint8Array,
  { name, method, crc, stored, size, offset }: CentralEntry,
  fail: (what: string, cause?: unknown) => never,
): Promise<Uint8Array> {
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== localHeader) {
    fail(`${name}: expected a member at byte ${offset}, got none`);
  }
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (start + stored > bytes.length)
    fail(`${name}: expected ${stored} bytes, got a truncated archive`);
  const raw = bytes.subarray(start, start + stored);
  let content = raw;
  if (method === 8) {
    try {
      content = await inflate(raw, size);
    } catch (error) {
      fail(`${name}: expected deflated bytes: ${(error as Error).message}`, error);
    }
  } else if (method !== 0) {
    fail(`${name}: expected stored or deflated bytes, got compression method ${method}`);
  }
  if (content.length !== size) fail(`${name}: expected ${size} bytes, got ${content.length}`);
  if (crc32(content) !== crc) fail(`${name}: expected the checksum ${crc}, got corrupt bytes`);
  return content;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ crcTable[(crc ^ bytes[i]!) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}

/** Returns a function that refuses with a {@link FormatError} in the name of an operation and a source. */
export function refusal(
  operation: string,
  source: string,
): (what: string, cause?: unknown) => never {
  return (what, cause) => {
    throw new FormatError(`${operation}: ${source}: ${what}`, { cause });
  };
}
