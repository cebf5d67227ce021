/**
 * "Khó khăn, kiến nghị": what communes wrote, section by section, word for word and never merged into one text
 * (docs/semantics.md §2). A long text goes on over several rows, as a row of a sheet cannot be taller than 409 points.
 */
import type { stream } from 'exceljs';
import { roundLabel } from '#rollups';
import { cleanText } from './cell-text.js';
import { splitText } from './measure.js';
import { asOfText } from './moment.js';
import { titleOf, upper } from './official-head.js';
import { cell, head, look, openSheet } from './sheet.js';
import type { Summary, SummaryNarrative } from './summary.js';
import { sentence } from './summary.words.js';

const columns: [title: string, width: number][] = [
  ['STT', 5],
  ['Mã', 8],
  ['Xã, phường, đặc khu', 24],
  ['Nội dung', 84],
];
const TITLE_ROWS = 3;
const TEXT_WIDTH = 84;

export function writeNarratives(workbook: stream.xlsx.WorkbookWriter, summary: Summary): void {
  const pen = openSheet(workbook, {
    name: 'Khó khăn, kiến nghị',
    widths: columns.map(([, width]) => width),
    frozen: { rows: TITLE_ROWS + 1, columns: 0 },
    titleRows: 1,
  });
  const { unit } = summary.accepted;
  const period = sentence(roundLabel(summary.round));
  const centred = { align: 'center', bold: true } as const;
  pen.line(
    'KẾT QUẢ NỔI BẬT, KHÓ KHĂN, VƯỚNG MẮC VÀ KIẾN NGHỊ CỦA CÁC XÃ, PHƯỜNG, ĐẶC KHU',
    look({ ...centred, size: 14 }),
  );
  pen.line(`${period}, ${titleOf(unit)}`, look({ ...centred, size: 13 }));
  pen.line(
    `Theo báo cáo đã tiếp nhận đến ${asOfText(summary.asOf)}; giữ nguyên lời văn của đơn vị`,
    look({ align: 'center', italic: true }),
  );
  pen.row(columns.map(([title]) => ({ value: title, look: head() })));
  if (summary.narratives.length === 0)
    pen.row([
      { value: 'Không đơn vị nào ghi nội dung.', look: cell({ align: 'center', italic: true }), span: columns.length },
    ]);
  let number = 0;
  [...bySection(summary.narratives).values()].forEach((narratives, index) => {
    const units = new Set(narratives.map(({ unitCode }) => unitCode)).size;
    const heading = `${romanNumeral(index + 1)}. ${upper(narratives[0]!.sectionName)} (${units} đơn vị)`;
    pen.group(heading);
    for (const narrative of narratives) {
      number += 1;
      const parts = splitText(cleanText(narrative.text).trim(), TEXT_WIDTH);
      const from = pen.next;
      parts.forEach((part, at) => {
        const top = { vertical: 'top' } as const;
        pen.row([
          { value: at === 0 ? number : null, look: cell({ align: 'center', ...top }) },
          { value: at === 0 ? narrative.unitCode : null, look: cell({ align: 'center', ...top }) },
          {
            value: at === 0 ? sentence(titleOf({ kind: narrative.unitKind, name: narrative.unitName })) : null,
            look: cell(top),
          },
          { value: part, look: cell(top) },
        ]);
      });
      for (const column of [1, 2, 3]) pen.mergeDown(column, from, pen.next - 1);
    }
  });
  pen.close();
}

function bySection(narratives: readonly SummaryNarrative[]): Map<string, SummaryNarrative[]> {
  const sections = new Map<string, SummaryNarrative[]>();
  for (const narrative of narratives)
    sections.set(narrative.section, [...(sections.get(narrative.section) ?? []), narrative]);
  return sections;
}

function romanNumeral(number: number): string {
  return ['', 'I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X'][number] ?? String(number);
}
