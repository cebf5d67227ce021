/** Files that nobody honest sends: made on the spot, for the bench and for the specs of the form. */
import { strToU8, type Zippable, zipSync } from 'fflate';

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const workbook = `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>`;
const relations = `<Relationships><Relationship Id="r1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="${OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`;
const sheetOf = (rows: string) => `<worksheet xmlns="${MAIN}"><sheetData>${rows}</sheetData></worksheet>`;
const strings = '<sst><si><t>a</t></si></sst>';

/** A workbook of one sheet. @param parts replace those of the archive or come beside them */
export function workbookOf(parts: { sheet?: string; strings?: string; more?: Zippable } = {}): Buffer {
  const files: Zippable = {
    'xl/workbook.xml': strToU8(workbook),
    'xl/_rels/workbook.xml.rels': strToU8(relations),
    'xl/sharedStrings.xml': strToU8(parts.strings ?? strings),
    'xl/worksheets/sheet1.xml': strToU8(parts.sheet ?? sheetOf('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')),
    ...parts.more,
  };
  return Buffer.from(zipSync(files, { level: 1 }));
}

/** Says in the central directory and the local headers that every part has so many bytes. */
function lyingAbout(bytes: Buffer, size: number): Buffer {
  const lie = Buffer.from(bytes);
  for (let at = 0; at < lie.length - 30; at++) {
    if (lie.readUInt32LE(at) === 0x02014b50) lie.writeUInt32LE(size, at + 24);
    if (lie.readUInt32LE(at) === 0x04034b50) lie.writeUInt32LE(size, at + 22);
  }
  return lie;
}

function encrypted(bytes: Buffer): Buffer {
  const locked = Buffer.from(bytes);
  for (let at = 0; at < locked.length - 30; at++)
    if (locked.readUInt32LE(at) === 0x02014b50) locked.writeUInt16LE(locked.readUInt16LE(at + 8) | 1, at + 8);
  return locked;
}

const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
const rowsOf = (count: number) => {
  let text = '';
  for (let row = 1; row <= count; row++) text += `<row r="${row}" s="1" customFormat="1"><c r="A${row}" s="1"/></row>`;
  return text;
};

/** @param weight 1 is what the bench sends; tests take less, which is refused for the same reason */
export function hostileFiles(weight = 1): { name: string; bytes: Buffer; code: string }[] {
  const bomb = ' '.repeat(Math.round(300_000_000 * weight));
  const plain = workbookOf();
  return [
    { name: 'a zip bomb', bytes: workbookOf({ sheet: sheetOf(bomb) }), code: 'form.too_large' },
    {
      name: 'a zip bomb that says it is small',
      bytes: lyingAbout(workbookOf({ sheet: sheetOf(bomb) }), 500),
      code: 'form.damaged',
    },
    {
      name: 'a million styled rows',
      bytes: workbookOf({ sheet: sheetOf(rowsOf(Math.round(1_000_000 * weight))) }),
      code: 'form.too_large',
    },
    {
      name: 'a million styled rows that say they are few',
      bytes: lyingAbout(workbookOf({ sheet: sheetOf(rowsOf(Math.round(1_000_000 * weight))) }), 5_000),
      code: 'form.damaged',
    },
    {
      name: 'huge shared strings',
      bytes: workbookOf({ strings: `<sst>${'<si><t>x</t></si>'.repeat(Math.round(3_000_000 * weight))}</sst>` }),
      code: 'form.too_large',
    },
    {
      name: 'an external entity',
      bytes: workbookOf({
        sheet: `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${sheetOf('<row><c t="str"><v>&e;</v></c></row>')}`,
      }),
      code: 'form.damaged',
    },
    {
      name: 'a billion laughs',
      bytes: workbookOf({
        sheet: `<!DOCTYPE x [<!ENTITY l0 "ha">${laughs}]>${sheetOf('<row><c t="str"><v>&l9;</v></c></row>')}`,
      }),
      code: 'form.damaged',
    },
    { name: 'endless nesting', bytes: workbookOf({ sheet: sheetOf('<a>'.repeat(20_000)) }), code: 'form.damaged' },
    {
      name: 'a name that leaves the archive',
      bytes: workbookOf({ more: { '../../etc/cron.d/x': strToU8('x') } }),
      code: 'form.damaged',
    },
    {
      name: 'very many entries',
      bytes: workbookOf({ more: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x${i}`, strToU8('')])) }),
      code: 'form.too_large',
    },
    { name: 'macros', bytes: workbookOf({ more: { 'xl/vbaProject.bin': strToU8('x') } }), code: 'form.not_xlsx' },
    { name: 'encrypted entries', bytes: encrypted(plain), code: 'form.locked' },
    {
      name: 'an old .xls, or one with a password',
      bytes: Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2000)]),
      code: 'form.locked',
    },
    { name: 'a text file', bytes: Buffer.from('chỉ tiêu;số liệu\n'), code: 'form.not_xlsx' },
    {
      name: 'a zip of something else',
      bytes: Buffer.from(zipSync({ 'word/document.xml': strToU8('<x/>') })),
      code: 'form.not_xlsx',
    },
    { name: 'half a file', bytes: plain.subarray(0, plain.length - 40), code: 'form.damaged' },
    { name: 'nothing', bytes: Buffer.alloc(0), code: 'form.not_xlsx' },
  ];
}
