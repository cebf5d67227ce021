/** Units on a real database: imported once and again, found by code and by name however it is typed. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Clock, rows } from '#core';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { importOfficialUnits } from './import-units.js';
import { type UnitSearch, UnitsService } from './units.service.js';

const TODAY = '2026-06-01';
let database: FreshDatabase;
let units: UnitsService;

beforeAll(async () => {
  database = await freshDatabase();
  units = new UnitsService(database.dataSource, new Clock());
});
afterAll(() => database?.drop());

const codes = async (search: UnitSearch) =>
  (await units.search({ on: TODAY, ...search })).items.map((unit) => unit.code);
const problem = (code: string) => expect.objectContaining({ code });

describe('by code', () => {
  test('a unit says what it is called and to whom it belongs', async () => {
    expect(await units.byCode('05953')).toEqual({
      ...{ id: expect.any(Number), code: '05953', level: 2, kind: 'xa' },
      ...{ name: 'Kha Sơn', title: 'xã Kha Sơn', parentCode: '19' },
    });
    expect(await units.byCode('VN')).toMatchObject({ level: 0, title: 'Việt Nam', parentCode: null });
  });

  test('its kind is that of the day', async () => {
    expect((await units.byCode('26368', '2026-04-29')).title).toBe('xã Long Thành');
    expect((await units.byCode('26368', '2026-04-30')).title).toBe('phường Long Thành');
    expect((await units.byCode('75', '2026-04-29')).title).toBe('tỉnh Đồng Nai');
    expect((await units.byCode('75', '2026-04-30')).title).toBe('thành phố Đồng Nai');
  });

  test('no unit has the code, or none had it on that day', async () => {
    await expect(units.byCode('06970')).rejects.toEqual(problem('unit.not_found'));
    await expect(units.byCode('05953', '2025-06-30')).rejects.toEqual(problem('unit.not_found'));
  });
});

describe('search', () => {
  test.each([
    'Kha Sơn',
    'kha son',
    'KHA SƠN',
    'Xã Kha Sơn',
    'xa kha son',
    'Kha Sơn'.normalize('NFD'),
    'kha s',
    '05953',
    '0595',
  ])('"%s" finds Kha Sơn', async (text) => expect(await codes({ text, level: 2, under: '19' })).toContain('05953'));

  test.each([
    ['Nam Cường', ['02026', '04273', '13057']],
    ['nam cuong', ['02026', '04273', '13057']],
    ['Nam Cường'.normalize('NFD'), ['02026', '04273', '13057']],
  ])('"%s" finds all three of that name', async (text, expected) => expect(await codes({ text })).toEqual(expected));

  test('Hoà and Hòa find the same units', async () => {
    const one = await codes({ text: 'Chiêm Hoá' });
    expect(one).toEqual(['02287']);
    expect(await codes({ text: 'Chiêm Hóa' })).toEqual(one);
    expect(await codes({ text: 'CHIÊM HÓA'.normalize('NFD') })).toEqual(one);
  });

  test('diacritics that were typed put the names that have them first', async () => {
    expect(await codes({ text: 'Ba Dinh' })).toEqual(['00004', '16171', '21499']);
    expect(await codes({ text: 'Ba Đình' })).toEqual(['00004', '16171', '21499']);
    expect(await codes({ text: 'Thuận Hoá' })).toEqual(['19789', '00922', '31582']);
    expect(await codes({ text: 'Thuận Hòa' })).toEqual(['00922', '31582', '19789']);
  });

  test('a whole name comes before names that begin so, and those before names that hold the word', async () => {
    const found = await units.search({ text: 'tân phước', on: TODAY, first: 500 });
    const places = found.items.map(({ name }) => (name === 'Tân Phước' ? 0 : name.startsWith('Tân Phước ') ? 1 : 2));
    expect(new Set(places)).toEqual(new Set([0, 1]));
    expect(places).toEqual(places.toSorted());
    expect(await codes({ text: 'Long Thành' })).toEqual(['26368', '29513', '30943']);
    const huong = await units.search({ text: 'huong', on: TODAY, first: 500 });
    const order = huong.items.map(({ name }) => (/^H\p{L}+$/u.test(name) ? 0 : name.startsWith('H') ? 1 : 2));
    expect(new Set(order)).toContain(2);
    expect(order).toEqual(order.toSorted());
  });

  test('names that resemble a kind are found as names', async () => {
    expect(await codes({ text: 'xa dung' })).toEqual(['03208']);
    expect((await codes({ text: 'lang son' }))[0]).toBe('20');
    for (const text of ["M'Drak", 'mdrak', 'M’Drắk']) expect(await codes({ text })).toEqual(['24412']);
  });

  test.each(['%', '_', '- –', 'Không Có Đâu'])('"%s" finds nothing', async (text) => {
    expect(await units.search({ text, on: TODAY })).toEqual({
      items: [],
      total: 0,
      endCursor: null,
      hasNextPage: false,
    });
  });

  test.each([
    [{ under: 'VN' }, 3355],
    [{ under: '19' }, 92],
    [{ parent: '19' }, 92],
    [{ under: '20' }, 65],
    [{ under: '52' }, 135],
    [{ parent: 'VN' }, 34],
    [{ level: 1, kind: 'tinh' }, 27],
    [{ level: 1, kind: 'tinh', on: '2026-04-29' }, 28],
    [{ kind: 'phuong', under: '75', on: '2026-04-29' }, 23],
    [{ kind: 'phuong', under: '75' }, 33],
    [{ under: '05953' }, 0],
    [{ text: '  ' }, 3356],
  ] as [UnitSearch, number][])('%j counts %i', async (search, total) => {
    expect((await units.search({ on: TODAY, first: 1, ...search })).total).toBe(total);
  });

  test('pages give every unit once, in one order, with one total', async () => {
    const all = await codes({ text: 'son', first: 500 });
    const paged: string[] = [];
    let after: string | null = null;
    do {
      const page = await units.search({ text: 'son', on: TODAY, first: 7, after });
      expect(page.total).toBe(all.length);
      paged.push(...page.items.map((unit) => unit.code));
      after = page.hasNextPage ? page.endCursor : null;
    } while (after);
    expect(all.length).toBeGreaterThan(14);
    expect(paged).toEqual(all);
  });

  test('what cannot be is refused', async () => {
    await expect(units.search({ under: '99' })).rejects.toEqual(problem('unit.not_found'));
    await expect(units.search({ parent: '99' })).rejects.toEqual(problem('unit.not_found'));
    await expect(units.search({ first: 0 })).rejects.toEqual(problem('request.invalid'));
    await expect(units.search({ after: 'x' })).rejects.toEqual(problem('cursor.invalid'));
    const turned = Buffer.from('["05953",0]').toString('base64url');
    await expect(units.search({ after: turned })).rejects.toEqual(problem('cursor.invalid'));
  });
});

describe('import', () => {
  test('a second one changes nothing', async () => {
    const before = await rows(database.dataSource, 'select * from org_unit_state order by id');
    expect(before).toHaveLength(3356 + 11);
    expect(await importOfficialUnits(database.dataSource, null)).toEqual({ units: 0, states: 0 });
    expect(await rows(database.dataSource, 'select * from org_unit_state order by id')).toEqual(before);
  });

  test('what was recorded otherwise is closed and recorded anew; local units are left alone', async () => {
    const other = await freshDatabase();
    try {
      const db = other.dataSource;
      await db.query(`update org_unit_state set name = 'Kha Son', name_key = 'kha son'
                      where unit_id = (select id from org_unit where code = '05953')`);
      await db.query(`with u as (insert into org_unit (code, level) values ('05953-01', 3) returning id)
                      insert into org_unit_state (unit_id, kind, name, search, name_key, parent_id, valid_from, recorded_from)
                      select u.id, 'xom', 'Đình', 'dinh', '\`đinh', p.id, '2025-07-01', now()
                      from u, org_unit p where p.code = '05953'`);
      const past = new Date('2025-07-02T00:00:00Z');
      expect(await importOfficialUnits(db, past)).toEqual({ units: 0, states: 1 });
      const history = await rows(
        db,
        `select name, recorded_to is null as stands, lead(recorded_from) over (order by recorded_from) = recorded_to as seamless
         from org_unit_state where unit_id = (select id from org_unit where code = '05953') order by recorded_from`,
      );
      expect(history).toEqual([
        { name: 'Kha Son', stands: false, seamless: true },
        { name: 'Kha Sơn', stands: true, seamless: null },
      ]);
      const local = new UnitsService(db, new Clock());
      expect((await local.search({ under: '19', level: 3 })).items.map((unit) => unit.title)).toEqual(['xóm Đình']);
      expect((await local.search({ under: '19' })).total).toBe(93);
    } finally {
      await other.drop();
    }
  });
});
