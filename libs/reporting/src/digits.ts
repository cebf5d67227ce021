/** Decimal text and the scaled integers that are stored, both ways; exact (docs/semantics.md §2). */

/** "12.5" at scale 1 → 125n. Plain digits, a dot before decimals. @returns null if it is anything else */
export function parseScaled(text: string, scale: number): bigint | null {
  const match = /^(\d{1,20})(?:\.(\d+))?$/.exec(text);
  if (!match || (match[2]?.length ?? 0) > scale) return null;
  return BigInt(match[1]! + (match[2] ?? '').padEnd(scale, '0'));
}

/** 125n at scale 1 → "12.5": the reverse of parseScaled, as text for people and APIs. */
export function scaledText(digits: string, scale: number): string {
  if (scale === 0) return digits;
  const padded = digits.padStart(scale + 1, '0');
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}
