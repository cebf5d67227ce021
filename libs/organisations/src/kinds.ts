/**
 * The kinds of organisation units and what they are called in Vietnamese: the nation, the two kinds of provinces, the
 * three of communes (Luật Tổ chức chính quyền địa phương 2025), and the local units that report below a commune.
 */
export const NATION = 'VN';

export const levels = { nation: 0, province: 1, commune: 2, local: 3 } as const;
export type Level = (typeof levels)[keyof typeof levels];

type KindEntry = {
  level: Level;
  label: string;
  /** What stands before the name in a title; empty where the name already says what it is. */
  before: string;
};

const kind = (level: Level, label: string, before: string = label): KindEntry => ({ level, label, before });

const catalogue = {
  quoc_gia: kind(levels.nation, 'quốc gia', ''),
  tinh: kind(levels.province, 'tỉnh'),
  thanh_pho_truc_thuoc_trung_uong: kind(levels.province, 'thành phố trực thuộc trung ương', 'thành phố'),
  xa: kind(levels.commune, 'xã'),
  phuong: kind(levels.commune, 'phường'),
  dac_khu: kind(levels.commune, 'đặc khu'),
  thon: kind(levels.local, 'thôn'),
  xom: kind(levels.local, 'xóm'),
  lang: kind(levels.local, 'làng'),
  ban: kind(levels.local, 'bản'),
  buon: kind(levels.local, 'buôn'),
  ap: kind(levels.local, 'ấp'),
  soc: kind(levels.local, 'sóc'),
  khu_pho: kind(levels.local, 'khu phố'),
  to_dan_pho: kind(levels.local, 'tổ dân phố'),
  khom: kind(levels.local, 'khóm'),
  tieu_khu: kind(levels.local, 'tiểu khu'),
  truong_hoc: kind(levels.local, 'trường học', ''),
  co_quan: kind(levels.local, 'cơ quan', ''),
} satisfies Record<string, KindEntry>;

export type UnitKind = keyof typeof catalogue;
export const unitKinds = Object.keys(catalogue) as UnitKind[];

export function isUnitKind(text: string): text is UnitKind {
  return Object.hasOwn(catalogue, text);
}

/** The level on which units of a kind stand: 0 nation, 1 province, 2 commune, 3 local unit. */
export function kindLevel(kind: UnitKind): Level {
  return catalogue[kind].level;
}

/** The kinds of local units that divide a commune's territory; schools and offices lie within them and overlap. */
export const territorialKinds = unitKinds.filter(
  (name) => catalogue[name].level === levels.local && catalogue[name].before !== '',
);

/** @returns the kind in Vietnamese, lower case: `xa` → "xã" */
export function kindLabel(kind: UnitKind): string {
  return catalogue[kind].label;
}

/** The unit as running text names it: "xã Kha Sơn", "thành phố Hà Nội", "thôn 3"; a school or office is its name alone. */
export function unitTitle(unit: { kind: UnitKind; name: string }): string {
  const { before } = catalogue[unit.kind];
  return before ? `${before} ${unit.name}` : unit.name;
}
