/**
 * The official list, on its first day and since the changes of 30/04/2026. The checksums were taken once from another
 * list of that day, the public dataset thanglequoc/vietnamese-provinces-database v4.2.0 (generated from the statistics
 * office's list), not from the code under test.
 */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { NATION, type UnitKind } from './kinds.js';
import { nameKey } from './normalise.js';
import { applyChanges, type OfficialState, officialUnits, unitsAt } from './official-list.js';

const states = officialUnits();
const first = unitsAt('2025-07-01');
const changed = unitsAt('2026-04-30');

const countOf = (units: { kind: UnitKind }[], kind: UnitKind) => units.filter((unit) => unit.kind === kind).length;
const checksum = (lines: string[]) => createHash('sha256').update(lines.toSorted().join('\n')).digest('hex');

test('on 01/07/2025: 34 provinces and 3,321 communes', () => {
  expect(first.filter((unit) => unit.level === 1)).toHaveLength(34);
  expect(first.filter((unit) => unit.level === 2)).toHaveLength(3321);
  expect(countOf(first, 'tinh')).toBe(28);
  expect(countOf(first, 'thanh_pho_truc_thuoc_trung_uong')).toBe(6);
  expect(countOf(first, 'xa')).toBe(2621);
  expect(countOf(first, 'phuong')).toBe(687);
  expect(countOf(first, 'dac_khu')).toBe(13);
});

test('on 30/04/2026: Đồng Nai is a city, and ten of its xã are phường', () => {
  expect(countOf(changed, 'tinh')).toBe(27);
  expect(countOf(changed, 'thanh_pho_truc_thuoc_trung_uong')).toBe(7);
  expect(countOf(changed, 'xa')).toBe(2611);
  expect(countOf(changed, 'phuong')).toBe(697);
  expect(countOf(changed, 'dac_khu')).toBe(13);
  expect(unitsAt('2026-04-29')).toEqual(first);
  expect(unitsAt('2025-06-30')).toEqual([]);
});

test('code for code, type for type, parent for parent the independent list', () => {
  const units = changed.filter((unit) => unit.code !== NATION);
  const parent = (code: string | null) => (code === NATION ? '' : code);
  expect(checksum(units.map((unit) => `${unit.code}|${unit.kind}|${parent(unit.parentCode)}`))).toBe(
    '629822499f3cb144175f4092cce6e7b92a8abb6f2ebe0502aceb9a7930b142a3',
  );
  expect(checksum(units.map((unit) => `${unit.code}|${nameKey(unit.name)}`))).toBe(
    '0940d29c5db25a569682d0f390dd77c909773246779fff01fc2a91c1fd73aa27',
  );
});

test.each([
  ['05953', 'Kha Sơn', 'xa', '19'],
  ['02026', 'Nam Cường', 'xa', '19'],
  ['23926', 'Ia Pia', 'xa', '52'],
  ['06385', 'Hữu Lũng', 'xa', '20'],
  ['06978', 'Ba Chẽ', 'xa', '22'],
  ['23938', 'Ia Mơ', 'xa', '52'],
  ['06325', 'Bắc Sơn', 'xa', '20'],
  ['24184', "Ea H'Leo", 'xa', '66'],
  ['79', 'Hồ Chí Minh', 'thanh_pho_truc_thuoc_trung_uong', 'VN'],
])('%s is %s', (code, name, kind, parentCode) => {
  expect(first.find((unit) => unit.code === code)).toMatchObject({ name, kind, parentCode });
});

test('a wrong code of the package names nobody', () => {
  expect(states.filter(({ code }) => code === '06970' || code === '23737')).toEqual([]);
});

test('names are NFC, begin with a capital or digit in every word, and hold no kind', () => {
  for (const { name } of states) {
    expect(name).toBe(name.normalize('NFC'));
    expect(name).toMatch(/^[\p{Lu}\d][\p{L}\d']*( (- )?[\p{Lu}\d][\p{L}\d']*)*$/u);
    expect(name).not.toMatch(/^(xã|phường|đặc khu|tỉnh|thành phố) /iu);
  }
});

test('names are unique within a parent, spellings aside', () => {
  const keys = changed.map((unit) => `${unit.parentCode}|${nameKey(unit.name)}`);
  expect(new Set(keys).size).toBe(keys.length);
});

describe('a change of kind', () => {
  const longThanh: OfficialState = {
    ...{ code: '26368', level: 2, kind: 'xa', name: 'Long Thành', parentCode: '75' },
    ...{ validFrom: '2025-07-01', validTo: null },
  };
  const change = (effective: string, from: UnitKind, to: UnitKind, name = 'Long Thành', code = '26368') => ({
    effective,
    basis: 'NQ',
    units: [{ code, name, from, to }],
  });

  test('closes one state and opens the next: same code, name and parent', () => {
    expect(states.filter(({ code }) => code === '26368')).toEqual([
      { ...longThanh, validTo: '2026-04-30' },
      { ...longThanh, kind: 'phuong', validFrom: '2026-04-30' },
    ]);
  });

  test('several are taken in the order of their days, whatever the order in the file', () => {
    const later = applyChanges(
      [longThanh],
      [change('2027-01-01', 'phuong', 'xa'), change('2026-04-30', 'xa', 'phuong')],
    );
    expect(later.map(({ kind, validFrom, validTo }) => [kind, validFrom, validTo])).toEqual([
      ['xa', '2025-07-01', '2026-04-30'],
      ['phuong', '2026-04-30', '2027-01-01'],
      ['xa', '2027-01-01', null],
    ]);
  });

  test.each([
    ['another kind than the list has', change('2026-04-30', 'phuong', 'xa')],
    ['another name', change('2026-04-30', 'xa', 'phuong', 'Long Thạnh')],
    ['a code nobody has', change('2026-04-30', 'xa', 'phuong', 'Long Thành', '99999')],
    ['the day the list begins', change('2025-07-01', 'xa', 'phuong')],
  ])('is refused for %s', (_, wrong) => {
    expect(() => applyChanges([longThanh], [wrong])).toThrow(/changes\.yaml: NQ changes/);
  });
});
