/**
 * The bytes of an answer that is written part by part (written-answers.ts): what is kept of an earlier one goes in as it is,
 * without being made text, counted and encoded again.
 */
import type { GraphQLError } from 'graphql';

/**
 * What an answer is written into: its errors, and the parts of its text that are bytes already. Where such a part belongs,
 * the text holds its place between two NULs, which JSON has nowhere else.
 */
export type Answer = { errors: GraphQLError[]; parts: Buffer[] };
export const NUL = '\0';

export function bytesOf(text: string, { parts }: Answer): Buffer {
  // Between NULs stand, in turn, text and the place of a part.
  return Buffer.concat(
    text.split(NUL).map((piece, nth) => (nth % 2 === 0 ? Buffer.from(piece) : parts[Number(piece)]!)),
  );
}

/** A value as JSON, to be put into the answer as it is. */
export class Written {
  constructor(readonly bytes: Buffer) {}

  toJSON(): unknown {
    return JSON.parse(this.bytes.toString());
  }
}

/** The answer as it is sent: what has been written already goes in as it is. */
export function sentAs(answer: unknown): string | Buffer {
  const { data, ...rest } = answer as { data?: Record<string, unknown> | null };
  if (!data || !Object.values(data).some((value) => value instanceof Written)) return JSON.stringify(answer);
  const pieces: (string | Buffer)[] = [];
  for (const [name, value] of Object.entries(data)) {
    pieces.push(`${pieces.length === 0 ? '{"data":{' : ','}${JSON.stringify(name)}:`);
    pieces.push(value instanceof Written ? value.bytes : JSON.stringify(value));
  }
  pieces.push('}');
  for (const [name, value] of Object.entries(rest))
    if (value !== undefined) pieces.push(`,${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return Buffer.concat([...pieces, '}'].map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}
