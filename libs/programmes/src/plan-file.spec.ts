/** What a plan or programme file may not say, and that each mistake is found, named and placed. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDocument } from 'yaml';
import type { FileFinding } from './file-finding.js';
import type { Read } from './file-reading.js';
import { checkPlan, parsePlan } from './plan-file.js';
import { type IndicatorKind, parseProgramme } from './programme-file.js';
import { seedPlanText, seedProgrammeText } from './seed.js';

const kinds = new Map<string, IndicatorKind>([
  ['nguoi_dan', 'ratio'],
  ['tin_bai', 'flow'],
  ['ke_hoach', 'milestone'],
  ['kho_khan', 'text'],
]);

const head = `programme: NQ57-TT
key: xa-thu
unit: 02026
document: kế hoạch
issued_wording: ngày tháng 3 năm 2026
title: Kế hoạch thử
`;
const target = (extra: string) => `  - {clause: II.2.a, wording: Ít nhất, binds: unit, ${extra}}\n`;
const duty = (extra: string) => `  - {edge: upward, reporters: Phòng VH-XH, receiver: Sở KH&CN, ${extra}}\n`;
const targets = (...extras: string[]) => `${head}targets:\n${extras.map(target).join('')}`;
const duties = (...extras: string[]) => `${head}duties:\n${extras.map(duty).join('')}`;

function errorsOf(text: string): FileFinding[] {
  const read = parsePlan(text);
  return read.ok ? checkPlan(read.value, read.at, kinds) : read.errors;
}
const places = (errors: FileFinding[]) => errors.map((error) => `${error.path} ${error.code}`);

describe('a plan file', () => {
  it('keeps what was typed: the zero of a unit code, exact decimals, blanks as nothing, NFC', () => {
    const nfd = 'Kế hoạch'.normalize('NFD');
    const read = parsePlan(
      `${head.replace('Kế hoạch', nfd)}number:\ntargets:\n${target('indicator: nguoi_dan, year: 2026, comparator: at_least, threshold: 33.3')}`,
    );
    expect(read).toMatchObject({
      ok: true,
      value: {
        unit: '02026',
        number: null,
        issued_on: null,
        title: 'Kế hoạch thử',
        targets: [{ threshold: '33.3', year: 2026 }],
      },
    });
  });

  const ratio = 'indicator: nguoi_dan, year: 2026, comparator: at_least';
  it.each<[what: string, text: string, found: string[]]>([
    ['an unknown key', `${head}thres: 1\n`, ['thres unknown_key']],
    [
      'an unknown key of a target',
      targets(`${ratio}, threshold: 1, treshold: 10`),
      ['targets[0].treshold unknown_key'],
    ],
    ['a key that is a trap', `${head}__proto__: {unit: VN}\n`, ['__proto__ unknown_key']],
    ['a missing field', head.replace('unit: 02026\n', ''), ['unit missing']],
    ['a blank required field', head.replace('02026', ''), ['unit missing']],
    [
      'a word outside its list',
      targets(`${ratio}, threshold: 1`).replace('binds: unit', 'binds: all'),
      ['targets[0].binds wrong_value'],
    ],
    ['a key with diacritics', head.replace('xa-thu', 'xã-thử'), ['key code_form']],
    [
      'an unknown indicator',
      targets('indicator: khac, comparator: above, threshold: 1'),
      ['targets[0].indicator indicator_unknown'],
    ],
    [
      'a second target of one year',
      targets(`${ratio}, threshold: 10`, `${ratio}, threshold: 20`),
      ['targets[1] duplicate'],
    ],
    ['two undated targets', targets('indicator: ke_hoach', 'indicator: ke_hoach'), ['targets[1] duplicate']],
    ['more than all', targets(`${ratio}, threshold: 100.000001`), ['targets[0].threshold threshold_range']],
    ['less than none', targets(`${ratio}, threshold: -1`), ['targets[0].threshold threshold_range']],
    ['a decimal comma', targets(`${ratio}, threshold: "33,3"`), ['targets[0].threshold threshold_form']],
    ['an exponent', targets(`${ratio}, threshold: 1e1`), ['targets[0].threshold threshold_form']],
    [
      'a ratio without a figure',
      targets('indicator: nguoi_dan, year: 2026'),
      ['targets[0].threshold threshold_missing'],
    ],
    [
      'a figure without a comparator',
      targets('indicator: nguoi_dan, threshold: 10'),
      ['targets[0].threshold threshold_pair'],
    ],
    [
      'a milestone with a figure',
      targets('indicator: ke_hoach, comparator: at_least, threshold: 1'),
      ['targets[0].threshold threshold_refused'],
    ],
    ['a target on a narrative', targets('indicator: kho_khan'), ['targets[0].indicator text_target']],
    ['a year before the programme', targets('indicator: ke_hoach, year: 2024'), ['targets[0].year year_range']],
    ['a year after the programme', targets('indicator: ke_hoach, year: 2036'), ['targets[0].year year_range']],
    [
      'every year from none',
      targets('indicator: ke_hoach, every_year: true'),
      ['targets[0].every_year every_year_start'],
    ],
    [
      'a due day that never is',
      duties('due_h1: 06-31, due_h2: 12-10, due_wording: x'),
      ['duties[0].due_h1 due_invalid'],
    ],
    [
      'a due day of leap years only',
      duties('due_h1: 02-29, due_h2: 12-10, due_wording: x'),
      ['duties[0].due_h1 due_invalid'],
    ],
    [
      'day and month swapped',
      duties('due_h1: 20-06, due_h2: 20-12, due_wording: x'),
      ['duties[0].due_h1 due_invalid', 'duties[0].due_h2 due_invalid'],
    ],
    ['one due day of two', duties('due_h1: 06-10, due_wording: x'), ['duties[0].due_h1 due_pair']],
    [
      'due days in the wrong order',
      duties('due_h1: 12-10, due_h2: 06-10, due_wording: x'),
      ['duties[0].due_h2 due_order'],
    ],
    ['a duty nobody worded or inferred', duties('note: x'), ['duties[0].due_wording due_unworded']],
    ['two edges upward', duties('due_wording: x', 'due_wording: y'), ['duties[1] duplicate']],
    ['a day that never was', `${head}issued_on: 2026-02-30\n`, ['issued_on date_invalid']],
    ['an illustration that hides it', `${head}illustrative: true\n`, ['title illustrative_unmarked']],
    ['control characters', head.replace('Kế hoạch thử', '"a\\0b"'), ['title text_form']],
    ['half a surrogate pair', head.replace('Kế hoạch thử', '"a\\uD800b"'), ['title text_form']],
    ['a list for a file', '- a\n- b\n', [' wrong_value']],
    ['an empty file', '', [' missing']],
  ])('refuses %s', (_what, text, found) => {
    expect(places(errorsOf(text))).toEqual(found);
  });

  it('takes a count above 100, and a strict comparator', () => {
    expect(errorsOf(targets('indicator: tin_bai, year: 2026, comparator: above, threshold: 250'))).toEqual([]);
  });

  it('reports every mistake of form at once, in both languages, with the line', () => {
    const errors = errorsOf(`${targets('indicator: ke_hoach, year: 1999')}surplus: 1\n`);
    expect(errors).toEqual([
      {
        path: 'targets[0].year',
        line: 8,
        code: 'year_range',
        vi: 'Năm phải từ 2025 đến 2035.',
        en: 'The year must be from 2025 to 2035.',
      },
      { path: 'surplus', line: 9, code: 'unknown_key', vi: expect.stringContaining('surplus'), en: expect.any(String) },
    ]);
  });

  it('says where a duplicate was given first', () => {
    const [error] = errorsOf(targets('indicator: ke_hoach, year: 2026', 'indicator: ke_hoach, year: 2026'));
    expect(error).toMatchObject({ line: 9, vi: 'Trùng với targets[0].' });
  });

  it.each<[what: string, text: string, code: string, line: number | null]>([
    ['broken syntax', `${head}targets: [1, 2\n`, 'yaml_syntax', 8],
    ['a key given twice', `${head}unit: 02026\n`, 'yaml_syntax', 7],
    ['two documents', `${head}---\n${head}`, 'yaml_syntax', 7],
    ['a tag', `${head}number: !!int 5\n`, 'yaml_syntax', 7],
    ['an alias', head.replace('Kế hoạch thử', '&a x\nnumber: *a'), 'alias_refused', null],
    ['a quarter of a megabyte and more', `${head}# ${'x'.repeat(256 * 1024)}`, 'too_large', null],
  ])('refuses %s before anything else', (_what, text, code, line) => {
    expect(errorsOf(text)[0]).toMatchObject({ code, line });
  });

  it('answers, and never throws, whatever is cut out of a real plan or put into it', () => {
    const plan = seedPlanText('nam-cuong');
    const place = fc.nat(plan.length);
    fc.assert(
      fc.property(place, fc.nat(200), fc.string({ unit: 'binary' }), (from, length, junk) => {
        const read = parsePlan(plan.slice(0, from) + junk + plan.slice(from + length));
        if (!read.ok) expect(read.errors.length).toBeGreaterThan(0);
      }),
      { numRuns: 150 },
    );
  });

  it('answers, and does not fall over, when brackets nest without end', () => {
    expect(errorsOf('['.repeat(100_000)).length).toBeGreaterThan(0);
    expect(errorsOf('- '.repeat(100_000)).length).toBeGreaterThan(0);
  });
});

describe('a programme file', () => {
  type Draft = { indicators: Record<string, unknown>[] };
  function changed(change: (draft: Draft) => void): Read<unknown> {
    const draft: Draft = parseDocument(seedProgrammeText(), { schema: 'failsafe' }).toJS();
    change(draft);
    return parseProgramme(JSON.stringify(draft));
  }
  const found = (read: Read<unknown>) => (read.ok ? [] : places(read.errors));

  it.each<[what: string, change: (draft: Draft) => void, found: string[]]>([
    ['nothing wrong', () => {}, []],
    [
      'a gap in the positions',
      (d) => d.indicators.splice(19, 1, { ...d.indicators[19], position: '21' }),
      ['indicators[19].position position_gap'],
    ],
    [
      'one code twice',
      (d) => Object.assign(d.indicators[1]!, { code: d.indicators[0]!.code }),
      ['indicators[1].code duplicate'],
    ],
    [
      'residents added over rounds as a milestone',
      (d) => Object.assign(d.indicators[0]!, { over_time: 'once' }),
      ['indicators[0].over_time axes_disagree'],
    ],
    ['no source', (d) => Object.assign(d.indicators[0]!, { clause: '' }), ['indicators[0].clause source_missing']],
    [
      'a ratio without its denominator',
      (d) => Object.assign(d.indicators[0]!, { denominator: '' }),
      ['indicators[0].kind parts_missing'],
    ],
    [
      'a count with a denominator',
      (d) => Object.assign(d.indicators[11]!, { denominator: 'tất cả' }),
      ['indicators[11].kind parts_refused'],
    ],
    [
      'a quarter for a round',
      (d) => Object.assign(d.indicators[0]!, { first_round: '2026Q1' }),
      ['indicators[0].first_round round_form'],
    ],
    [
      'silence on "không phát sinh"',
      (d) => Object.assign(d.indicators[0]!, { not_applicable_allowed: '' }),
      ['indicators[0].not_applicable_allowed missing'],
    ],
  ])('with %s', (_what, change, expected) => {
    expect(found(changed(change))).toEqual(expected);
  });
});
