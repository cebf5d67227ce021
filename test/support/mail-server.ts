/** A real mail server for a test: takes what it is sent, or refuses, delays or breaks off where the test says so. */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { type Relay, startRelay } from './relay.js';

export type MailServer = {
  /** smtp:// URL, by way of the line. */
  url: string;
  /** The mails taken or at least received whole, as they came. */
  mails: string[];
  /** Cut it to break off the dialogue. */
  line: Relay;
  /** How many dialogues are open. */
  dialogues(): number;
  close(): Promise<void>;
};

/** What happens at a step of the dialogue; an error with a `responseCode` is the server's refusal. */
export type Behaviour = {
  connect?: () => Promise<void>;
  mailFrom?: (address: string) => Promise<void>;
  rcptTo?: (address: string) => Promise<void>;
  /** At the first byte of the message, which is not read on until this settles. */
  data?: () => Promise<void>;
  /** After the final dot, before the reply to it. */
  dot?: (mime: string) => Promise<void>;
  /** The reply to the final dot is being written. */
  replied?: () => void;
  /** Given: a login is asked for, and refused unless this says yes. */
  login?: (user: string, password: string) => boolean;
  /** Bytes a mail may have, as told in the greeting. */
  size?: number;
};

/** @param behaviour may be changed by the test while the server runs */
export async function startMailServer(behaviour: Behaviour = {}): Promise<MailServer> {
  const mails: string[] = [];
  const at = (step: Promise<void> | undefined, done: (error?: Error) => void) => {
    Promise.resolve(step).then(() => done(), done);
  };
  const options: SMTPServerOptions = {
    logger: false,
    disabledCommands: behaviour.login ? ['STARTTLS'] : ['STARTTLS', 'AUTH'],
    authOptional: !behaviour.login,
    allowInsecureAuth: true,
    size: behaviour.size,
    closeTimeout: 100,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _, done) =>
      behaviour.login?.(username ?? '', password ?? '')
        ? done(null, { user: username })
        : done(reply(535, 'Authentication failed')),
    onConnect: (_, done) => at(behaviour.connect?.(), done),
    onMailFrom: ({ address }, _, done) => at(behaviour.mailFrom?.(address), done),
    onRcptTo: ({ address }, _, done) => at(behaviour.rcptTo?.(address), done),
    onData: (stream, _, done) => {
      const receive = async () => {
        await behaviour.data?.();
        const mime = await text(stream);
        mails.push(mime);
        if (stream.sizeExceeded) throw reply(552, 'Too large');
        await behaviour.dot?.(mime);
      };
      void receive()
        .then(() => done(), done)
        .then(() => behaviour.replied?.());
    },
  };
  const server = new SMTPServer(options);
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const address = server.server.address();
  if (!address || typeof address === 'string') throw new Error('the mail server has no port');
  const line = await startRelay(`smtp://127.0.0.1:${address.port}`);
  const close = async () => {
    await line.close();
    await new Promise<void>((settle) => server.close(() => settle()));
  };
  return { url: line.url, mails, line, dialogues: () => server.connections.size, close };
}

/** A server's refusal, to be thrown by a behaviour. */
export function reply(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
