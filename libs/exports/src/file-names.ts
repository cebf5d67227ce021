/** Names of files in the habit of the offices, in ASCII: "TongHop_NQ57_6thang_dau_nam_2026_ThaiNguyen.xlsx". */
import { roundLabel } from '#rollups';

/** @param what "TongHop"; @param of whose figures: letters, digits, "_" and "-" only come out */
export function fileName(
  what: string,
  of: { programme: { code: string }; round: string; unit: { name: string } },
  extension: string,
): string {
  const subject = ascii(of.programme.code.split('-')[0]!);
  const label = roundLabel(of.round).replace('6 tháng', '6thang').replace(/^đợt /, '');
  const period = ascii(label).replaceAll(' ', '_');
  const place = ascii(of.unit.name)
    .split(' ')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  return `${what}_${subject}_${period}_${place}.${extension}`;
}

function ascii(text: string): string {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D');
  return plain.replace(/[^A-Za-z0-9]+/g, ' ').trim();
}
