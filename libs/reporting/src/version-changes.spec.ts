/** The diff of two versions: everything that differs, nothing that does not. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ReportFigure, ReportVersion } from './report.reader.js';
import { versionChanges } from './version-changes.js';

const figure = (indicator: string, change: Partial<ReportFigure> = {}): ReportFigure => ({
  indicator,
  name: indicator,
  kind: 'ratio',
  state: 'value',
  numerator: '1',
  denominator: '2',
  note: null,
  documentNumber: null,
  documentDate: null,
  returnReason: null,
  ...change,
});
const version = (number: number, change: Partial<ReportVersion> = {}): ReportVersion => ({
  number,
  state: 'submitted',
  receivedAt: new Date(0),
  recordedAt: new Date(0),
  comment: null,
  header: {},
  containsNoSecrets: true,
  paper: null,
  scans: [],
  findings: [],
  figures: [figure('a'), figure('b')],
  narratives: [],
  steps: [],
  ...change,
});

describe('the changes between two versions', () => {
  it('are none between equal ones; a reason of return is no change of the report', () => {
    const returned = version(1, {
      figures: [figure('a', { returnReason: 'xem lại' }), figure('b')],
      state: 'returned',
    });
    expect(versionChanges(returned, version(2))).toEqual({ from: 1, to: 2, figures: [], texts: [] });
  });

  it('name each figure that differs in a number, a state or a note, and what only one has', () => {
    const before = version(1, { figures: [figure('a'), figure('b'), figure('d')] });
    const after = version(2, {
      figures: [figure('a', { numerator: '2' }), figure('b', { note: 'mới' }), figure('c', { state: 'missing' })],
    });
    const { figures } = versionChanges(before, after);
    expect(figures.map(({ indicator, before: was, after: is }) => [indicator, was?.numerator, is?.numerator])).toEqual([
      ['a', '1', '2'],
      ['b', '1', '1'],
      ['c', undefined, '1'],
      ['d', '1', undefined],
    ]);
  });

  it('name texts: narratives, the comment, the head; an empty text is none', () => {
    const before = version(1, {
      comment: '',
      header: { signer: 'An' },
      narratives: [{ indicator: 't', name: 'T', text: 'cũ' }],
    });
    const after = version(2, { comment: 'vì bão', header: { signer: 'Bình', body: '' } });
    expect(versionChanges(before, after).texts).toEqual([
      { place: 't', name: 'T', before: 'cũ', after: null },
      { place: 'comment', name: 'Giải trình chung', before: null, after: 'vì bão' },
      { place: 'header.signer', name: 'Người ký', before: 'An', after: 'Bình' },
    ]);
  });

  it('are the same both ways, with before and after exchanged', () => {
    const figures = fc.uniqueArray(
      fc.record({ indicator: fc.constantFrom('a', 'b', 'c', 'd'), numerator: fc.constantFrom('1', '2') }),
      { selector: ({ indicator }) => indicator },
    );
    const swap = (change: object) => {
      const { before, after, ...rest } = change as { before: unknown; after: unknown };
      return JSON.stringify({ ...rest, before: after, after: before });
    };
    fc.assert(
      fc.property(figures, figures, (one, two) => {
        const [x, y] = [one, two].map((list, i) =>
          version(i + 1, { figures: list.map(({ indicator, numerator }) => figure(indicator, { numerator })) }),
        );
        const there = versionChanges(x!, y!).figures.map((change) =>
          JSON.stringify({ ...change, before: change.before, after: change.after }),
        );
        const back = versionChanges(y!, x!).figures.map(swap);
        const sorted = (list: string[]) =>
          list.map((text) => JSON.stringify(Object.entries(JSON.parse(text)).sort())).sort();
        expect(sorted(there)).toEqual(sorted(back));
      }),
    );
  });
});
