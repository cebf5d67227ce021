/** How the state of a report, and what its due date rests on, are put into words. */
import { AD_HOC, type CompletenessClass, type ObligationState } from '#rollups';

export const classLabels: Record<CompletenessClass, string> = {
  accepted: 'Đã duyệt',
  submitted: 'Chờ duyệt',
  returned: 'Bị trả lại',
  overdue: 'Quá hạn',
  not_yet_due: 'Chưa đến hạn',
  exempt: 'Được miễn',
  replaced: 'Đã sắp xếp lại',
};

/** "Kế hoạch của đơn vị: “trước ngày 20 tháng 6 …”"; of an ad hoc round the request that it answers. */
export function basisOfDue({ duePlan, dueWording }: ObligationState, round: string): string {
  if (AD_HOC.test(round)) return dueWording ?? '';
  if (duePlan === null) return `Mặc định của Chương trình${dueWording ? `: ${dueWording}` : ''}`;
  return `Kế hoạch của đơn vị${dueWording ? `: “${dueWording}”` : ''}`;
}

/** "Chờ duyệt (nộp ngoài hệ thống)" */
export function stateText({ class: name, onPaper, hasDraft }: ObligationState): string {
  if (onPaper) return `${classLabels[name]} (nộp ngoài hệ thống)`;
  return `${classLabels[name]}${hasDraft ? ' (đang soạn)' : ''}`;
}
