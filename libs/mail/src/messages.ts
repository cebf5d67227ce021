/**
 * Every text that leaves as a mail, on this one page. A message is a function from what it tells to subject, plain text
 * and HTML of the same content; each documents its variables. Wording follows the habits of official correspondence:
 * "Kính gửi … trân trọng gửi …", the file attached and named, who is missing named, never only a link.
 */
import { DateTime } from 'luxon';
import { VIETNAM } from '#core';

export type MailText = { subject: string; text: string; html: string };

type HeadlineFigure = {
  /** The indicator's name. */
  name: string;
  /** As the totals display it: "86,4 % (950/1.100)", "không phát sinh", "chưa có số liệu". */
  display: string;
  /** "≥ 10 % (năm 2026)", or null without a target. */
  target: string | null;
  /** "Đạt trên số đã báo cáo (91/92 đơn vị)", "Đang thực hiện" … */
  status: string;
};

export type SummaryMail = {
  /** Who is addressed: "Sở Khoa học và Công nghệ tỉnh Thái Nguyên". */
  receiver: string;
  /** The unit summed up, with its kind: "tỉnh Thái Nguyên". */
  unit: string;
  /** "6 tháng đầu năm 2026" */
  period: string;
  /** In the order of the programme; may be empty while nothing is accepted. */
  figures: HeadlineFigure[];
  /** Units that have reported, and units that owe a report. */
  reported: number;
  expected: number;
  /** Names of the units without a report, in the order to be read; the mail names the first 20. */
  missing: string[];
  /** Title of an illustrative plan that targets above come from, or null. */
  illustrativePlan: string | null;
  /** The instant up to which the record was read. */
  asOf: Date;
  /** Name of the attached file. */
  attachment: string;
  /** The newest seal on the log of events: kept by its readers, it proves later that the log was not changed. */
  seal?: { number: number; head: string } | null;
  /** Sent to who asked only, to be looked at. */
  sample?: boolean;
  /** When it should have gone out, of one that is made up for after an outage. */
  lateOf?: Date | null;
};

const NAMED = 20;

/** The summary of a province and period, as it goes to the department that answers for it. */
export function summaryMail(about: SummaryMail): MailText {
  const { receiver, unit, period, attachment } = about;
  const intro = `Hệ thống báo cáo thực hiện Chương trình truyền thông về Nghị quyết số 57-NQ/TW trân trọng gửi bảng tổng hợp báo cáo ${period} của ${unit}, số liệu đến ${moment(about.asOf)} (giờ Việt Nam).`;
  const reported = `Đã báo cáo: ${number(about.reported)}/${number(about.expected)} đơn vị.`;
  const missing = missingLine(about.missing);
  const illustrative = about.illustrativePlan
    ? `Lưu ý: mục tiêu lấy từ "${about.illustrativePlan}" là mục tiêu minh hoạ, không phải văn bản đã ban hành.`
    : null;
  const file = `Tệp đính kèm: ${attachment}`;
  const seal = about.seal
    ? `Niêm phong nhật ký hệ thống số ${about.seal.number} (SHA-256, lưu để đối chiếu): ${about.seal.head}`
    : null;
  const closing = about.sample
    ? 'Thư mẫu được lập theo yêu cầu. Trân trọng./.'
    : 'Thư được gửi tự động theo lịch đã đăng ký. Trân trọng./.';
  const notice = about.sample
    ? 'THƯ MẪU: chỉ gửi cho người yêu cầu để xem trước, không phải thư gửi theo lịch.'
    : about.lateOf
      ? `Thư gửi bù cho lần gửi lúc ${moment(about.lateOf)}, khi hệ thống bị gián đoạn.`
      : null;

  const heading = 'Kết quả chính (số liệu đã duyệt):';
  const none = 'Chưa có số liệu đã duyệt.';
  const lines = about.figures.map(
    ({ name, display, target, status }, i) =>
      `${i + 1}. ${name}: ${display}; mục tiêu: ${target ?? '–'}; đánh giá: ${status}`,
  );
  const text = [
    ...(notice ? [notice] : []),
    `Kính gửi: ${receiver}`,
    intro,
    about.figures.length > 0 ? [heading, ...lines].join('\n') : none,
    [reported, missing, illustrative].filter((line) => line !== null).join('\n'),
    [file, seal].filter((line) => line !== null).join('\n'),
    closing,
  ].join('\n\n');
  const html = page([
    ...(notice ? [paragraph(notice)] : []),
    paragraph(`Kính gửi: ${receiver}`),
    paragraph(intro),
    ...(about.figures.length > 0 ? [paragraph(heading), table(about.figures)] : [paragraph(none)]),
    ...[reported, missing, illustrative, file, seal, closing].filter((line) => line !== null).map(paragraph),
  ]);
  return {
    subject: oneLine(`${about.sample ? '[MẪU] ' : ''}[NQ57] Tổng hợp báo cáo ${period} – ${unit}`),
    text: `${text}\n`.normalize('NFC'),
    html: html.normalize('NFC'),
  };
}

type ReminderMail = {
  /** "xã Kha Sơn" */
  unit: string;
  /** "Sở Khoa học và Công nghệ tỉnh Thái Nguyên" */
  receiver: string;
  /** "6 tháng đầu năm 2026" */
  period: string;
  /** YYYY-MM-DD, the last day that is on time. */
  lastDay: string;
  /** Whole days until then; negative afterwards. */
  daysLeft: number;
  /** Asked for by a person at the receiver's, not by the calendar. */
  byHand: boolean;
};

/** To a unit whose report has not come. */
export function reminderMail({ unit, receiver, period, lastDay, daysLeft, byHand }: ReminderMail): MailText {
  const state =
    daysLeft > 0
      ? `hạn nộp là hết ngày ${dayText(lastDay)}, còn ${daysLeft} ngày`
      : daysLeft === 0
        ? `hạn nộp là hết hôm nay, ngày ${dayText(lastDay)}`
        : `hạn nộp là hết ngày ${dayText(lastDay)}, đã quá ${-daysLeft} ngày`;
  return letter(`[NQ57] Nhắc nộp báo cáo ${period} – ${unit} (hạn ${dayText(lastDay)})`, [
    `Kính gửi: ${unit[0]!.toUpperCase()}${unit.slice(1)}`,
    `Báo cáo ${period} về thực hiện Chương trình truyền thông về Nghị quyết số 57-NQ/TW của ${unit} gửi ${receiver}: ${state}. Đến nay hệ thống chưa nhận được báo cáo.`,
    'Đề nghị đơn vị nộp báo cáo trên hệ thống. Nếu đã nộp bản giấy hoặc cần gia hạn, đề nghị báo nơi nhận báo cáo để ghi nhận.',
    byHand
      ? `Thư được gửi theo yêu cầu của ${receiver}. Trân trọng./.`
      : 'Thư được gửi tự động và dừng khi hệ thống nhận được báo cáo. Trân trọng./.',
  ]);
}

/** `lastDay`: YYYY-MM-DD, the last day that is on time. */
export type MissingUnit = { name: string; lastDay: string; hasAddress: boolean };

type DigestMail = {
  /** The receiving unit: "tỉnh Thái Nguyên". */
  unit: string;
  period: string;
  /** Units that owe a report. */
  expected: number;
  /** YYYY-MM-DD, today. */
  day: string;
  /** Units whose report has not come, in the order to be read. */
  missing: MissingUnit[];
  /** How many more are missing than are named. */
  more: number;
};

/** To the receiver: who is missing, the overdue first, and who could not be reminded. */
export function digestMail({ unit, period, expected, day, missing, more }: DigestMail): MailText {
  const named = (units: MissingUnit[]) =>
    units.map(({ name, lastDay }) => `${name} (hạn ${dayText(lastDay)})`).join('; ');
  const overdue = missing.filter(({ lastDay }) => lastDay < day);
  const coming = missing.filter(({ lastDay }) => lastDay >= day);
  const silent = missing.filter(({ hasAddress }) => !hasAddress);
  const count = missing.length + more;
  const part = (title: string, units: MissingUnit[], text: (units: MissingUnit[]) => string = named) =>
    units.length === 0 ? [] : [`${title} (${number(units.length)} đơn vị): ${text(units)}.`];
  return letter(`[NQ57] ${number(count)} đơn vị chưa nộp báo cáo ${period} – ${unit}`, [
    `Kính gửi: ${unit[0]!.toUpperCase()}${unit.slice(1)}`,
    `Tính đến ngày ${dayText(day)}, ${number(count)}/${number(expected)} đơn vị chưa nộp báo cáo ${period} về thực hiện Chương trình truyền thông về Nghị quyết số 57-NQ/TW.`,
    ...part('Đã quá hạn', overdue),
    ...part('Chưa đến hạn', coming),
    ...(more > 0 ? [`và ${number(more)} đơn vị khác.`] : []),
    ...part('Chưa có địa chỉ thư nhận được nên chưa nhắc được', silent, (units) =>
      units.map(({ name }) => name).join('; '),
    ),
    'Các đơn vị có địa chỉ thư đã được nhắc trực tiếp. Thư được gửi tự động. Trân trọng./.',
  ]);
}

/** A mail of paragraphs alone. */
function letter(subject: string, paragraphs: string[]): MailText {
  return {
    subject: oneLine(subject),
    text: `${paragraphs.join('\n\n')}\n`.normalize('NFC'),
    html: page(paragraphs.map(paragraph)).normalize('NFC'),
  };
}

const dayText = (day: string) => day.split('-').reverse().join('/');

function missingLine(missing: string[]): string | null {
  if (missing.length === 0) return null;
  const more = missing.length - NAMED;
  const named = missing.slice(0, NAMED).join(', ');
  return `Chưa báo cáo (${number(missing.length)} đơn vị): ${named}${more > 0 ? ` và ${number(more)} đơn vị khác` : ''}.`;
}

function moment(instant: Date): string {
  return DateTime.fromJSDate(instant).setZone(VIETNAM).toFormat("HH 'giờ' mm 'phút ngày' dd/MM/yyyy");
}

const number = (count: number) => `${count}`.replace(/\B(?=(\d{3})+$)/g, '.');
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().normalize('NFC');

const CELL = 'border:1px solid #000;padding:3px 6px;vertical-align:top';

function table(figures: HeadlineFigure[]): string {
  const head = ['STT', 'Chỉ tiêu', 'Kết quả', 'Mục tiêu', 'Đánh giá'].map(
    (title) => `<th style="${CELL}">${title}</th>`,
  );
  const body = figures.map(({ name, display, target, status }, i) => {
    const cells = [`${i + 1}`, name, display, target ?? '–', status];
    return `<tr>${cells.map((cell) => `<td style="${CELL}">${escaped(cell)}</td>`).join('')}</tr>`;
  });
  return `<table style="border-collapse:collapse">\n<tr>${head.join('')}</tr>\n${body.join('\n')}\n</table>`;
}

function page(parts: string[]): string {
  return `<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"></head>
<body style="font-family:'Times New Roman',serif;font-size:16px">
${parts.join('\n')}
</body></html>
`;
}

const paragraph = (text: string) => `<p>${escaped(text)}</p>`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);
