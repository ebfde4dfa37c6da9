import { rm } from 'node:fs/promises';

export default async function globalTeardown() {
  const { postgres, home } = globalThis.isinglassTest;
  await postgres.stop();
  await rm(home, { recursive: true, force: true });
}
