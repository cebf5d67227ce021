/** Which recipients a schedule takes. */
import { describe, expect, it } from '@jest/globals';
import { checkedRecipients } from './recipients.js';

const refused = expect.objectContaining({ code: 'schedule.invalid' });
const many = (count: number) => Array.from({ length: count }, (_, i) => `so${i}@thainguyen.gov.vn`);
const attempt = (addresses: string[]) => {
  try {
    return checkedRecipients(addresses);
  } catch (error) {
    return error;
  }
};

describe('recipients', () => {
  it('takes addresses as they are written, each once', () => {
    expect(checkedRecipients([' so.khcn@thainguyen.gov.vn ', 'So.KHCN@thainguyen.gov.vn', "o'hara+57@a-b.vn"])).toEqual(
      ['so.khcn@thainguyen.gov.vn', "o'hara+57@a-b.vn"],
    );
  });

  it('takes 1 to 20', () => {
    expect(attempt([])).toEqual(refused);
    expect(attempt(many(20))).toHaveLength(20);
    expect(attempt(many(21))).toEqual(refused);
  });

  it.each([
    '',
    'sokhcn',
    'so@khcn',
    'so khcn@a.vn',
    'so@@a.vn',
    '@a.vn',
    'so@.vn',
    'so@a..vn',
    '.so@a.vn',
    'so.@a.vn',
    'so@-a.vn',
    'so@a.v1',
    'Sở <so@a.vn>',
    'so@a.vn,ban@a.vn',
    'so@a.vn\r\nBcc: tin@b.vn',
    'sở@a.vn',
    `${'x'.repeat(65)}@a.vn`,
    `so@${'x.'.repeat(130)}vn`,
  ])('refuses %j', (address) => {
    expect(attempt([address])).toEqual(refused);
  });

  it('answers at once, however hostile the text', () => {
    const begun = performance.now();
    attempt([`${'a.'.repeat(100)}@${'a-'.repeat(20)}`]);
    attempt([`a@${'a.'.repeat(120)}!`]);
    expect(performance.now() - begun).toBeLessThan(50);
  });
});
