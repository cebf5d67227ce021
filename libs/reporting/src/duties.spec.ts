/**
 * Who reports to whom until when: every row of the table in docs/semantics.md §1, in the document's wording and as the round
 * makes it an obligation; then what the receiver's word and reading change, from the next round on.
 */
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { PlansService } from '#programmes';
import { openServices, PROGRAMME, type Services } from '../../../test/support/services.js';

let service: Services;
let plans: PlansService;
beforeAll(async () => {
  service = await openServices('2026-05-20T08:00:00+07:00');
  plans = new PlansService(service.db.dataSource, service.clock);
  await service.rounds.open(null, PROGRAMME, '2026H1');
});
afterAll(() => service?.close());

/** What a commune owes: [last day, first instant that is too late, plan the date is from, its wording]. */
const owed = async (unit: string, round: string) => {
  const caller = await service.caller(unit, 'viewer');
  const { dueOn, dueBefore, duePlan, dueWording } = await service.reader.report(caller, null, PROGRAMME, round);
  return [dueOn, dueBefore.toISOString(), duePlan, dueWording];
};
const duty = async (plan: string, edge: string) =>
  (await plans.plan(null, PROGRAMME, plan)).duties.find((one) => one.edge === edge);
const BY_DEFAULT = ['2026-06-10', '2026-06-10T17:00:00.000Z', null, '10/6 và 10/12 hằng năm'];

describe('the table, row by row', () => {
  test('programme default, commune → province', async () => {
    const { defaultDuty } = await plans.programme(PROGRAMME);
    expect(defaultDuty).toMatchObject({ receiver: 'Sở Khoa học và Công nghệ', dueH1: '06-10', dueH2: '12-10' });
    expect(defaultDuty).toMatchObject({ confirmed: true, strict: false, weekendToMonday: false });
    // Before the data end of 14/6 and 14/12: said once, on the duty.
    expect(defaultDuty.dueBeforeCutoff).toBe(true);
    expect(await owed('05977', '2026H1')).toEqual(BY_DEFAULT);
  });

  test('Ia Pia, what lies below → UBND xã: a duty below, in its own words', async () => {
    expect(await duty('ia-pia', 'below')).toMatchObject({
      reporters: 'các phòng, ban, đơn vị có liên quan; các trường học; các thôn, làng',
      receiverWording: 'UBND xã (qua phòng Văn hoá - Xã hội)',
      dueWording: 'trước ngày 10/6 và 10/12 hàng năm',
      ...{ dueH1: '06-10', dueH2: '12-10', confirmed: true },
    });
  });

  test('Ia Pia, Phòng VH-XH → Sở KH&CN: its own date', async () => {
    const { unitCode } = await plans.plan(null, PROGRAMME, 'ia-pia');
    const wording = 'Định kỳ trước ngày 15 tháng 6 và trước ngày 15 tháng 12 hằng năm hoặc đột xuất khi có yêu cầu';
    expect(await duty('ia-pia', 'upward')).toMatchObject({ reporters: 'Phòng Văn hoá - Xã hội', dueWording: wording });
    expect(await owed(unitCode, '2026H1')).toEqual(['2026-06-15', '2026-06-15T17:00:00.000Z', 'ia-pia', wording]);
  });

  test('Nam Cường → "Bộ KH&CN, UBND tỉnh": its own date, routed to the province, wording kept', async () => {
    const wording = 'định kỳ trước ngày 20 tháng 6 và trước ngày 20 tháng 12 hằng năm hoặc đột xuất khi có yêu cầu';
    expect(await duty('nam-cuong', 'upward')).toMatchObject({
      reporters: 'Trung tâm Phục vụ hành chính công',
      receiverWording: 'Bộ Khoa học và Công nghệ, UBND tỉnh',
      dueWording: wording,
    });
    expect(await owed('02026', '2026H1')).toEqual(['2026-06-20', '2026-06-20T17:00:00.000Z', 'nam-cuong', wording]);
    const province = await service.caller('19', 'viewer');
    const page = await service.completeness.list(
      province,
      { programme: PROGRAMME, round: '2026H1' },
      {},
      { first: 200 },
    );
    expect(page.items.filter(({ unit }) => unit.code === '02026')).toHaveLength(1);
  });

  test('Kha Sơn "theo quy định": the default; what lies below is inferred and undated', async () => {
    expect(await duty('kha-son', 'upward')).toMatchObject({
      dueWording: 'theo quy định',
      dueH1: null,
      inferred: false,
    });
    expect(await duty('kha-son', 'below')).toMatchObject({ dueWording: null, dueH1: null, inferred: true });
    expect(await owed('05953', '2026H1')).toEqual(BY_DEFAULT);
  });

  test('Hữu Lũng: below "theo định kỳ" without a date; upward "theo quy định", the body inferred, among the 65', async () => {
    expect(await duty('huu-lung', 'below')).toMatchObject({
      reporters: 'Các thôn, khu phố trên địa bàn xã',
      receiverWording: 'UBND xã (qua Phòng Văn hóa – Xã hội)',
      ...{ dueWording: 'theo định kỳ', dueH1: null, inferred: false },
    });
    expect(await duty('huu-lung', 'upward')).toMatchObject({
      receiver: 'Sở Văn hóa, Thể thao và Du lịch',
      receiverWording: 'cơ quan chuyên môn cấp trên',
      ...{ dueWording: 'theo quy định', dueH1: null, inferred: true },
    });
    expect(await owed('06385', '2026H1')).toEqual(BY_DEFAULT);
    const province = await service.caller('20', 'viewer');
    const asked = { programme: PROGRAMME, round: '2026H1' };
    expect((await service.completeness.summary(province, asked)).expected).toBe(65);
  });
});

describe('the receiver’s word', () => {
  const decide = async (key: string, unit: string, decision: object) =>
    plans.confirmDuty(await service.caller(unit, 'reviewer'), {
      programme: PROGRAMME,
      key,
      confirmed: true,
      ...decision,
    });

  it('moves due dates of rounds opened from then on, never of an open one', async () => {
    const { unitCode } = await plans.plan(null, PROGRAMME, 'ia-pia');
    const before = [await owed(unitCode, '2026H1'), await owed('02026', '2026H1')];
    service.at('2026-06-16T08:00:00+07:00');
    await decide('ia-pia', 'VN', { strict: true });
    // 20/12/2026 is a Sunday.
    await decide('nam-cuong', '19', { weekendToMonday: true });
    await service.rounds.open(null, PROGRAMME, '2026H2');
    expect([await owed(unitCode, '2026H1'), await owed('02026', '2026H1')]).toEqual(before);
    expect((await owed(unitCode, '2026H2')).slice(0, 3)).toEqual(['2026-12-15', '2026-12-14T17:00:00.000Z', 'ia-pia']);
    expect((await owed('02026', '2026H2')).slice(0, 3)).toEqual([
      '2026-12-21',
      '2026-12-21T17:00:00.000Z',
      'nam-cuong',
    ]);
  });

  it('withdrawn, the programme’s default holds again', async () => {
    await decide('nam-cuong', '19', { confirmed: false, weekendToMonday: false });
    await service.rounds.open(null, PROGRAMME, '2027H1');
    expect(await owed('02026', '2027H1')).toEqual(['2027-06-10', '2027-06-10T17:00:00.000Z', null, BY_DEFAULT[3]]);
  });
});
