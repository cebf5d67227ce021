/**
 * Every refusal of the service, in one catalogue: a stable code, an HTTP status, a Vietnamese and an English sentence
 * that say what to do. Thrown as `Problem`, formatted once at the door (apps/api problem.formatter).
 * Findings on figures are not problems: they are data of the answer (reporting/findings).
 */
type Details = Record<string, unknown>;
/** States, steps and progress in the words of the office; a word that is not here stays as it is. */
const WORDS: Record<string, string> = {
  ...{ none: 'chưa có báo cáo', submitted: 'đã nộp', superseded: 'đã có bản thay thế' },
  ...{ returned: 'đã trả lại', withdrawn: 'đã rút', accepted: 'đã chấp nhận' },
  ...{ submit: 'nộp', accept: 'chấp nhận', return: 'trả lại', withdraw: 'rút' },
  ...{ requested: 'đang chờ', running: 'đang lập', failed: 'không lập được' },
};
const inWords = (words: unknown): string =>
  String(words)
    .split(', ')
    .map((word) => WORDS[word] ?? word)
    .join(', ');

type Entry = { status: number; vi: (d: Details) => string; en: (d: Details) => string };

const catalogue = {
  'request.invalid': {
    status: 400,
    vi: (d) => `Yêu cầu không hợp lệ: ${d.reason}`,
    en: (d) => `The request is not valid: ${d.reason}`,
  },
  'request.media_type': {
    status: 415,
    vi: () => 'Chỉ nhận nội dung dạng application/json.',
    en: () => 'Only application/json is accepted.',
  },
  'request.method': {
    status: 405,
    vi: () => 'Thao tác ghi chỉ nhận bằng POST.',
    en: () => 'What changes something is taken by POST only.',
  },
  'request.too_large': {
    status: 413,
    vi: (d) => `Yêu cầu quá lớn: nhiều nhất ${d.most} byte. Chia nhỏ rồi gửi lại.`,
    en: (d) => `The request is too large: ${d.most} bytes at most. Send it in parts.`,
  },
  'request.batched': {
    status: 400,
    vi: () => 'Mỗi yêu cầu chỉ gồm một thao tác GraphQL; không nhận danh sách.',
    en: () => 'One GraphQL operation a request; a list of them is not taken.',
  },
  'request.too_slow': {
    status: 408,
    vi: (d) => `Yêu cầu gửi đến quá chậm: phải trọn vẹn trong ${d.seconds} giây. Kiểm tra đường truyền rồi gửi lại.`,
    en: (d) =>
      `The request arrived too slowly: it must be whole within ${d.seconds} s. Check the connection, send it again.`,
  },
  'request.too_many': {
    status: 429,
    vi: (d) => `Quá ${d.most} yêu cầu trong một phút. Đợi ${d.seconds} giây rồi gửi lại.`,
    en: (d) => `More than ${d.most} requests in a minute. Wait ${d.seconds} s, then send again.`,
  },
  'query.too_long': {
    status: 400,
    vi: (d) =>
      `Câu hỏi GraphQL quá dài: nhiều nhất ${d.tokens} từ tố và ${d.characters} ký tự. Đặt số liệu vào variables.`,
    en: (d) =>
      `The GraphQL document is too long: at most ${d.tokens} tokens and ${d.characters} characters. Put data into variables.`,
  },
  'query.too_deep': {
    status: 400,
    vi: (d) => `Câu hỏi GraphQL lồng quá sâu: nhiều nhất ${d.most} tầng.`,
    en: (d) => `The GraphQL document nests too deeply: ${d.most} levels at most.`,
  },
  'query.too_many_aliases': {
    status: 400,
    vi: (d) => `Câu hỏi GraphQL có quá nhiều bí danh: nhiều nhất ${d.most}. Chia thành nhiều yêu cầu.`,
    en: (d) => `The GraphQL document has too many aliases: ${d.most} at most. Ask in several requests.`,
  },
  'query.too_costly': {
    status: 400,
    vi: (d) =>
      `Câu trả lời có thể có đến ${d.cost} giá trị; nhiều nhất ${d.most}. Giảm "first", bớt trường, hoặc chia thành nhiều yêu cầu.`,
    en: (d) =>
      `The answer may hold ${d.cost} values; ${d.most} at most. Lower "first", ask for fewer fields, or in several requests.`,
  },
  'query.too_slow': {
    status: 408,
    vi: (d) =>
      `Quá ${d.seconds} giây chưa trả lời xong nên đã dừng chờ. Hỏi ít hơn; nếu là thao tác ghi, xem lại kết quả trước khi gửi lại.`,
    en: (d) =>
      `No answer within ${d.seconds} s, so it was given up. Ask for less; after a change, look before sending it again.`,
  },
  'route.not_found': {
    status: 404,
    vi: (d) => `Không có địa chỉ ${d.method} ${d.path}. GraphQL ở POST /graphql.`,
    en: (d) => `There is nothing at ${d.method} ${d.path}. GraphQL is at POST /graphql.`,
  },
  'auth.required': {
    status: 401,
    vi: () => 'Cần mã truy cập (token). Gửi trong tiêu đề "Authorization: Bearer …".',
    en: () => 'A token is needed. Send it in the header "Authorization: Bearer …".',
  },
  'auth.expired': {
    status: 401,
    vi: (d) => `Mã truy cập ${d.prefix}… đã hết hạn ngày ${d.on}. Đề nghị cấp trên cấp lại.`,
    en: (d) => `The token ${d.prefix}… expired on ${d.on}. Ask the level above for a new one.`,
  },
  'auth.revoked': {
    status: 401,
    vi: (d) => `Mã truy cập ${d.prefix}… đã bị thu hồi. Đề nghị cấp trên cấp lại.`,
    en: (d) => `The token ${d.prefix}… has been revoked. Ask the level above for a new one.`,
  },
  'auth.not_assigned': {
    status: 401,
    vi: (d) =>
      `Phân công của mã truy cập ${d.prefix}… chỉ có hiệu lực từ ${d.from} đến ${d.until}. Đề nghị cấp trên gia hạn.`,
    en: (d) =>
      `The assignment of the token ${d.prefix}… holds from ${d.from} to ${d.until} only. Ask the level above to extend it.`,
  },
  'auth.address': {
    status: 403,
    vi: (d) =>
      `Mã truy cập ${d.prefix}… không được dùng từ địa chỉ ${d.address}. Dùng từ mạng đã đăng ký, hoặc đề nghị cấp trên cấp lại.`,
    en: (d) =>
      `The token ${d.prefix}… may not be used from the address ${d.address}. Use the network it is for, or ask the level above for another.`,
  },
  'access.not_held': {
    status: 403,
    vi: (d) => `Không thể cấp điều mà chính tài khoản này không có: ${d.what}.`,
    en: (d) => `Nobody grants what they do not hold: ${d.what}.`,
  },
  'access.denied': {
    status: 403,
    vi: (d) =>
      `Tài khoản không có quyền thực hiện thao tác này (${d.verb}). Dùng mã truy cập của đơn vị và vai trò có quyền, hoặc đề nghị cấp trên cấp.`,
    en: (d) =>
      `This account may not do this (${d.verb}). Use the token of a unit and role that may, or ask the level above for one.`,
  },
  'unit.not_found': {
    status: 404,
    vi: (d) => `Không tìm thấy đơn vị có mã "${d.code}" trong phạm vi của tài khoản.`,
    en: (d) => `No unit with code "${d.code}" within reach of this account.`,
  },
  'unit.not_commune': {
    status: 422,
    vi: (d) => `Đơn vị ${d.code} không phải xã, phường, đặc khu: chỉ cấp xã có đơn vị trực thuộc gửi báo cáo.`,
    en: (d) => `Unit ${d.code} is no commune: only communes have local units that report to them.`,
  },
  'local.undated': {
    status: 422,
    vi: (d) =>
      `Chưa có văn bản nào của đơn vị ${d.unit} đặt hạn cho các đơn vị trực thuộc. Ghi hạn của kỳ này (dueOn), hoặc nạp kế hoạch có hạn.`,
    en: (d) =>
      `No document of unit ${d.unit} dates the reports of its local units. Give the day for this period (dueOn), or import a plan that dates them.`,
  },
  'programme.not_found': {
    status: 404,
    vi: (d) => `Không tìm thấy chương trình "${d.code}".`,
    en: (d) => `There is no programme "${d.code}".`,
  },
  'plan.not_found': {
    status: 404,
    vi: (d) => `Không tìm thấy kế hoạch "${d.key}" trong phạm vi của tài khoản.`,
    en: (d) => `No plan "${d.key}" within reach of this account.`,
  },
  'duty.not_found': {
    status: 404,
    vi: (d) => `Kế hoạch "${d.key}" không đặt hạn riêng để báo cáo lên cấp trên; không có gì để xác nhận.`,
    en: (d) => `Plan "${d.key}" sets no dates of its own for reporting upward; there is nothing to confirm.`,
  },
  'plan.invalid': {
    status: 422,
    vi: (d) => `Tệp kế hoạch có ${d.count} lỗi; chưa ghi gì. Lỗi đầu tiên: ${d.first}`,
    en: (d) => `The plan file has ${d.count} errors; nothing was written. The first: ${d.first}`,
  },
  'round.not_found': {
    status: 404,
    vi: (d) => `Không có kỳ báo cáo "${d.code}".`,
    en: (d) => `There is no reporting period "${d.code}".`,
  },
  'round.exists': {
    status: 409,
    vi: (d) => `Kỳ báo cáo "${d.code}" đã được mở.`,
    en: (d) => `The reporting period "${d.code}" has been opened already.`,
  },
  'round.closed': {
    status: 409,
    vi: (d) =>
      `Kỳ ${d.code} đã chốt. Nếu cần sửa, đề nghị Sở KH&CN mở lại cho đơn vị (Sở mở lại bằng reopenRound, kèm lý do).`,
    en: (d) =>
      `Period ${d.code} is closed. Ask the province to reopen it for your unit (it does so by reopenRound, with a reason).`,
  },
  'round.not_closed': {
    status: 409,
    vi: (d) => `Kỳ ${d.code} chưa chốt: chưa có gì để mở lại hay so sánh.`,
    en: (d) => `Period ${d.code} is not closed: there is nothing to reopen or to compare with.`,
  },
  'asof.future': {
    status: 400,
    vi: (d) => `Thời điểm ${d.asked} chưa tới (hiện tại: ${d.now}).`,
    en: (d) => `The instant ${d.asked} has not been reached (now: ${d.now}).`,
  },
  'obligation.not_found': {
    status: 404,
    vi: (d) => `Đơn vị ${d.unit} không phải nộp báo cáo kỳ ${d.round}.`,
    en: (d) => `Unit ${d.unit} owes no report in period ${d.round}.`,
  },
  'report.not_found': {
    status: 404,
    vi: (d) => `Đơn vị ${d.unit} chưa có báo cáo kỳ ${d.round}.`,
    en: (d) => `Unit ${d.unit} has no report in period ${d.round}.`,
  },
  'report.no_version': {
    status: 404,
    vi: (d) => `Báo cáo kỳ ${d.round} của đơn vị ${d.unit} không có bản số ${d.number}.`,
    en: (d) => `The report of unit ${d.unit} in period ${d.round} has no version ${d.number}.`,
  },
  'report.stale': {
    status: 409,
    vi: (d) => `Báo cáo đã đổi: bạn sửa trên bản ${d.expected}, bản mới nhất là ${d.actual}. Tải lại rồi gửi lại.`,
    en: (d) =>
      `The report has moved on: you worked on version ${d.expected}, the newest is ${d.actual}. Reload and send again.`,
  },
  'report.wrong_step': {
    status: 409,
    vi: (d) =>
      `Bản báo cáo đang ở trạng thái "${inWords(d.state)}", không thể "${inWords(d.step)}". Có thể: ${d.allowed === 'none' ? 'không còn bước nào' : inWords(d.allowed)}.`,
    en: (d) => `The version is "${d.state}" and cannot take the step "${d.step}". Allowed: ${d.allowed}.`,
  },
  'report.secrecy_undeclared': {
    status: 422,
    vi: () =>
      'Chưa xác nhận nội dung gửi không chứa bí mật nhà nước (containsNoSecrets). Soát lại rồi xác nhận; nội dung mật không được gửi lên hệ thống này.',
    en: () =>
      'It is not declared that what is sent holds no state secrets (containsNoSecrets). Check, then declare it; secret content must not be sent to this service.',
  },
  'report.reason_needed': {
    status: 422,
    vi: () => 'Trả lại hoặc mở lại phải ghi rõ lý do.',
    en: () => 'Returning or reopening needs a reason.',
  },
  'draft.stale': {
    status: 409,
    vi: (d) =>
      `Bản nháp đã đổi: bạn sửa trên lần lưu ${d.expected}, lần lưu mới nhất là ${d.actual}${d.actual === 0 ? ' (không còn bản nháp)' : ''}. Tải lại rồi lưu lại.`,
    en: (d) =>
      `The draft has moved on: you worked on save ${d.expected}, the newest is ${d.actual}${d.actual === 0 ? ' (there is none any more)' : ''}. Reload and save again.`,
  },
  'draft.not_found': {
    status: 404,
    vi: (d) => `Đơn vị ${d.unit} không có bản nháp kỳ ${d.round}.`,
    en: (d) => `Unit ${d.unit} has no draft in period ${d.round}.`,
  },
  'paper.invalid': {
    status: 422,
    vi: (d) => `Báo cáo nộp ngoài hệ thống chưa ghi đủ hoặc ghi sai: ${d.reason}.`,
    en: (d) => `The paper report is incomplete or wrong: ${d.reasonEn}.`,
  },
  'paper.before_extension': {
    status: 409,
    vi: (d) =>
      `Bản giấy đến ngày ${d.receivedOn}, sau hạn ${d.due} và trước ngày gia hạn được ghi (${d.grantedOn}): gia hạn ghi sau khi báo cáo đã đến thì không tính. Kiểm tra lại ngày đến; nếu đúng, báo quản trị cấp trên.`,
    en: (d) =>
      `The paper came on ${d.receivedOn}, after ${d.due} was due and before the extension was recorded (${d.grantedOn}): such an extension does not count. Check the day of receipt; if it is right, tell the administrator above.`,
  },
  'scan.invalid': {
    status: 422,
    vi: (d) => `Tệp bản ký không nhận được: ${d.reason}.`,
    en: (d) => `The scanned copy cannot be taken: ${d.reasonEn}.`,
  },
  'scan.too_large': {
    status: 413,
    vi: (d) => `Tệp bản ký quá lớn: tối đa ${d.most} MB.`,
    en: (d) => `The scanned copy is too large: at most ${d.most} MB.`,
  },
  'scan.not_found': {
    status: 404,
    vi: (d) => `Không tìm thấy bản ký ${d.id} trong phạm vi của tài khoản.`,
    en: (d) => `No scanned copy ${d.id} within reach of this account.`,
  },
  'extension.too_late': {
    status: 409,
    vi: (d) => `Đơn vị đã nộp lần đầu ngày ${d.on}; gia hạn sau khi nộp không còn tác dụng.`,
    en: (d) => `The unit submitted first on ${d.on}; an extension granted afterwards would not count.`,
  },
  'extension.not_later': {
    status: 422,
    vi: (d) => `Hạn mới phải sau hạn hiện tại (${d.due}).`,
    en: (d) => `The new due date must be later than the one in force (${d.due}).`,
  },
  'extension.too_far': {
    status: 422,
    vi: (d) => `Hạn mới quá xa; chỉ gia hạn được đến ${d.latest}. Kiểm tra lại năm.`,
    en: (d) => `The new due date is too far away; at most until ${d.latest}. Check the year.`,
  },
  'idempotency.mismatch': {
    status: 409,
    vi: (d) => `Khóa "${d.key}" đã dùng cho nội dung khác. Dùng khóa mới cho nội dung mới.`,
    en: (d) => `Key "${d.key}" was used with different content. Use a new key for new content.`,
  },
  'cursor.invalid': {
    status: 400,
    vi: () => 'Con trỏ trang không hợp lệ; lấy lại từ trang đầu.',
    en: () => 'The page cursor is not valid; start again from the first page.',
  },
  'period.invalid': {
    status: 400,
    vi: (d) => `"${d.period}" không phải kỳ báo cáo hay năm. Ví dụ: 2026H1, 2026H2, 2026.`,
    en: (d) => `"${d.period}" is neither a reporting period nor a year. Examples: 2026H1, 2026H2, 2026.`,
  },
  'period.order': {
    status: 400,
    vi: (d) => `Kỳ đầu (${d.from}) phải không sau kỳ cuối (${d.to}), và cách nhau không quá 20 năm.`,
    en: (d) => `The first period (${d.from}) must not be after the last (${d.to}), nor more than 20 years before it.`,
  },
  'target.not_found': {
    status: 404,
    vi: (d) => `Chưa có mục tiêu bằng số cho chỉ tiêu "${d.indicator}" của đơn vị "${d.unit}" ở kỳ ${d.period}.`,
    en: (d) => `No target in numbers for indicator "${d.indicator}" of unit "${d.unit}" in period ${d.period}.`,
  },
  'contact.invalid': {
    status: 422,
    vi: (d) => `Địa chỉ nhận thư nhắc của đơn vị ${d.unit} không hợp lệ: ${d.reason}`,
    en: (d) => `The reminder addresses of unit ${d.unit} are not valid: ${d.reason}`,
  },
  'reminder.not_needed': {
    status: 409,
    vi: (d) =>
      `Đơn vị ${d.unit} không phải nộp hoặc đã nộp báo cáo kỳ ${d.round} cho ${d.receiver}; không có gì để nhắc.`,
    en: (d) =>
      `Unit ${d.unit} owes ${d.receiver} nothing in period ${d.round} or has reported; there is nothing to remind of.`,
  },
  'schedule.invalid': {
    status: 422,
    vi: (d) => `Lịch gửi không hợp lệ: ${d.reason}`,
    en: (d) => `The schedule is not valid: ${d.reason}`,
  },
  'schedule.not_found': {
    status: 404,
    vi: (d) => `Không tìm thấy lịch gửi ${d.id} trong phạm vi của tài khoản.`,
    en: (d) => `No schedule ${d.id} within reach of this account.`,
  },
  'delivery.not_found': {
    status: 404,
    vi: (d) => `Không tìm thấy thư ${d.id} trong phạm vi của tài khoản.`,
    en: (d) => `No mail ${d.id} within reach of this account.`,
  },
  'delivery.under_way': {
    status: 409,
    vi: (d) => `Thư ${d.id} đang chờ gửi hoặc đang gửi; chưa cần gửi lại.`,
    en: (d) => `Mail ${d.id} is waiting or being sent; there is nothing to send again yet.`,
  },
  'recipient.not_found': {
    status: 404,
    vi: (d) => `Không có địa chỉ "${d.address}" trong danh sách nhận của đơn vị.`,
    en: (d) => `"${d.address}" is no recipient of this unit.`,
  },
  'bounce.not_found': {
    status: 404,
    vi: (d) => `Địa chỉ "${d.address}" của đơn vị này không bị ngừng gửi.`,
    en: (d) => `Nothing has stopped mails to "${d.address}" of this unit.`,
  },
  'recipient.removed': {
    status: 409,
    vi: (d) =>
      `Địa chỉ "${d.address}" đã bị gỡ khỏi danh sách nhận của đơn vị. Khôi phục bằng restoreRecipient rồi lưu lịch.`,
    en: (d) =>
      `"${d.address}" was taken off this unit's recipients. Restore it by restoreRecipient, then save the schedule.`,
  },
  'export.ad_hoc': {
    status: 422,
    vi: (d) =>
      `Tệp này lập cho kỳ 6 tháng. Của đợt đột xuất ${d.round} có: biểu tổng hợp của tỉnh (PROVINCE_SUMMARY), danh sách đôn đốc (REMINDERS), số liệu CSV (FIGURES_CSV).`,
    en: (d) =>
      `This file is made of a half-year. Of ad hoc round ${d.round} there are PROVINCE_SUMMARY, REMINDERS and FIGURES_CSV.`,
  },
  'export.too_many': {
    status: 429,
    vi: (d) => `Tài khoản đang có ${d.unfinished} tệp chờ lập (tối đa ${d.most}). Chờ một tệp xong rồi yêu cầu tiếp.`,
    en: (d) => `This account has ${d.unfinished} files under way (at most ${d.most}). Wait for one to finish.`,
  },
  'link.expired': {
    status: 404,
    vi: () => 'Đường dẫn tải tệp không còn hiệu lực. Tạo đường dẫn mới bằng downloadLink.',
    en: () => 'This download link is no longer valid. Make a new one by downloadLink.',
  },
  'export.not_found': {
    status: 404,
    vi: (d) => `Không tìm thấy tệp tổng hợp ${d.id} trong phạm vi của tài khoản.`,
    en: (d) => `No summary file ${d.id} within reach of this account.`,
  },
  'export.not_ready': {
    status: 409,
    vi: (d) => `Tệp tổng hợp ${d.id} chưa xong (${inWords(d.status)}). Đề nghị thử lại sau ít phút.`,
    en: (d) => `Summary file ${d.id} is not ready (${d.status}). Try again in a moment.`,
  },
  'export.failed': {
    status: 409,
    vi: (d) => `Không lập được tệp tổng hợp ${d.id}: ${d.reason} Đề nghị yêu cầu lập lại.`,
    en: (d) => `Summary file ${d.id} could not be made: ${d.reasonEn} Request it again.`,
  },
  'schedule.paused': {
    status: 409,
    vi: (d) => `Lịch gửi ${d.id} đang tạm dừng. Mở lại lịch rồi gửi.`,
    en: (d) => `Schedule ${d.id} is paused. Resume it first.`,
  },
  'token.not_found': {
    status: 404,
    vi: (d) => `Không tìm thấy mã truy cập ${d.prefix}… trong phạm vi của tài khoản.`,
    en: (d) => `No token ${d.prefix}… within reach of this account.`,
  },
  'assignment.not_found': {
    status: 404,
    vi: (d) =>
      `Không có phân công "${d.label}" với vai trò ${d.role} tại đơn vị ${d.unit} trong phạm vi của tài khoản.`,
    en: (d) => `No assignment "${d.label}" with the role ${d.role} on unit ${d.unit} within reach of this account.`,
  },
  'assignment.ended': {
    status: 409,
    vi: (d) =>
      `Phân công "${d.label}" với vai trò ${d.role} tại đơn vị ${d.unit} đã kết thúc. Phân công lại trước khi cấp mã.`,
    en: (d) =>
      `The assignment "${d.label}" with the role ${d.role} on unit ${d.unit} has ended. Assign it anew before issuing tokens.`,
  },
  'service.busy': {
    status: 503,
    vi: () => 'Hệ thống đang quá tải, chưa ghi gì. Đề nghị gửi lại sau vài giây.',
    en: () => 'Too much is asked at once; nothing was done. Send it again in a few seconds.',
  },
  'service.unavailable': {
    status: 503,
    vi: () =>
      'Hệ thống tạm thời chưa trả lời được. Đề nghị gửi lại sau vài giây; thao tác ghi thì gửi lại cùng khóa chống trùng (idempotencyKey): không bị ghi hai lần.',
    en: () =>
      'The service cannot answer at the moment. Send it again in a few seconds; a change under the same idempotency key: it is done at most once.',
  },
  'form.not_xlsx': {
    status: 415,
    vi: () =>
      'Tệp không phải biểu Excel dạng .xlsx (hoặc có chứa macro). Tải biểu từ hệ thống, nhập và lưu dạng .xlsx.',
    en: () =>
      'The file is no Excel workbook of type .xlsx (or holds macros). Download the form, fill it in, save as .xlsx.',
  },
  'form.locked': {
    status: 422,
    vi: () => 'Tệp dạng .xls cũ hoặc có đặt mật khẩu. Bỏ mật khẩu, lưu lại dạng .xlsx rồi gửi.',
    en: () => 'The file is an old .xls or is protected by a password. Save it as .xlsx without one.',
  },
  'form.damaged': {
    status: 422,
    vi: () =>
      'Tệp bị hỏng hoặc chứa nội dung không được phép. Mở bằng Excel hoặc LibreOffice, lưu lại dạng .xlsx rồi gửi.',
    en: () =>
      'The file is damaged or holds what is not allowed. Open it in Excel or LibreOffice and save it as .xlsx again.',
  },
  'form.too_large': {
    status: 413,
    vi: () => 'Tệp quá lớn so với một biểu báo cáo. Tải lại biểu, chỉ nhập vào các ô của biểu rồi gửi.',
    en: () => 'The file is too large for a form. Download the form again and fill in its cells only.',
  },
  'form.foreign': {
    status: 422,
    vi: () => 'Tệp không phải biểu do hệ thống lập. Tải biểu của đơn vị từ hệ thống rồi nhập vào biểu đó.',
    en: () => 'The file is no form of this service. Download the form of your unit and fill that one in.',
  },
  'form.altered': {
    status: 422,
    vi: (d) =>
      `Cấu trúc biểu đã bị thay đổi (trang "${d.sheet}"${d.cell ? `, ô ${d.cell}` : ''}). Tải lại biểu, chép số liệu sang rồi gửi; không thêm, xoá, chuyển hàng, cột.`,
    en: (d) =>
      `The structure of the form has been altered (sheet "${d.sheet}"${d.cell ? `, cell ${d.cell}` : ''}). Download it again and copy the figures over; do not add, remove or move rows or columns.`,
  },
  'form.old': {
    status: 409,
    vi: (d) => `Biểu kỳ ${d.round} đã có bản mới hơn bản trong tệp. Tải biểu mới, chép số liệu sang rồi gửi.`,
    en: (d) =>
      `The form of period ${d.round} has changed since this file was made. Download the new one and copy the figures over.`,
  },
  'form.other_unit': {
    status: 403,
    vi: (d) => `Biểu này của đơn vị ${d.unit}; tài khoản chỉ gửi được biểu của đơn vị ${d.own}.`,
    en: (d) => `This form belongs to unit ${d.unit}; this account may only send that of unit ${d.own}.`,
  },
  'form.busy': {
    status: 503,
    vi: () => 'Hệ thống đang đọc nhiều biểu cùng lúc, chưa ghi gì. Đề nghị gửi lại sau vài giây.',
    en: () => 'Many forms are being read at this moment; nothing was written. Try again in a few seconds.',
  },
  internal: {
    status: 500,
    vi: (d) => `Lỗi hệ thống. Mã tra cứu: ${d.requestId}.`,
    en: (d) => `Something went wrong on our side. Reference: ${d.requestId}.`,
  },
} satisfies Record<string, Entry>;

export type ProblemCode = keyof typeof catalogue;
export const problemCodes = Object.keys(catalogue) as ProblemCode[];

export class Problem extends Error {
  readonly status: number;
  readonly vi: string;
  readonly en: string;

  constructor(
    readonly code: ProblemCode,
    readonly details: Details = {},
  ) {
    const entry: Entry = catalogue[code];
    super(entry.en(details));
    this.name = 'Problem';
    this.status = entry.status;
    this.vi = entry.vi(details);
    this.en = entry.en(details);
  }
}
