/**
 * Pictures in a streamed workbook. ExcelJS streams no drawings, and where it writes some it leaves out the alternative text,
 * so the three small parts that a picture needs (ECMA-376 part 1, §20.5 SpreadsheetML Drawing) are written here beside its
 * own: the drawing with its places and texts, the relations to the files, and a line in the list of parts. It is reached
 * where ExcelJS 4.4, which is pinned, has its seams: the archive, a sheet's relations, and the last hook before a sheet ends.
 */
import type { stream } from 'exceljs';
import type { Pen } from './sheet.js';

type PlacedPicture = {
  png: Buffer;
  /** The row whose top left corner it lies at, in column A; from 1. */
  row: number;
  /** Pixels of 1/96 inch. */
  width: number;
  height: number;
  name: string;
  /** What it shows, for those who cannot see it. */
  alt: string;
};

type Seams = {
  zip: { append(source: string | Buffer, entry: { name: string }): unknown };
  media: { name: string }[];
};
type SheetSeams = {
  id: number;
  _write(xml: string): void;
  _writeLegacyData(): void;
  _sheetRelsWriter: { addRelationship(relation: { Type: string; Target: string }): string };
};

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const DRAWING_TYPE = 'application/vnd.openxmlformats-officedocument.drawing+xml';
const EMU_PER_PIXEL = 9525;
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** Lays pictures over the open sheet of a pen. Once per sheet, before it is closed. */
export function placePictures(
  workbook: stream.xlsx.WorkbookWriter,
  pen: Pen,
  pictures: readonly PlacedPicture[],
): void {
  const { zip, media } = workbook as unknown as Seams;
  const sheet = pen.streamed as unknown as SheetSeams;
  const drawing = `drawing${sheet.id}.xml`;
  const images = pictures.map(({ png }) => media[workbook.addImage({ buffer: png as never, extension: 'png' })]!.name);
  zip.append(HEAD + drawingXml(pictures), { name: `xl/drawings/${drawing}` });
  zip.append(HEAD + relationsXml(images), { name: `xl/drawings/_rels/${drawing}.rels` });
  const id = sheet._sheetRelsWriter.addRelationship({ Type: `${OFFICE}/drawing`, Target: `../drawings/${drawing}` });
  sheet._writeLegacyData = () => sheet._write(`<drawing r:id="${id}"/>`);
  listPart(zip, `/xl/drawings/${drawing}`);
}

/** Adds a line to the list of parts on its way into the archive. */
function listPart(zip: Seams['zip'], part: string): void {
  const append = zip.append.bind(zip);
  zip.append = (source, entry) => {
    const listed = `<Override PartName="${part}" ContentType="${DRAWING_TYPE}"/></Types>`;
    const isList = entry.name === '[Content_Types].xml' && typeof source === 'string';
    return append(isList ? source.replace('</Types>', listed) : source, entry);
  };
}

function drawingXml(pictures: readonly PlacedPicture[]): string {
  const spaces =
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"';
  return `<xdr:wsDr ${spaces}>${pictures.map(anchorXml).join('')}</xdr:wsDr>`;
}

function anchorXml({ row, width, height, name, alt }: PlacedPicture, at: number): string {
  const size = `cx="${Math.round(width * EMU_PER_PIXEL)}" cy="${Math.round(height * EMU_PER_PIXEL)}"`;
  return [
    `<xdr:oneCellAnchor><xdr:from><xdr:col>0</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>${row - 1}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from>`,
    `<xdr:ext ${size}/><xdr:pic><xdr:nvPicPr><xdr:cNvPr id="${at + 2}" name="${escaped(name)}" descr="${escaped(alt)}"/>`,
    '<xdr:cNvPicPr><a:picLocks noChangeAspect="1"/></xdr:cNvPicPr></xdr:nvPicPr>',
    `<xdr:blipFill><a:blip xmlns:r="${OFFICE}" r:embed="rId${at + 1}"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill>`,
    `<xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext ${size}/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr>`,
    '</xdr:pic><xdr:clientData/></xdr:oneCellAnchor>',
  ].join('');
}

function relationsXml(images: readonly string[]): string {
  const relations = images.map(
    (image, at) => `<Relationship Id="rId${at + 1}" Type="${OFFICE}/image" Target="../media/${image}"/>`,
  );
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${relations.join('')}</Relationships>`;
}

const escaped = (text: string) =>
  text.replace(/[&<>"\n]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? '&#10;');
