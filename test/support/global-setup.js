/** Jest's set-up and tear-down run before its transforms; this lets them be TypeScript (see server.ts) all the same. */
import { register } from 'node:module';

export default async function globalSetup() {
  register('./loader.js', import.meta.url);
  const { startTestServer } = await import('./server.ts');
  globalThis.testServer = await startTestServer();
}
