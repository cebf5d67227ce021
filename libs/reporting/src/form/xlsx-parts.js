// @ts-check
/**
 * Takes an xlsx apart into bare cells, trusting nothing: how much may come out is counted while it is being inflated
 * (what the archive declares may be a lie), only the parts that are needed are looked at, and a document type, a second
 * entry of the same name, an encrypted entry or a macro ends the work. Runs in the worker (unpack.worker.js), and is plain
 * JavaScript because Node starts a thread from such a file, in the sources as in dist.
 * Formats: ECMA-376-1 §18 (SpreadsheetML), ECMA-376-2 (packages).
 */
import { SaxesParser } from 'saxes';
import yauzl from 'yauzl';

/** @import { RawBook, RawSheet, UnpackLimits, Refusal } from './unpack.js' */
/** @import { RawCell } from './values.js' */
/** @typedef {(name: string, attributes: Record<string, string>) => void} OnOpen */

export class Refused extends Error {
  /** @param {Refusal} reason @param {string} detail */
  constructor(reason, detail) {
    super(detail);
    this.reason = reason;
  }
}

const OLE = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const ZIP = Buffer.from('504b0304', 'hex');
const MOST_SHEETS_ROWS = 2_000;
const LONGEST_TEXT = 40_000;
const LAST_ROW = 1_048_576;
const LAST_COLUMN = 16_384;

/**
 * @param {Buffer} bytes @param {UnpackLimits} limits
 * @returns {Promise<RawBook>}
 */
export async function takeApart(bytes, limits) {
  if (bytes.subarray(0, OLE.length).equals(OLE)) throw new Refused('locked', 'OLE');
  if (!bytes.subarray(0, ZIP.length).equals(ZIP)) throw new Refused('not_xlsx', 'no zip');
  const archive = await Archive.open(bytes, limits);
  const workbook = readWorkbook(await archive.events('xl/workbook.xml'));
  const relations = readRelations(await archive.events('xl/_rels/workbook.xml.rels'));
  const byType = (/** @type {string} */ type) =>
    relations.find((relation) => relation.type.endsWith(`/${type}`))?.target;
  const stringsPart = byType('sharedStrings');
  const stylesPart = byType('styles');
  const dated = stylesPart ? await readStyles(archive, stylesPart) : [];
  const strings = stringsPart ? await readStrings(archive, stringsPart) : [];
  const targets = new Map(relations.map(({ id, target }) => [id, target]));
  const count = { cells: 0 };
  /** @type {RawSheet[]} */
  const sheets = [];
  for (const { name, id } of workbook.sheets) {
    const part = targets.get(id);
    if (!part) throw new Refused('damaged', `sheet without part: ${id}`);
    sheets.push({ name, ...(await readSheet(archive, part, { strings, dated, count, most: limits.cells })) });
  }
  return { from1904: workbook.from1904, sheets };
}

/** The entries of the archive, and what has been inflated so far. */
class Archive {
  inflated = 0;
  /** @type {Map<string, import('yauzl').Entry>} */
  entries = new Map();

  /** @param {any} zip @param {UnpackLimits} limits */
  constructor(zip, limits) {
    this.zip = zip;
    this.limits = limits;
  }

  /** @param {Buffer} bytes @param {UnpackLimits} limits */
  static async open(bytes, limits) {
    try {
      const zip = await /** @type {any} */ (yauzl).fromBufferPromise(bytes, { strictFileNames: true });
      if (zip.entryCount > limits.entries) throw new Refused('too_large', `${zip.entryCount} entries`);
      const archive = new Archive(zip, limits);
      for await (const entry of zip.eachEntry()) archive.keep(entry);
      if (!archive.entries.has('xl/workbook.xml')) throw new Refused('not_xlsx', 'no workbook');
      return archive;
    } catch (error) {
      throw asRefused(error);
    }
  }

  /** @param {import('yauzl').Entry} entry */
  keep(entry) {
    const { fileName } = entry;
    if (entry.isEncrypted()) throw new Refused('locked', 'encrypted entry');
    if (/vbaProject\.bin$/i.test(fileName)) throw new Refused('not_xlsx', 'macros');
    if (this.entries.has(fileName)) throw new Refused('damaged', `twice: ${fileName}`);
    this.entries.set(fileName, entry);
  }

  /**
   * Reads a part as XML, chunk by chunk.
   * @param {string} part @param {(parser: SaxesParser) => void} listen
   */
  async parse(part, listen) {
    const entry = this.entries.get(part);
    if (!entry) throw new Refused('damaged', `missing: ${part}`);
    if (entry.uncompressedSize > this.limits.part) throw new Refused('too_large', part);
    const parser = new SaxesParser({ position: false });
    parser.on('doctype', () => {
      throw new Refused('damaged', 'DOCTYPE');
    });
    listen(parser);
    const text = new TextDecoder('utf-8', { fatal: true });
    let size = 0;
    try {
      const stream = await this.zip.openReadStreamPromise(entry);
      for await (const chunk of stream) {
        size += chunk.length;
        this.inflated += chunk.length;
        if (size > this.limits.part || this.inflated > this.limits.total) throw new Refused('too_large', part);
        parser.write(text.decode(chunk, { stream: true }));
      }
      parser.write(text.decode()).close();
    } catch (error) {
      throw asRefused(error);
    }
  }

  /** All start tags of a small part. @param {string} part */
  async events(part) {
    /** @type {{ name: string; attributes: Record<string, string> }[]} */
    const tags = [];
    await this.parse(part, (parser) => {
      parser.on('opentag', (tag) => {
        if (tags.length > 20_000) throw new Refused('too_large', part);
        tags.push({ name: local(tag.name), attributes: plain(tag.attributes) });
      });
    });
    return tags;
  }
}

/** @param {unknown} error */
function asRefused(error) {
  if (error instanceof Refused) return error;
  return new Refused('damaged', error instanceof Error ? error.message.slice(0, 200) : 'unreadable');
}

/** @param {string} name */
const local = (name) => name.slice(name.indexOf(':') + 1);
/** @param {unknown} attributes */
const plain = (attributes) => /** @type {Record<string, string>} */ (attributes);

/** @param {{ name: string; attributes: Record<string, string> }[]} tags */
function readWorkbook(tags) {
  const flag = tags.find(({ name }) => name === 'workbookPr')?.attributes.date1904;
  const sheets = tags
    .filter(({ name }) => name === 'sheet')
    .map(({ attributes }) => ({ name: attributes.name ?? '', id: attributes['r:id'] ?? '' }));
  return { from1904: flag === '1' || flag === 'true', sheets };
}

/** @param {{ name: string; attributes: Record<string, string> }[]} tags */
function readRelations(tags) {
  return tags
    .filter(({ name, attributes }) => name === 'Relationship' && attributes.TargetMode !== 'External')
    .map(({ attributes }) => {
      const target = attributes.Target ?? '';
      const path = target.startsWith('/') ? target.slice(1) : `xl/${target}`;
      return { id: attributes.Id ?? '', type: attributes.Type ?? '', target: path };
    });
}

/**
 * Whether each cell format shows a number as a date.
 * @param {Archive} archive @param {string} part @returns {Promise<boolean[]>}
 */
async function readStyles(archive, part) {
  /** @type {Map<number, string>} */
  const codes = new Map();
  /** @type {number[]} */
  const formats = [];
  let within = false;
  await archive.parse(part, (parser) => {
    parser.on('opentag', (tag) => {
      const name = local(tag.name);
      const attributes = plain(tag.attributes);
      if (name === 'cellXfs') within = true;
      if (name === 'numFmt') codes.set(Number(attributes.numFmtId), attributes.formatCode ?? '');
      if (name === 'xf' && within) formats.push(Number(attributes.numFmtId ?? 0));
      if (formats.length > 65_000 || codes.size > 65_000) throw new Refused('too_large', part);
    });
    parser.on('closetag', (tag) => {
      if (local(tag.name) === 'cellXfs') within = false;
    });
  });
  return formats.map((id) => (codes.has(id) ? isDateCode(/** @type {string} */ (codes.get(id))) : isBuiltInDate(id)));
}

/** ECMA-376-1 §18.8.30. @param {number} id */
const isBuiltInDate = (id) =>
  (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);

/** A letter of day, month, year, hour or second outside quotes, brackets and escapes. @param {string} code */
const isDateCode = (code) => /[dmyhs]/i.test(code.slice(0, 255).replace(/"[^"]*"|\\.|_.|\[[^\]]*\]/g, ''));

/**
 * @param {Archive} archive @param {string} part @returns {Promise<string[]>}
 */
async function readStrings(archive, part) {
  /** @type {string[]} */
  const strings = [];
  await archive.parse(part, (parser) => {
    let text = '';
    listenToText(
      parser,
      (piece) => {
        text += piece;
        if (text.length > LONGEST_TEXT) throw new Refused('too_large', 'text');
      },
      (name, closing) => {
        if (name !== 'si') return;
        if (closing) strings.push(unescaped(text));
        if (strings.length > archive.limits.cells) throw new Refused('too_large', part);
        text = '';
      },
    );
  });
  return strings;
}

/**
 * Reports the text of <t> elements, but not that of phonetic runs, and every opening and closing of an element.
 * @param {SaxesParser} parser @param {(text: string) => void} onText
 * @param {(name: string, closing: boolean, attributes: Record<string, string>) => void} onTag
 * @param {string[]} [also] further elements whose text is wanted
 */
function listenToText(parser, onText, onTag, also = []) {
  let reading = false;
  let phonetic = false;
  const wanted = new Set(['t', ...also]);
  parser.on('opentag', (tag) => {
    const name = local(tag.name);
    if (name === 'rPh') phonetic = true;
    reading = wanted.has(name) && !phonetic;
    onTag(name, false, plain(tag.attributes));
  });
  parser.on('closetag', (tag) => {
    const name = local(tag.name);
    if (name === 'rPh') phonetic = false;
    reading = false;
    onTag(name, true, {});
  });
  parser.on('text', (text) => {
    if (reading) onText(text);
  });
  parser.on('cdata', (text) => {
    if (reading) onText(text);
  });
}

/** "_x000D_" stands for the character with that number (ECMA-376-1 §22.9.2.19). @param {string} text */
const unescaped = (text) =>
  text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)))
    : text;

/** @type {Record<string, RawCell['type']>} */
const TYPES = { s: 'text', str: 'text', inlineStr: 'text', b: 'boolean', e: 'error', d: 'day', n: 'number' };

/**
 * @param {Archive} archive @param {string} part
 * @param {{ strings: string[]; dated: boolean[]; count: { cells: number }; most: number }} book
 * @returns {Promise<Omit<RawSheet, 'name'>>}
 */
async function readSheet(archive, part, { strings, dated, count, most }) {
  /** @type {RawCell[]} */
  const cells = [];
  /** @type {string[]} */
  const merges = [];
  let rows = 0;
  let row = 0;
  let column = 0;
  /** @type {{ type: string; style: number; formula: boolean; text: string } | null} */
  let cell = null;
  const close = () => {
    if (!cell) return;
    const { type, style, formula } = cell;
    const text = type === 's' && cell.text !== '' ? strings[Number(cell.text)] : cell.text;
    if (text === undefined) throw new Refused('damaged', 'string index');
    const kind = TYPES[type];
    if (!kind) throw new Refused('damaged', `cell type ${type}`);
    if (text !== '' || formula)
      cells.push({
        ...{ row, column, formula, type: kind },
        text: kind === 'text' && type !== 's' ? unescaped(text) : text,
        dated: kind === 'number' && dated[style] === true,
      });
    cell = null;
  };
  await archive.parse(part, (parser) => {
    listenToText(
      parser,
      (text) => {
        if (!cell) return;
        cell.text += text;
        if (cell.text.length > LONGEST_TEXT) throw new Refused('too_large', 'text');
      },
      (name, closing, attributes) => {
        if (closing) {
          if (name === 'c') close();
          return;
        }
        if (name === 'row') {
          if (++rows > MOST_SHEETS_ROWS) throw new Refused('too_large', 'rows');
          row = attributes.r ? whole(attributes.r, LAST_ROW) : row + 1;
          column = 0;
        } else if (name === 'c') {
          if (++count.cells > most) throw new Refused('too_large', 'cells');
          [row, column] = attributes.r ? placeOf(attributes.r) : [row, column + 1];
          cell = { type: attributes.t ?? 'n', style: Number(attributes.s ?? 0), formula: false, text: '' };
        } else if (name === 'f' && cell) cell.formula = true;
        else if (name === 'mergeCell') {
          if (merges.length >= MOST_SHEETS_ROWS) throw new Refused('too_large', 'merges');
          merges.push((attributes.ref ?? '').slice(0, 40));
        }
      },
      ['v'],
    );
  });
  return { cells, merges };
}

/** @param {string} text @param {number} most */
function whole(text, most) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most) throw new Refused('damaged', 'row number');
  return number;
}

/** "AB12" → [12, 28]. @param {string} name @returns {[number, number]} */
function placeOf(name) {
  const match = /^([A-Z]{1,3})(\d{1,7})$/.exec(name);
  if (!match) throw new Refused('damaged', 'cell name');
  const letters = /** @type {string} */ (match[1]);
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  if (column > LAST_COLUMN) throw new Refused('damaged', 'cell name');
  return [whole(/** @type {string} */ (match[2]), LAST_ROW), column];
}
