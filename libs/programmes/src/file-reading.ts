/**
 * From text to a checked value, for both kinds of file. YAML is read with its failsafe schema: every value stays the
 * text that was typed, so the unit code 05953 keeps its zero and no decimal passes through binary floating point.
 * A blank value is what the document does not say, and is left out. Files come from callers, so size, anchors and
 * control characters are bounded here.
 */
import { type Document, isNode, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { z } from 'zod';
import { type FileFinding, type FileFindingCode, fileFinding, isFindingCode, type Path } from './file-finding.js';

const MOST_KB = 256;
const MOST_FINDINGS = 100;

/** Makes a finding at a path of the file, with the line of the nearest field that is written there. */
export type FindingAt = (code: FileFindingCode, path: Path, details?: Record<string, unknown>) => FileFinding;
export type Read<T> = { ok: true; value: T; at: FindingAt } | { ok: false; errors: FileFinding[] };

/**
 * Reads one file against a schema whose custom messages are finding codes.
 * @returns the value with a maker of findings for later checks, or every error of form that was found
 */
export function readFile<T>(text: string, schema: z.ZodType<T>): Read<T> {
  if (Buffer.byteLength(text, 'utf8') > MOST_KB * 1024) return failed('too_large', { most: MOST_KB });
  const lines = new LineCounter();
  let document: Document.Parsed;
  let tree: unknown;
  try {
    document = parseDocument(text, { schema: 'failsafe', stringKeys: true, lineCounter: lines, prettyErrors: false });
    const faults = [...document.errors, ...document.warnings].slice(0, MOST_FINDINGS);
    if (faults.length > 0) return { ok: false, errors: faults.map((fault) => syntaxFinding(fault, lines)) };
    tree = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    // The library refuses an alias with a ReferenceError; anything else is the stack, ended by endless nesting.
    if (error instanceof ReferenceError) return failed('alias_refused');
    return failed('yaml_syntax', { reason: 'nested too deeply' });
  }
  const lineOf = (path: Path): number | null => {
    for (let depth = path.length; depth >= 0; depth--) {
      const node: unknown = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return null;
  };
  const at: FindingAt = (code, path, details) => fileFinding(code, path, lineOf(path), details);
  const parsed = schema.safeParse(withoutBlanks(tree ?? undefined), {
    error: (issue) => (issue.input === undefined ? 'missing' : undefined),
  });
  if (parsed.success) return { ok: true, value: parsed.data, at };
  return { ok: false, errors: parsed.error.issues.flatMap((issue) => findings(issue, at)).slice(0, MOST_FINDINGS) };
}

function failed(code: FileFindingCode, details?: Record<string, unknown>): Read<never> {
  return { ok: false, errors: [fileFinding(code, [], null, details)] };
}

function syntaxFinding(fault: YAMLError, lines: LineCounter): FileFinding {
  return fileFinding('yaml_syntax', [], lines.linePos(fault.pos[0]).line, { reason: fault.message });
}

/** A schema's own messages are finding codes, with their details in `params`; the rest are the schema library's. */
function findings(issue: z.core.$ZodIssue, at: FindingAt): FileFinding[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => at('unknown_key', [...issue.path, key], { key }));
  if (isFindingCode(issue.message))
    return [at(issue.message, issue.path, issue.code === 'custom' ? issue.params : undefined)];
  const hint = issue.code === 'invalid_value' ? `: ${issue.values.map(String).join(' | ')}` : '';
  return [at('wrong_value', issue.path, { hint })];
}

/** Drops keys without a value; texts become NFC. Keys stay data even when they are called `__proto__`. */
function withoutBlanks(node: unknown): unknown {
  if (typeof node === 'string') return node.normalize('NFC').trim();
  if (Array.isArray(node)) return node.map(withoutBlanks);
  if (typeof node !== 'object' || node === null) return node;
  const kept: Record<string, unknown> = Object.create(null);
  for (const [key, value] of Object.entries(node)) {
    const inner = withoutBlanks(value);
    if (inner !== '') kept[key] = inner;
  }
  return kept;
}

/** Text that a database and a person can read: no control characters but line breaks. */
export const text = z.string().regex(/^(?:\n|[^\p{Cc}\p{Cs}])+$/u, 'text_form');
export const optionalText = text.nullable().default(null);

export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((word) => word === 'true');

/** Lower-case ASCII words joined by `separator`: readable in addresses, columns and file names. */
export const codeOf = (separator: '-' | '_') =>
  z
    .string()
    .max(80, 'code_form')
    .regex(new RegExp(`^[a-z][a-z0-9]*(${separator}[a-z0-9]+)*$`), 'code_form');

/** `YYYY-MM-DD`, a day that exists. */
export const day = z.string().refine(isDay, 'date_invalid');

/** `MM-DD`, a day that exists in every year. */
export const dayOfYear = z.string().refine((value) => isDay(`2001-${value}`), 'due_invalid');

function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const instant = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(value);
}
