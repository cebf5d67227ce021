/**
 * What a kind of file is: its name, of which units it can be made, who may ask for it, and how it is made. One small file
 * beside this one per kind; the list of all is layouts.ts.
 */
import type { Writable } from 'node:stream';
import type { Caller, Verb } from '#access';
import type { Instant } from '#core';
import type { LayoutWish, Summary } from '../summary.js';
import type { SummaryQuery } from '../summary.query.js';

/** A file that can be written: the figures are read, the bytes are not made yet. */
export type Made = {
  /** ASCII letters, digits, ".", "_" and "-" only. */
  fileName: string;
  /** The instant of the figures; asked for again as of it, the file is equal cell by cell. */
  instant: Instant;
  /** Writes the whole file and ends the stream. */
  write(out: Writable): Promise<void>;
  /** What a mail about the file tells of; only of a province's summary. */
  summary?: Summary;
};

export type Layout<Kind extends string = string> = {
  kind: Kind;
  /** In Vietnamese, as an office would call it. */
  name: string;
  /** Levels of the units it can be made of: 0 nation, 1 province, 2 commune. */
  levels: readonly number[];
  verb: Verb;
  /** Whether it is made of an ad hoc round too. */
  adHoc: boolean;
  /** MIME type. */
  type: string;
  extension: 'xlsx' | 'csv';
  /** @throws Problem as the services that the figures come from */
  make(query: SummaryQuery, caller: Caller, wish: LayoutWish): Promise<Made>;
};

/** MIME type of a workbook, for downloads and mail. */
export const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
export const CSV_TYPE = 'text/csv; charset=utf-8';
