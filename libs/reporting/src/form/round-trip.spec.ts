/**
 * The form there and back: whatever a report says comes back as it was, and a form that LibreOffice has saved says the
 * same as one that Excel's format was written in by us. bieu-libreoffice.xlsx was made once from the sample form
 * (test/support/form-sample.ts), filled in and saved by LibreOffice 7.4; a change of the layout makes it anew.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { projectRoot } from '#core';
import { OpenForm } from '../../../../test/support/form.js';
import { FORM_ROUND, filledCells, formIndicators, formUnit } from '../../../../test/support/form-sample.js';
import { checkReport } from '../figures.js';
import { type Content, type FormUnit, saysTheSame } from './content.js';
import { FormLayout } from './layout.js';
import { idsOf, type ReadForm, readForm, sheetOf } from './reader.js';
import { MANY_UNITS, Unpacker } from './unpack.js';
import { writeForms } from './writer.js';

const layout = new FormLayout(formIndicators);
const AT = new Date('2026-06-01T00:00:00Z');
const write = (units: FormUnit[]) => writeForms(() => layout, { ...FORM_ROUND, units, fromAbove: true }, AT);

async function readAll(bytes: Uint8Array): Promise<ReadForm[]> {
  const book = await new Unpacker().unpack(bytes, MANY_UNITS);
  const { units, version } = idsOf(book);
  expect(version).toBe(layout.version);
  return units.map((ids) => readForm(layout, book, sheetOf(book, ids.code), ids, true));
}

const digits = fc.bigInt({ min: 0n, max: 10n ** 12n }).map(String);
const pair = fc.tuple(digits, digits).map((parts) => parts.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)));
const text = fc.option(
  fc.oneof(
    fc.string({ maxLength: 60, unit: 'grapheme' }),
    fc.constantFrom(
      '=1+1',
      '1.234',
      '_x0041_',
      '  có khoảng trắng ',
      'Hội nghị'.normalize('NFD'),
      'a\r\nb',
      '<&>"',
      "'",
    ),
  ),
  { nil: null },
);
const day = fc.option(fc.constantFrom('2026-06-05', '1899-12-31', '2026-02-28', '0999-01-01'), { nil: null });
const slot = (kind: string, allowed: boolean) =>
  fc.tuple(fc.constantFrom(0, 1, 1, 1, 2, ...(allowed ? [3] : [])), pair, fc.boolean()).map(([s, [n, d], yes]) => {
    if (s === 0 || s === 3 || kind === 'text') return { s: kind === 'text' ? 0 : s, n: null, d: null };
    if (kind === 'milestone') return { s, n: yes ? '1' : '0', d: '1' };
    return { s, n: n!, d: kind === 'ratio' ? String(BigInt(d!) + 1n > 10n ** 12n ? d! : BigInt(d!) + 1n) : null };
  });
const figuresOf = fc
  .tuple(...formIndicators.map(({ kind, notApplicableAllowed }) => slot(kind, notApplicableAllowed)))
  .map((slots) => ({ n: slots.map(({ n }) => n), d: slots.map(({ d }) => d), s: slots.map(({ s }) => s) }));
const contents: fc.Arbitrary<Content> = fc.record({
  figures: figuresOf,
  notes: fc
    .tuple(...formIndicators.map(() => fc.record({ note: text, documentNumber: text, documentDate: day })))
    .map((notes) =>
      notes
        .map((note, index) => ({ indicatorId: formIndicators[index]!.id, ...note }))
        .filter((_, index) => formIndicators[index]!.kind !== 'text'),
    ),
  narratives: text.map((body) => (body === null ? [] : [{ indicatorId: formIndicators.at(-1)!.id, body }])),
  comment: text,
  header: fc.record({ body: text, signer: text, documentDate: day, receivedOn: day }),
});

test('whatever a report says comes back as it was', async () => {
  const said = fc.sample(contents, 60);
  const units = said.map((content, index): FormUnit => {
    const code = String(10_000 + index);
    return { ...formUnit, code, newest: 1, state: 'submitted', content };
  });
  const forms = await readAll(await write(units));
  for (const [index, form] of forms.entries()) {
    const { figures, narratives, comment, header, findings } = form;
    expect(findings).toEqual([]);
    const checked = checkReport(formIndicators, figures, narratives, comment, { last: null, yesBefore: new Set() });
    const back = { ...checked, comment, header };
    if (!saysTheSame(said[index]!, back)) expect(back).toEqual(said[index]);
  }
});

test('a form that LibreOffice has saved says what the one before it said', async () => {
  const ours = await OpenForm.open(
    await writeForms(() => layout, { ...FORM_ROUND, units: [formUnit], fromAbove: false }, AT),
  );
  const [excel] = await readAll(await ours.write(filledCells).save());
  const [libreOffice] = await readAll(readFileSync(join(projectRoot, 'test/fixtures/bieu-libreoffice.xlsx')));
  expect(libreOffice).toEqual(excel);
  expect(libreOffice).toMatchObject({
    ...{ unit: '05953', expectedVersion: 0, blank: false, findings: [] },
    figures: [
      { indicator: 'nguoi_dan', state: 'value', numerator: '1080', denominator: '10793' },
      { indicator: 'nhiem_vu', state: 'value', numerator: '3', denominator: '5' },
      { indicator: 'nhiem_vu_luu_giu', state: 'value', numerator: '2', denominator: '5' },
      { indicator: 'ke_hoach', yes: true, documentNumber: '37/KH–UBND', documentDate: '2025-10-01' },
      { indicator: 'tin_bai', state: 'estimate', value: '1234' },
      { indicator: 'kinh_phi_xa_hoi', value: '12.5', note: 'Hội nghị <xã> & thôn' },
    ],
    narratives: [{ indicator: 'ket_qua', text: 'Dòng một\nDòng hai' }],
    header: { documentDate: '2026-06-05', signer: 'Nguyễn Văn A' },
    containsNoSecrets: true,
  });
});
