/** Recipients of a summary: addresses checked for their form when a schedule is saved. Whether they exist, the mail server says. */
import { Problem } from '#core';

const MOST = 20;
/** local@domain.tld without spaces, quotes or control characters: what official mail boxes look like. */
const ADDRESS =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;
const LONGEST = 254;
const LONGEST_LOCAL = 64;

/**
 * @returns the addresses without surrounding spaces, each once (letter case aside), in the order given
 * @throws Problem schedule.invalid for none, more than 20, or one that is no address
 */
export function checkedRecipients(given: readonly string[]): string[] {
  const recipients = new Map<string, string>();
  for (const address of given.map((text) => text.trim())) {
    if (address.length > LONGEST || address.indexOf('@') > LONGEST_LOCAL || !ADDRESS.test(address))
      throw new Problem('schedule.invalid', { reason: `"${address}" không phải địa chỉ thư / is no e-mail address` });
    if (!recipients.has(address.toLowerCase())) recipients.set(address.toLowerCase(), address);
  }
  if (recipients.size < 1 || recipients.size > MOST)
    throw new Problem('schedule.invalid', { reason: `1–${MOST} địa chỉ nhận thư / recipients` });
  return [...recipients.values()];
}
