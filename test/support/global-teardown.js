/** Drops the run's databases and stops its server. */
export default async function globalTeardown() {
  await globalThis.testServer?.stop();
}
