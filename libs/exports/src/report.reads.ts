/**
 * The SQL of reports as documents, as of an instant: which version a unit's figures were taken from, what it says of itself,
 * its notes and its texts. Figures themselves come from the totals.
 */
import { type Db, type Instant, row, rows } from '#core';
import type { FigureNote, OwnReport, ReportSource, SourceVersion, SummaryNarrative } from './summary.js';

const STANDING = `st.recorded_from <= $4::timestamptz and (st.recorded_to is null or st.recorded_to > $4::timestamptz)`;

type RawVersion = Omit<SourceVersion, 'receivedAt' | 'recordedAt'> & { receivedAt: string; recordedAt: string };

const VERSION = `jsonb_build_object('number', v.number, 'receivedAt', v.received_at, 'recordedAt', v.recorded_at,
  'documentNumber', v.header->>'documentNumber', 'documentDate', v.header->>'documentDate', 'signer', v.header->>'signer')`;

const readVersion = (raw: RawVersion | null): SourceVersion | null =>
  raw && { ...raw, receivedAt: new Date(raw.receivedAt), recordedAt: new Date(raw.recordedAt) };

/** Every unit that owed a report to this parent, with the versions that stood on either basis. */
export async function reportSources(
  db: Db,
  parentId: number,
  programme: string,
  round: string,
  at: Instant,
): Promise<ReportSource[]> {
  type Raw = { unit: ReportSource['unit']; accepted: RawVersion | null; received: RawVersion | null };
  const found = await rows<Raw>(
    db,
    `select jsonb_build_object('code', u.code, 'kind', u.kind, 'name', u.name) as unit,
       (jsonb_agg(${VERSION}) filter (where st.basis = 'accepted' and v.id is not null))->0 as accepted,
       (jsonb_agg(${VERSION}) filter (where st.basis = 'received' and v.id is not null))->0 as received
     from obligation o
     join round r on r.id = o.round_id join programme p on p.id = r.programme_id
     cross join lateral org_unit_known(o.unit_id, o.due_on) u
     join standing st on st.obligation_id = o.id and ${STANDING}
     left join report_version v on v.id = st.version_id
     where o.parent_id = $1 and p.code = $2 and r.code = $3
     group by u.code, u.kind, u.name order by u.code`,
    [parentId, programme, round, at],
  );
  return found.map(({ unit, accepted, received }) => ({
    unit,
    accepted: readVersion(accepted),
    received: readVersion(received),
  }));
}

/** What the units of a parent wrote, from the versions that count as received, by section. */
export function narrativesOf(
  db: Db,
  parentId: number,
  programme: string,
  round: string,
  at: Instant,
): Promise<SummaryNarrative[]> {
  return rows<SummaryNarrative>(
    db,
    `select u.code as "unitCode", u.name as "unitName", u.kind as "unitKind", i.code as section, i.name as "sectionName", n.body as text
     from obligation o
     join round r on r.id = o.round_id join programme p on p.id = r.programme_id
     cross join lateral org_unit_known(o.unit_id, o.due_on) u
     join standing st on st.obligation_id = o.id and st.basis = 'received' and ${STANDING}
     join narrative n on n.version_id = st.version_id join indicator i on i.id = n.indicator_id
     where o.parent_id = $1 and p.code = $2 and r.code = $3 and btrim(n.body) <> ''
     order by i.position, u.code`,
    [parentId, programme, round, at],
  );
}

/** A unit's own report: the version that counts as received. @returns null when there is none */
export async function ownReport(
  db: Db,
  unitId: number,
  programme: string,
  round: string,
  at: Instant,
): Promise<OwnReport | null> {
  type Raw = {
    version: RawVersion;
    body: string | null;
    containsNoSecrets: boolean;
    notes: ({ indicator: string } & FigureNote)[];
    narratives: OwnReport['narratives'];
  };
  const found = await row<Raw>(
    db,
    `select ${VERSION} as version, v.header->>'body' as body, v.header @> '{"containsNoSecrets": true}' as "containsNoSecrets",
       (select coalesce(jsonb_agg(jsonb_build_object('indicator', i.code, 'note', t.note, 'documentNumber', t.document_number,
          'documentDate', t.document_date)), '[]')
        from figure_note t join indicator i on i.id = t.indicator_id where t.version_id = v.id) as notes,
       (select coalesce(jsonb_agg(jsonb_build_object('section', i.code, 'sectionName', i.name, 'text', n.body) order by i.position), '[]')
        from narrative n join indicator i on i.id = n.indicator_id where n.version_id = v.id and btrim(n.body) <> '') as narratives
     from obligation o
     join round r on r.id = o.round_id join programme p on p.id = r.programme_id
     join standing st on st.obligation_id = o.id and st.basis = 'received' and ${STANDING}
     join report_version v on v.id = st.version_id
     where o.unit_id = $1 and p.code = $2 and r.code = $3`,
    [unitId, programme, round, at],
  );
  if (!found) return null;
  const { version, body, containsNoSecrets, notes, narratives } = found;
  const byIndicator = new Map(notes.map(({ indicator, ...note }) => [indicator, note]));
  return { ...readVersion(version)!, body, containsNoSecrets, notes: byIndicator, narratives };
}
