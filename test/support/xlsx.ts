/**
 * Reads an xlsx without the library that wrote it: unzipped, then its XML taken apart by patterns that fit what a workbook
 * of plain cells holds. For tests, so that what one library writes is not judged by the same library alone.
 */
import { strFromU8, unzipSync } from 'fflate';

export type RawCell = {
  /** "s" shared string, "str" a formula's text, "n" number. */
  type: string;
  /** Text of a string, else the digits as they stand; null for an empty cell. */
  value: string | null;
  formula: string | null;
  format: string | null;
  font: string;
};
export type RawSheet = { name: string; xml: string; cells: Map<string, RawCell> };

const decode = (text: string) =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&amp;/g, '&');
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)];
const attribute = (tag: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? null;

/** @returns the sheets, and the text of every part but pictures */
export function readXlsx(file: Uint8Array): { sheets: RawSheet[]; parts: Map<string, string> } {
  const entries = Object.entries(unzipSync(file)).filter(([name]) => !name.startsWith('xl/media/'));
  const parts = new Map(entries.map(([name, bytes]) => [name, strFromU8(bytes)]));
  const part = (name: string) => parts.get(name) ?? '';
  const strings = all(part('xl/sharedStrings.xml'), /<si>(.*?)<\/si>/gs).map(([, item]) =>
    decode(
      all(item!, /<t[^>]*>(.*?)<\/t>/gs)
        .map(([, text]) => text)
        .join(''),
    ),
  );
  const styles = stylesOf(part('xl/styles.xml'));
  const targets = new Map(
    all(part('xl/_rels/workbook.xml.rels'), /<Relationship [^>]*>/g).map(([tag]) => [
      attribute(tag, 'Id'),
      attribute(tag, 'Target'),
    ]),
  );
  const sheets = all(part('xl/workbook.xml'), /<sheet [^>]*>/g).map(([tag]): RawSheet => {
    const xml = part(`xl/${targets.get(attribute(tag, 'r:id'))}`);
    const cells = all(xml, /<c ([^>]*?)(?:\/>|>(.*?)<\/c>)/gs).map(([, head, body = '']): [string, RawCell] => {
      const type = attribute(head!, 't') ?? 'n';
      const raw = /<v>(.*?)<\/v>/s.exec(body)?.[1] ?? null;
      const formula = /<f[^>]*>(.*?)<\/f>/s.exec(body)?.[1] ?? null;
      const value = raw === null ? null : type === 's' ? strings[Number(raw)]! : decode(raw);
      return [
        attribute(head!, 'r')!,
        { type, value, formula: formula && decode(formula), ...styles[Number(attribute(head!, 's') ?? 0)]! },
      ];
    });
    return { name: decode(attribute(tag, 'name')!), xml, cells: new Map(cells) };
  });
  return { sheets, parts };
}

function stylesOf(xml: string): { format: string | null; font: string }[] {
  const formats = new Map(
    all(xml, /<numFmt [^>]*>/g).map(([tag]) => [attribute(tag, 'numFmtId'), decode(attribute(tag, 'formatCode')!)]),
  );
  const fonts = all(/<fonts.*?<\/fonts>/s.exec(xml)?.[0] ?? '', /<font>(.*?)<\/font>/gs).map(
    ([, font]) => /<name val="([^"]*)"/.exec(font!)![1]!,
  );
  const cellFormats = /<cellXfs.*?<\/cellXfs>/s.exec(xml)?.[0] ?? '';
  const builtIn = new Map([['3', '#,##0']]);
  return all(cellFormats, /<xf [^>]*>/g).map(([tag]) => {
    const id = attribute(tag, 'numFmtId');
    return { format: formats.get(id) ?? builtIn.get(id ?? '') ?? null, font: fonts[Number(attribute(tag, 'fontId'))]! };
  });
}
