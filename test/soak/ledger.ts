/**
 * What writers were told: every submission by its idempotency key, its mark, and the answer, if one came. At the end the
 * record must hold each acknowledged one once, and none that was refused.
 */
import { type Db, rows } from '#core';
import type { Submission } from '#reporting';
import { MARKED } from './chance.js';
import type { Place } from './country.js';

export type Sent = {
  place: Place;
  submission: Submission & { idempotencyKey: string };
  mark: number;
  /** Number of the stored version, the code of the refusal, or null while no answer has come. */
  answer: number | string | null;
};

export class Ledger {
  readonly sent: Sent[] = [];
  private marks = 0;

  nextMark(): number {
    return ++this.marks;
  }

  /** @returns what does not agree between the answers and the record, in words */
  async disagreements(db: Db): Promise<string[]> {
    const stored = await rows<{ key: string; number: number; versionId: string; place: string; mark: string }>(
      db,
      `select v.idempotency_key as key, v.number::int as number, v.id::text as "versionId",
              u.code || ' ' || r.code as place, v.n[i.position]::text as mark
       from report_version v
       join obligation o on o.id = v.obligation_id join round r on r.id = o.round_id join org_unit u on u.id = o.unit_id
       join indicator i on i.programme_id = r.programme_id and i.code = $1
       where v.idempotency_key is not null`,
      [MARKED],
    );
    const [{ versions }] = (await rows<{ versions: number }>(
      db,
      'select count(*)::int as versions from report_version',
    )) as [{ versions: number }];
    const wrong: string[] = [];
    const byKey = new Map(stored.map((entry) => [entry.key, entry]));
    let acknowledged = 0;
    for (const { place, submission, mark, answer } of this.sent) {
      const key = submission.idempotencyKey;
      const found = byKey.get(key);
      if (answer === null) wrong.push(`${key}: never answered`);
      else if (typeof answer === 'string') {
        if (found) wrong.push(`${key}: refused (${answer}), yet stored as version ${found.versionId}`);
      } else {
        acknowledged++;
        if (!found) wrong.push(`${key}: acknowledged as number ${answer}, and lost`);
        else if (
          found.number !== answer ||
          found.place !== `${place.unitCode} ${place.round}` ||
          found.mark !== String(mark)
        )
          wrong.push(`${key}: acknowledged ${answer} with mark ${mark}, stored ${JSON.stringify(found)}`);
      }
    }
    if (new Set(stored.map((entry) => entry.versionId)).size !== stored.length) wrong.push('two keys share a version');
    if (versions !== acknowledged) wrong.push(`${acknowledged} submissions acknowledged, ${versions} versions stored`);
    return wrong;
  }
}
