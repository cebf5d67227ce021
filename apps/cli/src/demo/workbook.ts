/**
 * Reads back what a workbook and a mail hold, by their formats alone: an .xlsx is a ZIP archive of XML parts (ECMA-376),
 * an .eml is text with the attachment in base64 (RFC 2045). Written for the demo, so that what was written is not read by
 * what wrote it.
 */
import { inflateRawSync } from 'node:zlib';

/** Cells of a row by column letter: text as it stands, numbers as digits. */
export type Row = Record<string, string>;
export type Sheet = { name: string; rows: Row[] };

const END_OF_DIRECTORY = 0x06054b50;
const DEFLATED = 8;

/** Files of a ZIP archive by their path. */
function unzip(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  let end = archive.length - 22;
  while (end >= 0 && archive.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  if (end < 0) throw new Error('The file is no ZIP archive.');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const method = archive.readUInt16LE(at + 10);
    const size = archive.readUInt32LE(at + 20);
    const [name, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const packed = archive.subarray(start, start + size);
    files.set(archive.toString('utf8', at + 46, at + 46 + name), method === DEFLATED ? inflateRawSync(packed) : packed);
    at += 46 + name + extra + comment;
  }
  return files;
}

/** The sheets of a workbook in their order. */
export function readWorkbook(bytes: Buffer): Sheet[] {
  const files = unzip(bytes);
  const part = (path: string) => files.get(path)?.toString('utf8') ?? '';
  const strings = [...part('xl/sharedStrings.xml').matchAll(/<si>(.*?)<\/si>/gs)].map(([, text]) => textOf(text!));
  const targets = new Map(
    [...part('xl/_rels/workbook.xml.rels').matchAll(/<Relationship\b[^>]*>/g)].map(([tag]) => [
      attribute(tag, 'Id'),
      attribute(tag, 'Target'),
    ]),
  );
  return [...part('xl/workbook.xml').matchAll(/<sheet\b[^>]*>/g)].map(([tag]) => {
    const target = targets.get(attribute(tag, 'r:id'))!;
    const xml = part(target.startsWith('/') ? target.slice(1) : `xl/${target}`);
    const rows = [...xml.matchAll(/<row\b[^>]*>(.*?)<\/row>/gs)].map(([, cells]) => rowOf(cells!, strings));
    return { name: unescaped(attribute(tag, 'name')), rows };
  });
}

function rowOf(cells: string, strings: readonly string[]): Row {
  const row: Row = {};
  for (const [, tag, inner] of cells.matchAll(/<c\b([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)) {
    const value = /<v>(.*?)<\/v>/s.exec(inner ?? '')?.[1];
    const column = attribute(`<c ${tag}`, 'r').replace(/\d+/, '');
    if (value !== undefined)
      row[column] = attribute(`<c ${tag}`, 't') === 's' ? strings[Number(value)]! : unescaped(value);
    else if (inner?.includes('<is>')) row[column] = textOf(inner);
  }
  return row;
}

const attribute = (tag: string, name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
const textOf = (xml: string) => unescaped([...xml.matchAll(/<t\b[^>]*>(.*?)<\/t>/gs)].map(([, text]) => text).join(''));

function unescaped(text: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(lt|gt|quot|apos|amp));/gi, (_, hex, decimal, name) =>
    name ? named[name]! : String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  );
}

/** The first attachment of a mail. */
export function attachmentOf(eml: string): Buffer {
  const boundary = [...eml.matchAll(/boundary="?([^"\r\n;]+)"?/g)].map(([, text]) => text!);
  for (const part of boundary.flatMap((text) => eml.split(`--${text}`))) {
    const [head, ...body] = part.split(/\r?\n\r?\n/);
    if (/^content-disposition:\s*attachment/im.test(head!)) return Buffer.from(body.join(''), 'base64');
  }
  throw new Error('The mail has no attachment.');
}
