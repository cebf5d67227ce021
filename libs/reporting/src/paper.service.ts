/**
 * "Nộp ngoài hệ thống": a report that came on paper or by another way is recorded by the level above, with the paper's
 * number, its date and the day on which it came. That day decides on time or late; the version is marked for good by the
 * day of receipt in its header. Everything else is the rule for any report (docs/semantics.md §3).
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { Clock, type Db, isDay, Problem, row, startOfLocalDay } from '#core';
import { ReportsService, type Submission, type SubmitAnswer } from './reports.service.js';

export type PaperReport = Submission & {
  unitCode: string;
  /** YYYY-MM-DD: the day on which the paper came. */
  receivedOn: string;
};

const inVietnamese = (day: string) => day.split('-').reverse().join('/');

@Injectable()
export class PaperService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
    private readonly reports: ReportsService,
  ) {}

  /**
   * Records the paper report of a unit below the caller's. Refused figures are an answer (`stored: false`), as ever.
   * @param db a transaction that this shall be part of
   * @throws Problem paper.invalid | paper.before_extension | obligation.not_found | report.stale | round.closed |
   *   idempotency.mismatch | access.denied for the caller's own unit
   */
  async record(caller: Caller, wish: PaperReport, db: Db = this.dataSource): Promise<SubmitAnswer> {
    const { unitCode, receivedOn, ...report } = wish;
    const unit = await this.access.reach(caller, unitCode);
    if (unit.id === caller.unitId) throw new Problem('access.denied', { verb: 'report.record' });
    await this.check(unit, wish, db);
    // For the record the reviewer's account did it; the obligation is the unit's.
    const onBehalf = { ...caller, unitId: unit.id, unitCode: unit.code, unitLevel: unit.level };
    const header = { ...report.header, receivedOn };
    return this.reports.submit(onBehalf, { ...report, header }, startOfLocalDay(receivedOn), db);
  }

  private async check(unit: { id: number; code: string }, wish: PaperReport, db: Db): Promise<void> {
    const { receivedOn, header } = wish;
    const fault = (reason: string, reasonEn: string) => new Problem('paper.invalid', { reason, reasonEn });
    if (!header?.documentNumber?.trim()) throw fault('thiếu số văn bản', 'the number of the document is missing');
    const dated = header.documentDate ?? '';
    if (!isDay(dated))
      throw fault('thiếu ngày văn bản (năm-tháng-ngày)', 'the date of the document is missing (YYYY-MM-DD)');
    if (!isDay(receivedOn)) throw fault('ngày đến phải ghi năm-tháng-ngày', 'the day of receipt is YYYY-MM-DD');
    const today = this.clock.today();
    if (receivedOn > today)
      throw fault(`ngày đến ${inVietnamese(receivedOn)} chưa tới`, `the day of receipt ${receivedOn} is still to come`);
    if (dated > receivedOn)
      throw fault(
        `ngày văn bản ${inVietnamese(dated)} sau ngày đến ${inVietnamese(receivedOn)}`,
        `the document is dated ${dated}, after the day of receipt ${receivedOn}`,
      );
    const ground = await row<{ from: string; due: string | null; granted: string | null }>(
      db,
      `select r.data_from::text as "from", x.due, x.granted
       from obligation o join round r on r.id = o.round_id join programme p on p.id = r.programme_id
       left join lateral (
         select to_char(x.from_due_on, 'DD/MM/YYYY') as due,
           to_char(x.recorded_at at time zone 'Asia/Ho_Chi_Minh', 'DD/MM/YYYY') as granted
         from extension x
         where x.obligation_id = o.id and x.from_due_before <= $4
           and (x.recorded_at at time zone 'Asia/Ho_Chi_Minh')::date > $5::date
         order by x.recorded_at limit 1) x on true
       where o.unit_id = $1 and p.code = $2 and r.code = $3 and o.state = 'owed'`,
      [unit.id, wish.programme, wish.round, startOfLocalDay(receivedOn), receivedOn],
    );
    if (!ground) throw new Problem('obligation.not_found', { unit: unit.code, round: wish.round });
    if (receivedOn < ground.from)
      throw fault(
        `ngày đến ${inVietnamese(receivedOn)} trước kỳ số liệu (từ ${inVietnamese(ground.from)})`,
        `the day of receipt ${receivedOn} is before the period's data begin (${ground.from})`,
      );
    if (ground.granted)
      throw new Problem('paper.before_extension', {
        receivedOn: inVietnamese(receivedOn),
        due: ground.due,
        grantedOn: ground.granted,
      });
  }
}
