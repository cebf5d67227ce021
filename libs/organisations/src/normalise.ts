/**
 * How names of units are compared. Vietnamese is written with the tone on either vowel (Hoà, Hòa), composed or
 * decomposed, with three sorts of apostrophe, and typed in a hurry with no diacritics at all. Two keys settle it:
 * `searchKey` forgets diacritics (to find), `nameKey` keeps them (to tell Ba Đình from Ba Dinh). Pure.
 */

const APOSTROPHES = /['’‘ʼ`´′]/g;
const NOT_IN_WORDS = /[^\p{L}\p{M}\p{N}]+/gu;

/** The five tone marks; the circumflex, breve and horn belong to the letter. Each gets a sign that no word can hold. */
const TONES: Record<string, string> = { '\u0300': '`', '\u0301': "'", '\u0309': '?', '\u0303': '~', '\u0323': '.' };

/** Kinds that begin no official name: before a name they can only be its kind. */
const SURELY_KIND = /^(?:(?:xã|phường|đặc khu|tỉnh|thành phố|tp)\s+|(?:tp|x|p)\.\s*)(?=\S)/u;

/** Kinds typed without diacritics, or that begin names too (Xa Dung, Phượng Dực, Bản Hồ, Sóc Sơn). */
const PERHAPS_KIND = new RegExp(
  `^(?:${[
    ...['xa', 'phuong', 'dac khu', 'tinh', 'thanh pho', 'thôn', 'thon', 'xóm', 'xom', 'làng', 'lang', 'bản', 'ban'],
    ...['buôn', 'buon', 'ấp', 'ap', 'sóc', 'soc', 'khóm', 'khom', 'khu phố', 'khu pho', 'tiểu khu', 'tieu khu'],
    ...['tổ dân phố', 'to dan pho'],
  ].join('|')})\\s+(?=\\S)`,
  'u',
);

/** Lower case, composed, single spaces. */
function tidy(text: string): string {
  return text.toLowerCase().normalize('NFC').replace(/\s+/gu, ' ').trim();
}

function words(text: string): string {
  return text.replace(APOSTROPHES, '').replace(NOT_IN_WORDS, ' ').trim();
}

/**
 * What a name is found by: lower case without diacritics, apostrophes dropped, hyphens and spaces one space, and without
 * a kind written before it. "Xã Kha Sơn", "kha son" and "KHA  SƠN" give "kha son"; "M’Drắk" gives "mdrak".
 * @returns only letters, digits and single spaces; empty if the text holds none
 */
export function searchKey(text: string): string {
  const bare = tidy(text).replace(SURELY_KIND, '');
  const plain = bare.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd');
  return words(plain);
}

/**
 * Equal for two spellings of one name (tone placement, apostrophe, case, composition), different for names that differ
 * by a diacritic. The tone is moved before its word, so a key typed up to some letter begins the key of the whole name.
 */
export function nameKey(name: string): string {
  return words(tidy(name))
    .split(' ')
    .map((word) => {
      let tone = '';
      const letters = word.normalize('NFD').replace(/[\u0300\u0301\u0309\u0303\u0323]/g, (mark) => {
        tone += TONES[mark]!;
        return '';
      });
      return tone + letters.normalize('NFC');
    })
    .join(' ');
}

/** Whether somebody took the trouble to write diacritics. */
export function hasDiacritics(text: string): boolean {
  return /[\p{M}đ]/u.test(text.toLowerCase().normalize('NFD'));
}

/**
 * The ways to read what was typed into a search, likeliest first: as a name, and with a possible kind before it dropped
 * ("xa kha son": no name begins so, then "kha son"; but "Xa Dung" is a name). The second counts only if the first finds nothing.
 */
export function readings(text: string): string[] {
  const name = tidy(text).replace(SURELY_KIND, '');
  const bare = name.replace(PERHAPS_KIND, '');
  return bare === name ? [name] : [name, bare];
}
