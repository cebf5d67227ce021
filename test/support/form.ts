/** The Excel form as an officer handles it: opened, cells found by their row, written in, saved by another program. */
import exceljs, { type CellValue, type Worksheet } from 'exceljs';

export type Written = Record<string, CellValue | undefined>;

export class OpenForm {
  private constructor(readonly workbook: exceljs.Workbook) {}

  static async open(bytes: Uint8Array): Promise<OpenForm> {
    const workbook = new exceljs.Workbook();
    await workbook.xlsx.load(bytes as never);
    return new OpenForm(workbook);
  }

  /** The sheet of a unit; the first one by default. */
  sheet(unit?: string): Worksheet {
    const found = this.workbook.worksheets.find((sheet) => unit === undefined || sheet.getCell('A1').value === unit);
    if (!found) throw new Error(`No sheet of ${unit}`);
    return found;
  }

  /** "F16": where a row (its name in the hidden column) meets a column. */
  place(column: string, key: string, unit?: string): string {
    const sheet = this.sheet(unit);
    const name = key.replaceAll('_', '.');
    for (let row = 1; row <= sheet.rowCount; row++) if (sheet.getCell(row, 1).value === name) return `${column}${row}`;
    throw new Error(`No row "${key}"`);
  }

  /** Writes cells named by "column row", as in { 'F tin_bai': 12 }. */
  write(cells: Written, unit?: string): this {
    for (const [name, value] of Object.entries(cells)) {
      const [column, key] = name.split(' ') as [string, string];
      this.sheet(unit).getCell(this.place(column, key, unit)).value = value ?? null;
    }
    return this;
  }

  async save(): Promise<Buffer> {
    return Buffer.from(await this.workbook.xlsx.writeBuffer());
  }
}

/** What each sending says anew: the form does not come with it. */
export const DECLARED: Written = { 'F van_ban/containsNoSecrets': 'Không chứa nội dung mật' };

/** A commune's whole report, as test/support/figures.ts has it. */
export const usualCells: Written = {
  'F nguoi_dan_tiep_can/numerator': 1000,
  'F nguoi_dan_tiep_can/denominator': 10000,
  'F can_bo_duoc_pho_bien/numerator': 40,
  'F can_bo_duoc_pho_bien/denominator': 40,
  'G nhiem_vu_khcn_truyen_thong': 'Không phát sinh',
  'G nhiem_vu_khcn_luu_giu_va_truyen_thong': 'Không phát sinh',
  'F can_bo_phu_trach_ubnd_duoc_dao_tao/numerator': 1,
  'F can_bo_phu_trach_ubnd_duoc_dao_tao/denominator': 2,
  'F can_bo_truyen_thong_dia_ban_duoc_dao_tao/numerator': 3,
  'F can_bo_truyen_thong_dia_ban_duoc_dao_tao/denominator': 8,
  'F ke_hoach_ban_hanh': 'Có',
  'F chuyen_muc_duy_tri': 'Có',
  'F khen_thuong_hang_nam': 'Không',
  'F chuong_trinh_dao_tao': 'Không',
  'F ke_hoach_phu_song': 'Không',
  'F tin_bai': 12,
  'F san_pham_truyen_thong_so': 4,
  'F buoi_phat_thanh': 60,
  'F hoi_nghi_tuyen_truyen': 2,
  'F kenh_mang_xa_hoi': 3,
  ...DECLARED,
};
