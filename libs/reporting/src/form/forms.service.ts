/** The Excel form both ways: made for a unit or for all units below one, and read back as submissions. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessService, type Caller } from '#access';
import { Clock, Problem } from '#core';
import { formIndicators, formRound, formUnits } from './forms.query.js';
import { FormLayout } from './layout.js';
import { writeForms } from './writer.js';

export type FormFile = { fileName: string; bytes: Buffer };

@Injectable()
export class FormsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly access: AccessService,
  ) {}

  /**
   * The form of a unit that owes the round, filled in with its newest version or, before the first, with the denominators
   * of its last round (docs/semantics.md §3, §7). With `below`, one workbook of all units that report to the unit.
   * @throws Problem unit.not_found | round.not_found | obligation.not_found
   */
  async download(
    caller: Caller,
    wish: { programme: string; round: string; unit?: string | null; below?: boolean },
  ): Promise<FormFile> {
    const unit = await this.access.reach(caller, wish.unit);
    const round = await formRound(this.dataSource, wish.programme, wish.round);
    const wanted = wish.below ? { parentId: unit.id } : { unitIds: [unit.id] };
    const [indicators, units] = await Promise.all([
      formIndicators(this.dataSource, round),
      formUnits(this.dataSource, round, wanted, this.clock.today()),
    ]);
    if (units.length === 0) throw new Problem('obligation.not_found', { unit: unit.code, round: round.round.code });
    const bytes = await writeForms(new FormLayout(indicators), { ...round, units }, this.clock.now());
    const subject = ascii(wish.programme.split('-')[0]!);
    return { fileName: `Bieu_${subject}_${ascii(wish.round)}_${ascii(unit.code)}_${ascii(unit.name)}.xlsx`, bytes };
  }
}

/** ASCII letters and digits only: "Kha Sơn" → "KhaSon". */
const ascii = (text: string) =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('đ', 'd')
    .replaceAll('Đ', 'D')
    .replace(/[^A-Za-z0-9]+/g, '');
