/**
 * The ways a mail can leave: to a mail server by SMTP when one is configured, else as .eml files in a folder, which any
 * mail program opens. One mail has one recipient. A failure says what may be concluded from it, and concludes no more:
 * once the whole message, final dot included, may be with the server and no reply came, nobody knows.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DateTime } from 'luxon';
import { createTransport, type SendMailOptions } from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import { type Clock, type Config, VIETNAM } from '#core';

export type Attachment = { fileName: string; contentType: string; content: Buffer };

export type Message = {
  /** With angle brackets. */
  messageId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  attachments: Attachment[];
};

export interface Transport {
  /**
   * @param stop ends the dialogue, unless the whole message is with the server already: then its reply is waited for
   * @returns what the receiving side said. @throws SendFailure
   */
  send(message: Message, stop?: AbortSignal): Promise<{ reply: string }>;
}

export class SendFailure extends Error {
  /**
   * @param outcome later: not taken, may be tried again · refused: not taken, and will not be · unknown: may have been taken
   * @param reply the mail server's own words, if it said any
   */
  constructor(
    readonly outcome: 'later' | 'refused' | 'unknown',
    message: string,
    readonly reply: string | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'SendFailure';
  }
}

/**
 * Milliseconds granted to the server: to be reached, to greet, to take the message up to its last byte, and to answer the
 * final dot. RFC 5321 §4.5.3.2 grants ten minutes for the last, so that nobody sends twice; here nobody does anyway, since
 * a mail without a reply is unknown and left to a person. So half of it has to do.
 */
type Patience = { connect: number; greeting: number; message: number; reply: number };
export const PATIENCE: Patience = { connect: 15_000, greeting: 15_000, message: 180_000, reply: 300_000 };

export function transportOf(config: Config, clock: Clock): Transport {
  return config.smtpUrl
    ? new SmtpTransport(config.smtpUrl, config.mailFrom, clock, PATIENCE, config.mailReturnPath)
    : new FolderTransport(join(config.varDir, 'mail'), config.mailFrom, clock);
}

export class SmtpTransport implements Transport {
  /**
   * @param url smtp:// or smtps://, with user and password where needed; nodemailer's options may follow as a query
   * @param returnPath where mail servers report what did not arrive; default: the address of `from`
   */
  constructor(
    private readonly url: string,
    private readonly from: string,
    private readonly clock: Clock,
    private readonly patience: Patience = PATIENCE,
    private readonly returnPath?: string,
  ) {}

  async send(message: Message, stop?: AbortSignal): Promise<{ reply: string }> {
    const { connect, greeting, message: taking, reply } = this.patience;
    const mailer = createTransport({
      url: this.url,
      connectionTimeout: connect,
      greetingTimeout: greeting,
      dnsTimeout: connect,
      socketTimeout: Math.max(taking, reply),
    });
    const ended = new AbortController();
    const giveUp = (reason: string) => ended.abort(new Error(reason));
    let overdue = setTimeout(giveUp, taking, `the mail server had not taken the message after ${taking / 1000} s`);
    // The message is read only after the server has answered DATA, and the final dot follows its last byte: as long as
    // that byte was not asked for, the server cannot have taken the message.
    let handedOver = false;
    async function* watched(bytes: Readable) {
      yield* bytes;
      handedOver = true;
      clearTimeout(overdue);
      overdue = setTimeout(giveUp, reply, `the mail server did not answer the whole message within ${reply / 1000} s`);
    }
    const stopped = () => !handedOver && giveUp('this program is stopping');
    stop?.addEventListener('abort', stopped);
    if (stop?.aborted) stopped();
    mailer.use('stream', (mail, done) => {
      mail.message.processFunc((bytes) => Readable.from(watched(bytes)));
      done();
    });
    try {
      const sent = await mailer.sendMail({
        ...optionsOf(message, this.from, this.clock),
        ...(this.returnPath && { envelope: { from: this.returnPath, to: message.to } }),
        signal: ended.signal,
      } as object);
      return { reply: (sent as { response: string }).response };
    } catch (error) {
      throw conclude(ended.signal.aborted ? ended.signal.reason : error, handedOver);
    } finally {
      clearTimeout(overdue);
      stop?.removeEventListener('abort', stopped);
      mailer.close();
    }
  }
}

/** Replies in the 500s that speak of the session or of our own account, not of this mail: they pass, or are mended. */
const ABOUT_THE_SESSION = new Set([503, 530, 534, 535, 538]);

function conclude(error: unknown, handedOver: boolean): SendFailure {
  const { message, code, responseCode, response } = error as {
    message: string;
    code?: string;
    responseCode?: number;
    response?: string;
  };
  const fail = (outcome: SendFailure['outcome']) =>
    new SendFailure(outcome, message, response ?? null, { cause: error });
  if (responseCode !== undefined && responseCode >= 400 && responseCode < 600)
    return fail(responseCode >= 500 && !ABOUT_THE_SESSION.has(responseCode) && code !== 'EAUTH' ? 'refused' : 'later');
  if (handedOver) return fail('unknown');
  // Without a reply these two mean that the mail itself cannot be sent: no valid recipient, or larger than the server takes.
  return fail(code === 'EENVELOPE' || code === 'EMESSAGE' ? 'refused' : 'later');
}

/** Writes each mail as one .eml file; the name carries the day and time in Vietnam and the Message-ID. */
export class FolderTransport implements Transport {
  constructor(
    private readonly folder: string,
    private readonly from: string,
    private readonly clock: Clock,
  ) {}

  async send(message: Message): Promise<{ reply: string }> {
    const time = DateTime.fromJSDate(this.clock.now()).setZone(VIETNAM).toFormat('yyyyMMdd-HHmmss');
    const name = `${time}-${message.messageId.replace(/[^A-Za-z0-9.@-]/g, '')}.eml`;
    const beside = join(this.folder, `${randomUUID()}.part`);
    try {
      const mime = await new MailComposer(optionsOf(message, this.from, this.clock)).compile().build();
      await mkdir(this.folder, { recursive: true });
      const file = await open(beside, 'wx');
      try {
        await file.writeFile(mime);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, join(this.folder, name));
      return { reply: `written to ${name}` };
    } catch (error) {
      await rm(beside, { force: true }).catch(() => {});
      throw new SendFailure('later', error instanceof Error ? error.message : String(error), null, { cause: error });
    }
  }
}

function optionsOf(message: Message, from: string, clock: Clock): SendMailOptions {
  return {
    messageId: message.messageId,
    date: clock.now(),
    from,
    to: message.to,
    subject: message.subject,
    text: message.text,
    html: message.html,
    attachments: message.attachments.map(({ fileName, contentType, content }) => ({
      filename: fileName,
      contentType,
      content,
    })),
    // RFC 3834: no answering machine may answer a machine.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    xMailer: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
